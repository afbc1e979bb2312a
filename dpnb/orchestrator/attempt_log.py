"""What an attempt printed, as text that shows itself as text."""

from __future__ import annotations


class AttemptLog(str):
    """A log: a string whose display is its content.

    Examples
    --------
    >>> AttemptLog("fetched 3 pages")
    fetched 3 pages
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return self.rstrip("\n") or "(nothing was printed)"

    def tail(self, lines: int = 20) -> AttemptLog:
        """Return the last lines."""
        return AttemptLog("".join(self.splitlines(keepends=True)[-lines:]))
