"""A stream's chunks as one table, loaded chunk by chunk as rows are asked for."""

from __future__ import annotations

from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from dpnb.results.browsing.columns import ChunkedColumn
from dpnb.results.browsing.tables import Table, table_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dpnb.results.browsing.columns import Column
    from dpnb.results.records import ResultFacts
    from dpnb.results.stream import Stream

_LOADED_CHUNKS = 4


def table_of_stream(stream: Stream[Any], facts: Sequence[ResultFacts]) -> Table | None:
    """Return the chunks below each other, with a new index, as `Stream.concat` does; None where they are no table.

    Only the first chunk is loaded; the others are known to fit by what was noted of their columns.
    """
    if not facts or not _fit(facts):
        return None

    @lru_cache(maxsize=_LOADED_CHUNKS)
    def columns_of(chunk: int) -> list[Column]:
        table = table_of(stream[chunk])
        return [] if table is None else [column for column in table.columns if column.level is None]

    if not columns_of(0):
        return None
    import numpy as np

    starts = np.array([0, *accumulate(one.rows or 0 for one in facts)], "int64")
    columns = [
        ChunkedColumn(
            name=column.name,
            dtype=column.dtype,
            kind=column.kind,
            code_dtype=column.code_dtype,
            starts=starts,
            column_of=lambda chunk, place=place: columns_of(chunk)[place],  # type: ignore[misc]
        )
        for place, column in enumerate(columns_of(0))
    ]
    nulls = [_sum([one.columns[place].nulls for one in facts]) for place in range(len(columns))]
    first = table_of(stream[0])
    return Table(
        type=f"Stream of {len(facts):,} × {facts[0].type}",
        rows=int(starts[-1]),
        columns=columns,
        nulls=nulls,
        frame_code="{value}.concat()" if first is None else first.frame_code.format(value="{value}.concat()"),
    )


def _fit(facts: Sequence[ResultFacts]) -> bool:
    described = {(one.type, tuple((column.name, column.dtype) for column in one.columns)) for one in facts}
    return len(described) == 1 and bool(facts[0].columns) and all(one.rows is not None for one in facts)


def _sum(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None
