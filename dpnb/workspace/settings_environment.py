"""What environment variables say of a workspace, and how they are set for another process."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from dpnb.errors import SettingsError, closest
from dpnb.workspace.secret import guarded
from dpnb.workspace.settings import Named, Settings
from dpnb.workspace.settings_terms import NAMED, NAMES, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable

_PREFIX, _WHERE = "DPNB_", "the environment"
_VARIABLES = {name: f"{_PREFIX}{name.upper()}" for name in NAMES}
_OPTIONS = {name: f"{_PREFIX}{name.upper()}_OPTIONS" for name in NAMED}
_OTHERS = ("DPNB_CONFIG", "DPNB_STATE_HOME", "DPNB_HEADLESS", "DPNB_NOTEBOOK_TASK", "DPNB_TOKEN")
_SURE = 0.85  # how near a name must be to one of ours to be meant for it


def said_by_environment() -> dict[str, Any]:
    """Return the settings that variables name, `home` left out. Raises `SettingsError`."""
    _refuse_near_misses(name for name in os.environ if name.startswith(_PREFIX))
    said: dict[str, Any] = {}
    for name, variable in _VARIABLES.items():
        if (value := os.environ.get(variable)) and name != "home":
            text = text_of("database" if name in NAMED else name, value, variable)
            said[name] = Named(text, _options(_OPTIONS[name])) if name in NAMED else text
    return said


def variables_of(settings: Settings) -> dict[str, str]:
    """Return the variables by which another process comes to these settings."""
    said = {"DPNB_HOME": str(settings.home)}
    if settings.file is not None:
        said["DPNB_CONFIG"] = str(settings.file)
    for name, variable in _VARIABLES.items():
        value = getattr(settings, name)
        if name in NAMED and value:
            said |= {variable: str(value.url), _OPTIONS[name]: json.dumps(value.plain_options)}
        elif name not in {*NAMED, "home"} and value:
            said[variable] = str(value)
    return said


def _options(variable: str) -> dict[str, Any]:
    text = os.environ.get(variable)
    if not text:
        return {}
    try:
        options = json.loads(text)
    except ValueError:
        options = None
    if not isinstance(options, dict):
        raise SettingsError(
            variable, "the environment", reason="it is to be a JSON object", hint='such as {"key": "…"}.'
        )
    named: dict[str, Any] = guarded(options)
    return named


def _refuse_near_misses(present: Iterable[str]) -> None:
    """Refuse a variable that is nearly one of ours: what it says would be left out in silence."""
    import difflib

    ours = (*_VARIABLES.values(), *_OPTIONS.values(), *_OTHERS)
    for name in present:
        if name not in ours and difflib.get_close_matches(name, ours, n=1, cutoff=_SURE):
            near = closest(name, ours, most=1)[0]
            raise SettingsError(
                name, "the environment", reason="there is no such setting", hint=f"did you mean {near!r}?"
            )
