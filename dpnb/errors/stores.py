"""Stores of results that cannot be reached, and formats that cannot hold a result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.errors.results import ResultError
from dpnb.errors.root import closest

if TYPE_CHECKING:
    from collections.abc import Iterable


class StoreUnavailableError(ResultError, OSError):
    """A store of results cannot be reached, refuses, or what it needs is not installed; it holds no secret."""

    def __init__(self, location: str, *, doing: str, reason: str, hint: str) -> None:
        super().__init__(f"The store {location!r} could not {doing}: {reason.rstrip('.')}.", hint=hint)
        self.location, self.reason = location, reason


class FormatError(ResultError, ValueError):
    """A result cannot be stored in the format that its task asks for."""


class UnknownFormatError(FormatError):
    """There is no such format, or none of that name for values of this type."""

    def __init__(self, name: str, *, known: Iterable[str], type_name: str = "") -> None:
        names = sorted(set(known))
        near = closest(name, names)
        if type_name:
            rule = f"A {type_name} cannot be stored as {name!r}"
            hint = f"{type_name} can be stored as {_listed(names)}." if names else "leave format out to pickle it."
            hint += " register_serializer(…) adds a format of your own."
        else:
            rule = f"There is no format {name!r}"
            hint = f"did you mean {_listed(near)}?" if near else f"the formats are {_listed(names)}."
        super().__init__(f"{rule}.", hint=hint)
        self.format, self.type_name = name, type_name


class LossyFormatError(FormatError):
    """A format would not give back what was to be stored."""

    def __init__(self, name: str, *, type_name: str, loss: str, hint: str = "") -> None:
        super().__init__(
            f"Stored as {name!r}, this {type_name} would lose something: {loss}.",
            hint=hint or "return a value that the format can hold, or leave format out: a pickle holds anything.",
        )
        self.format, self.type_name, self.loss = name, type_name, loss


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(repr, names))
