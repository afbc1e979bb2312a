"""Sizes in bytes as people write them: ``500MB``, ``2 GiB``."""

from __future__ import annotations

import re

_WRITTEN = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b\s*", re.IGNORECASE | re.ASCII)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


def parse_bytes(text: str) -> int:
    """Return the number of bytes; kB, MB, GB, TB count in thousands, KiB, MiB, GiB, TiB in 1,024s (IEC 80000-13).

    Raises
    ------
    ValueError
        The text is no such size.

    Examples
    --------
    >>> [parse_bytes(text) for text in ("800B", "500MB", "1.5 GiB")]
    [800, 500000000, 1610612736]
    """
    found = _WRITTEN.fullmatch(text)
    if found is None or (found[3] and not found[2]):
        raise ValueError(f"{text!r} is no size in bytes")
    step = 1024 if found[3] else 1000
    unit: int = step ** _POWERS[found[2].lower()]
    return round(float(found[1]) * unit)
