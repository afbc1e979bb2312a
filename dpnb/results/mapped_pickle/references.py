"""What a pickle only names: classes and functions that whoever loads it has to import.

Two such pickles may be equal, byte by byte, and yet load as something else: once the class that they name has been
edited. Whoever judges results by their bytes has to know.
"""

from __future__ import annotations

from contextvars import ContextVar
from types import FunctionType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextvars import Token

type Reference = type | FunctionType

_noted: ContextVar[dict[str, Reference] | None] = ContextVar("dpnb_noted_references", default=None)


class noting_references:  # noqa: N801 - used like a function
    """Gather, by their full names, the classes and functions that are pickled by name in the block.

    It is entered for every result: a generator's context manager would take three times as long.
    """

    __slots__ = ("_token",)
    _token: Token[dict[str, Reference] | None]

    def __enter__(self) -> dict[str, Reference]:
        found: dict[str, Reference] = {}
        self._token = _noted.set(found)
        return found

    def __exit__(self, *_: object) -> None:
        _noted.reset(self._token)


def note_reference(value: object) -> None:
    """Take note of what is about to be pickled by name, if it is a class or function and somebody gathers them."""
    found = _noted.get()
    if found is not None and isinstance(value, type | FunctionType):
        found[f"{value.__module__}.{value.__qualname__}"] = value
