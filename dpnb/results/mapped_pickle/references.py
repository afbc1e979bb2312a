"""What a pickle only names: classes and functions that whoever loads it has to import.

Two such pickles may be equal, byte by byte, and yet load as something else: once the class that they name has been
edited. Whoever judges results by their bytes has to know.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from types import FunctionType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

type Reference = type | FunctionType

_noted: ContextVar[dict[str, Reference] | None] = ContextVar("dpnb_noted_references", default=None)


@contextmanager
def noting_references() -> Iterator[dict[str, Reference]]:
    """Gather, by their full names, the classes and functions that are pickled by name in the block."""
    found: dict[str, Reference] = {}
    token = _noted.set(found)
    try:
        yield found
    finally:
        _noted.reset(token)


def note_reference(value: object) -> None:
    """Take note of what is about to be pickled by name, if it is a class or function and somebody gathers them."""
    found = _noted.get()
    if found is not None and isinstance(value, type | FunctionType):
        found[f"{value.__module__}.{value.__qualname__}"] = value
