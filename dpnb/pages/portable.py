"""Values that JSON carries to anybody: no infinities, no half letters."""

from __future__ import annotations

import math
from typing import Any


def portable(value: Any) -> Any:
    r"""Return recorded values as JSON holds them: infinities as null, halves of letters written out.

    Examples
    --------
    >>> portable({"mean": float("nan"), "name": chr(0xD800)})
    {'mean': None, 'name': '\\ud800'}
    """
    if isinstance(value, dict):
        return {portable(key): portable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [portable(item) for item in value]
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode()
    return None if isinstance(value, float) and not math.isfinite(value) else value
