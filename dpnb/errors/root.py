"""The root of all exceptions, and the names that are near to one that is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


def closest(name: str, known: Iterable[str], *, most: int = 3) -> list[str]:
    """Return the known names that resemble `name`, best first."""
    import difflib

    return difflib.get_close_matches(name, list(known), n=most, cutoff=0.5)


class DpnbError(Exception):
    """Root of dpnb's exceptions: a message, and a hint at what to do next."""

    hint: str

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if cls.__module__.startswith(__package__ + "."):
            cls.__module__ = __package__  # in tracebacks and pickles they are called as users import them

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(f"{message}\nHint: {hint}" if hint else message)
        self.hint = hint

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self.args, self.__dict__)


DpnbError.__module__ = __package__


def _restore(kind: type[DpnbError], args: tuple[Any, ...], state: dict[str, Any]) -> DpnbError:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(state)
    return error
