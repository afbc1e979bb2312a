"""Groups of tasks of which only so many run at once: ``"db:2"``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcurrencyGroup:
    """A group that a task belongs to; `limit` is None where another task states it.

    Examples
    --------
    >>> str(ConcurrencyGroup.parse("db:2")), ConcurrencyGroup.parse("db").limit
    ('db:2', None)
    """

    name: str
    limit: int | None = None

    @classmethod
    def parse(cls, text: str) -> ConcurrencyGroup:
        """Read ``"name"`` or ``"name:limit"``. Raises `ValueError` where it is neither."""
        name, colon, limit = (part.strip() for part in text.partition(":"))
        if not name or (colon and not (limit.isascii() and limit.isdigit() and int(limit) > 0)):
            raise ValueError(f"{text!r} is neither a name nor a name, a colon and a whole number above 0")
        return cls(name=name, limit=int(limit) if colon else None)

    def __str__(self) -> str:
        return self.name if self.limit is None else f"{self.name}:{self.limit}"
