"""What the file ``dpnb.toml`` says; see `dpnb.workspace.settings`."""

from __future__ import annotations

import os
import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from dpnb.errors import SettingsError
from dpnb.workspace.settings import Named
from dpnb.workspace.settings_terms import NAMED, URLS, check_names, named_of, text_of

_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def said_by_file(file: Path) -> dict[str, Any]:
    """Return the settings of a file. Raises `SettingsError`."""
    where = str(file)
    said = _read(file, *_edition(file))
    check_names(said, where)
    settings: dict[str, Any] = {}
    for name, raw in said.items():
        value = _expanded(name, raw, where)
        settings[name] = named_of(name, value, where) if name in NAMED else text_of(name, value, where)
    if "home" in settings:
        settings["home"] = file.parent / Path(settings["home"]).expanduser()
    if "storage" in settings:
        _refuse_trust(settings["storage"], where)
        settings["storage"] = _from_folder(settings["storage"], file.parent)
    return settings


def _refuse_trust(storage: Named, where: str) -> None:
    """Let no file that comes with a project say that what lies in it may be unpickled."""
    if "trust" in storage.options:
        raise SettingsError(
            "storage.trust",
            where,
            reason="whom one trusts no file can say, which may be anybody's",
            hint="call get_workspace().io_manager.trust() once, for yourself.",
        )


def _edition(file: Path) -> tuple[int, int]:
    try:
        facts = file.stat()
    except OSError as error:
        raise SettingsError("", str(file), reason=f"it cannot be read: {error.strerror}") from None
    return facts.st_mtime_ns, facts.st_size


@lru_cache(maxsize=16)
def _read(file: Path, _changed_ns: int, _size_bytes: int) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise SettingsError("", str(file), reason=f"it cannot be read: {error.strerror}") from None
    except (
        ValueError
    ) as error:  # TOML's own, or bytes that are no UTF-8; only the place is told, for a line is a secret
        place = re.search(r"\(at [^()]*\)", str(error))
        raise SettingsError("", str(file), reason=f"it is no TOML {place[0] if place else ''}".rstrip()) from None


def _expanded(name: str, value: Any, where: str) -> Any:
    """Return a value with environment variables in the places of references, tables and lists included."""
    if isinstance(value, dict):
        return {key: _expanded(f"{name}.{key}", each, where) for key, each in value.items()}
    if isinstance(value, list):
        return [_expanded(name, each, where) for each in value]
    if not isinstance(value, str):
        return value
    is_part_of_url = name in URLS or name in NAMED or name.endswith(".url")

    def variable(reference: re.Match[str]) -> str:
        if (found := os.environ.get(reference[1])) is None:
            raise SettingsError(
                name,
                where,
                reason=f"the environment variable {reference[1]!r} is not set",
                hint=f"export {reference[1]}=… before the kernel starts, or take '${{{reference[1]}}}' out.",
            )
        return quote(found, safe="") if is_part_of_url and reference[0] != value else found

    return _REFERENCE.sub(variable, value)


def _from_folder(storage: Named, folder: Path) -> Named:
    """Return a storage on the file system as meant from the file's folder."""
    kind, colon, path = storage.url.partition(":")
    if kind == "file" and not path.startswith("/"):
        return Named(f"file:{folder / Path(path).expanduser()}", storage.options)
    if not colon:
        return Named(f"file:{folder / Path(storage.url).expanduser()}", storage.options)
    return storage
