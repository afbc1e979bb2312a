"""Which rows of a part pass a filter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dpnb.results.browsing.kinds import Kind
from dpnb.results.browsing.views import is_compared_as_text, operand

if TYPE_CHECKING:
    from collections.abc import Callable

    from dpnb.results.browsing.columns import Column
    from dpnb.results.browsing.views import Filter


def mask_maker(asked: Filter, column: Column) -> Callable[[Any], Any]:
    """Return what tells of each value of a part whether it passes, as a NumPy array; a missing value passes nothing.

    Operands are read once, not for each part.
    """
    match asked.operator:
        case "missing":
            return lambda part: _series(part).isna().to_numpy()
        case "present":
            return lambda part: _series(part).notna().to_numpy()
        case "between":
            return _between(*(operand(text, column) if text else None for text in (asked.low, asked.high)))
        case "equals":
            return _equals(operand(asked.value, column), column.kind, as_text=is_compared_as_text(column))
        case _:
            return _contains(asked.value, column.kind)


def _between(low: Any, high: Any) -> Callable[[Any], Any]:
    def within(part: Any) -> Any:
        series = _series(part)
        passes = series.notna().to_numpy(copy=True)
        if low is not None:
            passes &= _truths(series >= low)
        if high is not None:
            passes &= _truths(series <= high)
        return passes

    return within


def _equals(value: Any, kind: Kind, *, as_text: bool) -> Callable[[Any], Any]:
    if as_text:
        return lambda part: _truths(texts_of(_series(part), kind) == value) & _series(part).notna().to_numpy()
    return lambda part: _truths(_series(part) == value)


def _contains(value: str, kind: Kind) -> Callable[[Any], Any]:
    is_caseless = value.lower() == value.upper()  # then looking for it as it is takes a sixth of the time

    def holds(part: Any) -> Any:
        series = _series(part)
        text = series if kind is Kind.TEXT else texts_of(series, kind)
        found = text.str.contains(value, case=is_caseless, regex=False, na=False)
        return _truths(found) & series.notna().to_numpy()

    return holds


def texts_of(series: Any, kind: Kind) -> Any:
    """Return values as their texts; pandas itself would read bytes as UTF-8, which they need not be."""
    return series.astype(str) if kind is Kind.CATEGORY else series.astype(object).map(str)


def _series(part: Any) -> Any:
    import pandas as pd

    return pd.Series(part, copy=False)


def _truths(series: Any) -> Any:
    return series.to_numpy(dtype=bool, na_value=False)
