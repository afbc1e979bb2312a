"""The closest names to one that is not there, as long as finding them takes no time worth mentioning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.errors import closest

if TYPE_CHECKING:
    from collections.abc import Collection

_MOST_COMPARISONS = 20_000  # each takes some 20 µs


def near(name: str, known: Collection[str], *, earlier: int = 0) -> list[str]:
    """Return the closest of the known names, best first.

    Parameters
    ----------
    earlier
        How many names have been looked for before; after too many comparisons nothing is suggested any more.
    """
    return closest(name, known) if earlier * len(known) < _MOST_COMPARISONS else []


def did_you_mean(name: str, known: Collection[str], *, earlier: int = 0) -> str:
    """Return ``; did you mean 'x'?``, or nothing where no name is close."""
    names = near(name, known, earlier=earlier)
    return f"; did you mean {' or '.join(map(repr, names))}?" if names else ""
