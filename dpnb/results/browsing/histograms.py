"""How a column's values are spread: bars of equal width where they lie on a line, else the most frequent ones."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dpnb.results.browsing.keys import numbers_of
from dpnb.results.browsing.kinds import Kind
from dpnb.results.browsing.masks import texts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dpnb.results.browsing.columns import Column

BARS = 20
MOST_VALUES = 8
_SAMPLED_ROWS, _PIECES = 1 << 16, 64

type Parts = Callable[[], Iterator[tuple[int, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """How many values lie from `low` to `high`, both included, or are equal to `low`; as texts that filters take."""

    low: str
    high: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """A column's bars, and how many of its values are missing; of a sample of `rows` rows where `is_sample`."""

    bars: tuple[Bar, ...]
    missing: int
    rows: int
    is_sample: bool = False
    others: int = 0  # values that have no bar


def histogram_of(column: Column, parts: Parts, total: int, release: Callable[[], None]) -> Histogram:
    """Return how the values of a column are spread; all are looked at where they are numbers."""
    if column.kind.is_measured:
        return _measured(column, parts, total)
    if column.kind is Kind.BOOLEAN or column.kind is Kind.CATEGORY:
        return _counted(column, (part for _, part in parts()), total)
    if total <= _SAMPLED_ROWS:
        return _counted(column, (part for _, part in parts()), total)
    return _counted(column, _sample(column, total, release), total, is_sample=True)


def _sample(column: Column, total: int, release: Callable[[], None]) -> Iterator[Any]:
    size = _SAMPLED_ROWS // _PIECES
    for piece in range(_PIECES):
        start = (total - size) * piece // (_PIECES - 1)
        yield column.part(start, start + size)
        release()


def _counted(column: Column, parts: Iterator[Any], total: int, *, is_sample: bool = False) -> Histogram:
    counts: Counter[str] = Counter()
    missing = looked = 0
    for part in parts:
        found, gone = _counts_in(part, column.kind)
        counts.update(found)
        missing += gone
        looked += len(part)
    top = counts.most_common(MOST_VALUES)
    bars = tuple(Bar(low=text, high=text, count=count) for text, count in top)
    others = counts.total() - sum(count for _, count in top)
    return Histogram(
        bars=bars, missing=missing, rows=looked if is_sample else total, is_sample=is_sample, others=others
    )


def _counts_in(part: Any, kind: Kind) -> tuple[dict[str, int], int]:
    import pandas as pd

    series = pd.Series(part, copy=False)
    missing = int(series.isna().sum())
    if kind is Kind.OTHER:
        series = texts_of(series.dropna(), kind)
    counts = series.value_counts(dropna=True)
    found = {str(value): int(count) for value, count in zip(counts.index, counts, strict=True) if count}
    return found, missing


def _measured(column: Column, parts: Parts, total: int) -> Histogram:
    import numpy as np

    low, high, missing = None, None, 0
    for _, part in parts():
        values, gone = _finite(part, column.kind)
        missing += gone
        if len(values):
            low = values.min() if low is None else min(low, values.min())
            high = values.max() if high is None else max(high, values.max())
    if low is None or high is None:
        return Histogram(bars=(), missing=missing, rows=total)
    spans = _spans(float(low), float(high)) if column.kind is Kind.NUMBER else _whole_spans(int(low), int(high))
    starts = np.array([span[0] for span in spans])
    counts, shown = np.zeros(len(spans), "int64"), 0
    for _, part in parts():
        values, _ = _finite(part, column.kind)
        counts += np.bincount(np.searchsorted(starts, values, side="right") - 1, minlength=len(spans))
        shown += len(values)
    tell = _teller(column)
    bars = tuple(
        Bar(low=tell(low), high=tell(high), count=int(count)) for (low, high), count in zip(spans, counts, strict=True)
    )
    return Histogram(bars=bars, missing=missing, rows=total, others=total - missing - shown)


def _finite(part: Any, kind: Kind) -> tuple[Any, int]:
    import numpy as np

    values, missing = numbers_of(part, kind)
    gone = int(missing.sum())
    if gone:
        values = values[~missing]
    if values.dtype.kind == "f":
        is_finite = np.isfinite(values)
        values = values if is_finite.all() else values[is_finite]
    return values, gone


def _spans(low: float, high: float) -> list[tuple[float, float]]:
    width = high / BARS - low / BARS  # each by itself, since the difference may be beyond all floats
    if not width:
        return [(low, high)]
    edges = [low + width * place for place in range(BARS)]
    return list(zip(edges, [*edges[1:], high], strict=True))


def _whole_spans(low: int, high: int) -> list[tuple[int, int]]:
    width = max(1, -(-(high - low + 1) // BARS))
    return [(start, min(high, start + width - 1)) for start in range(low, high + 1, width)]


def _teller(column: Column) -> Callable[[Any], str]:
    """Return what writes a bar's edge as a filter of the column takes it."""
    import numpy as np
    import pandas as pd

    if column.kind is Kind.INTEGER:
        return str
    if column.kind is Kind.NUMBER:
        return lambda edge: repr(float(edge))
    dtype = column.part(0, 0).dtype
    dtype = getattr(dtype, "pyarrow_dtype", dtype)
    unit: Any = getattr(dtype, "unit", None) or np.datetime_data(dtype)[0]
    if column.kind is Kind.DURATION:
        return lambda edge: str(pd.Timedelta(np.timedelta64(edge, unit)))
    zone = getattr(dtype, "tz", None)
    if zone is None:
        return lambda edge: str(pd.Timestamp(np.datetime64(edge, unit)))
    return lambda edge: str(pd.Timestamp(np.datetime64(edge, unit), tz="UTC").tz_convert(zone))
