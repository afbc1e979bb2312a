"""What differs between two fingerprints, as a person reads it."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from dpnb.registry.fingerprint.record import PartChange
from dpnb.registry.fingerprint.syntax import readable_form

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dpnb.registry.fingerprint.record import Fingerprint, Part

_ORDER = "what its names stand for"


def changes_between(earlier: Fingerprint, later: Fingerprint) -> tuple[PartChange, ...]:
    """Return each part that differs; code is compared without comments, docstrings and formatting."""
    if earlier.digest == later.digest:
        return ()
    changes = tuple(_changes(earlier, later))
    return changes or (PartChange(path=_ORDER, change="changed", diff=""),)


def _changes(earlier: Fingerprint, later: Fingerprint) -> Iterator[PartChange]:
    for path, part in later.parts.items():
        before = earlier.parts.get(path)
        if before is None:
            yield PartChange(path=path, change="added", diff=_diff(path, None, part), place=part.place)
        elif before.digest != part.digest:
            yield PartChange(path=path, change="changed", diff=_diff(path, before, part), place=part.place)
    for path, part in earlier.parts.items():
        if path not in later.parts:
            yield PartChange(path=path, change="removed", diff=_diff(path, part, None))
    if earlier.version != later.version:
        shown = f"-{earlier.version}\n+{later.version}"
        yield PartChange(path="version", change="changed", diff=shown)


def _diff(path: str, before: Part | None, after: Part | None) -> str:
    lines = difflib.unified_diff(_lines(before), _lines(after), f"{path} before", f"{path} after", lineterm="")
    return "\n".join(lines)


def _lines(part: Part | None) -> list[str]:
    if part is None:
        return []
    code, held = _split(part.text)
    return [*readable_form(code).splitlines(), *held]


def _split(text: str) -> tuple[str, list[str]]:
    """Part the source from the lines about defaults and closures that stand below it."""
    lines = text.splitlines()
    end = len(lines)
    while end and lines[end - 1].startswith(("# default ", "# closure ", "# attribute ")):
        end -= 1
    return "\n".join(lines[:end]), lines[end:]
