"""What differs between two fingerprints, as a person reads it."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from dpnb.registry.fingerprint.record import PartChange
from dpnb.registry.fingerprint.syntax import readable_form

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dpnb.registry.fingerprint.record import Fingerprint

_BELOW = ("# default ", "# closure ", "# attribute ", "# hint ", "# read ", "# doc ", "# text ")
_ORDER = "what its names stand for"


def changes_between(earlier: Fingerprint, later: Fingerprint) -> tuple[PartChange, ...]:
    """Return each part that differs."""
    if earlier.digest == later.digest:
        return ()
    changes = tuple(_changes(earlier, later))
    return changes or (PartChange(path=_ORDER, change="changed"),)


def _changes(earlier: Fingerprint, later: Fingerprint) -> Iterator[PartChange]:
    for path, part in later.parts.items():
        before = earlier.parts.get(path)
        if before is None:
            yield PartChange(path=path, change="added", after=part.text, place=part.place)
        elif before.digest != part.digest:
            yield PartChange(path=path, change="changed", before=before.text, after=part.text, place=part.place)
    for path, part in earlier.parts.items():
        if path not in later.parts:
            yield PartChange(path=path, change="removed", before=part.text)
    if earlier.version != later.version:
        yield PartChange(path="version", change="changed", before=earlier.version or "", after=later.version or "")


def readable_diff(path: str, before: str, after: str) -> str:
    """Return a unified diff of code without comments, docstrings and formatting, or of any other text."""
    lines = difflib.unified_diff(_lines(before), _lines(after), f"{path} before", f"{path} after", lineterm="")
    return "\n".join(lines)


def _lines(text: str) -> list[str]:
    code, held = _split(text)
    return [*readable_form(code).splitlines(), *held]


def _split(text: str) -> tuple[str, list[str]]:
    """Part the source from the lines about defaults, closures and what is read that stand below it."""
    lines = text.splitlines()
    end = len(lines)
    while end and lines[end - 1].startswith(_BELOW):
        end -= 1
    return "\n".join(lines[:end]), lines[end:]
