"""How differences are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

_FIXED_SPACE = "\N{NO-BREAK SPACE}"


def before_and_after(say: Callable[[Any], str], a: Any, b: Any) -> str:
    """Return what a cell of a table says of two values that may be missing: one text where both are told alike."""
    before, after = ("" if pd.isna(each) else say(each).replace(" ", _FIXED_SPACE) for each in (a, b))
    return before if before == after else f"{before or '–'}{_FIXED_SPACE}→{_FIXED_SPACE}{after or '–'}"


def plural(count: int, noun: str) -> str:
    """Return count and noun.

    >>> plural(1, "row"), plural(1_200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
