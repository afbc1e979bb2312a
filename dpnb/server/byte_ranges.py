"""The header Range, as far as it asks for one part in bytes (RFC 9110, section 14)."""

from __future__ import annotations

import re

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


def requested_range(header: str | None, size: int) -> range | None:
    """Return the bytes that are asked for, none of them where they lie outside; None where all are.

    What cannot be understood is left aside, as the RFC says.

    Examples
    --------
    >>> requested_range("bytes=2-", 10), requested_range("bytes=-3", 10), requested_range("bytes=10-", 10)
    (range(2, 10), range(7, 10), range(0, 0))
    """
    found = _RANGE.fullmatch((header or "").strip())
    if found is None or found[0] == "bytes=-":
        return None
    first, last = found[1], found[2]
    if not first:
        return range(max(0, size - int(last)), size) or range(0)
    if last and int(last) < int(first):
        return None
    return range(int(first), min(size, int(last) + 1) if last else size) or range(0)
