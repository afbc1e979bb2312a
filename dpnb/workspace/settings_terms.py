"""Which settings there are, of which kind, and how one that is wrong is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dpnb.errors import SettingsError, closest
from dpnb.workspace.secret import Secret, guarded
from dpnb.workspace.settings import Named

if TYPE_CHECKING:
    from collections.abc import Mapping

URLS = ("database", "broker")
NAMED = ("storage", "executor")
TEXTS = ("user", "host", "notebook")
NAMES = ("home", *URLS, *NAMED, *TEXTS)


def check_names(names: Mapping[str, Any], where: str) -> None:
    """Refuse what is no setting."""
    for name in names:
        if name not in NAMES:
            near = closest(name, NAMES, most=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(map(repr, NAMES))}."
            raise SettingsError(name, where, reason="there is no such setting", hint=hint)


def text_of(name: str, value: Any, where: str) -> str:
    """Return a setting that is a text; a URL as one that shows no secret."""
    if not isinstance(value, str):
        raise SettingsError(name, where, reason=f"it is to be text, and is {type(value).__name__}")
    return Secret(value) if name in URLS else value


def named_of(name: str, value: Any, where: str) -> Named:
    """Return a store or executor: a URL, or a table with a URL and options."""
    if isinstance(value, str):
        return Named(Secret(value))
    if not isinstance(value, dict):
        raise SettingsError(name, where, reason=f"it is to be text or a table, and is {type(value).__name__}")
    options = dict(value)
    url = options.pop("url", None)
    if not isinstance(url, str) or not url:
        near = closest("url", options, most=1)
        hint = f"did you mean 'url' by {near[0]!r}?" if near else 'say url = "…" in it.'
        raise SettingsError(name, where, reason="its table names no url", hint=hint)
    return Named(Secret(url), guarded(options))
