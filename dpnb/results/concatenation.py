"""Many chunks as one value, by the rules of their own library, which is imported only where chunks come from it."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from dpnb.errors import ConcatenationError
from dpnb.results.type_names import type_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def concatenate(chunks: Sequence[Any]) -> Any:
    """Return `chunks` as one; raise `ConcatenationError` where there are none, or of no type that adds up.

    Examples
    --------
    >>> concatenate([[1], [2, 3]])
    [1, 2, 3]
    """
    if not chunks:
        raise ConcatenationError("An empty stream cannot be concatenated: no chunk tells its type.")
    kind = type(chunks[0])
    for ancestor in kind.__mro__:
        join = _JOINS.get((ancestor.__module__.partition(".")[0], ancestor.__name__))
        if join is not None:
            return join(chunks)
    raise ConcatenationError(f"Chunks of type {type_name(kind)!r} cannot be concatenated.")


def _chain(chunks: Sequence[Any]) -> list[Any]:
    return list(chain.from_iterable(chunks))


def _join_pandas(chunks: Sequence[Any]) -> Any:
    import pandas as pd

    return pd.concat(chunks, ignore_index=True)


def _join_numpy(chunks: Sequence[Any]) -> Any:
    import numpy as np

    return np.concatenate(chunks)


def _join_arrow_tables(chunks: Sequence[Any]) -> Any:
    import pyarrow as pa

    return pa.concat_tables(chunks)


def _join_arrow_batches(chunks: Sequence[Any]) -> Any:
    import pyarrow as pa

    return pa.Table.from_batches(chunks)


def _join_polars(chunks: Sequence[Any]) -> Any:
    import polars as pl  # type: ignore[import-not-found,unused-ignore]  # comes with the chunks, or is not needed

    return pl.concat(chunks)


_JOINS: dict[tuple[str, str], Callable[[Sequence[Any]], Any]] = {
    ("builtins", "list"): _chain,
    ("builtins", "tuple"): _chain,
    ("builtins", "str"): "".join,
    ("builtins", "bytes"): b"".join,
    ("numpy", "ndarray"): _join_numpy,
    ("pandas", "DataFrame"): _join_pandas,
    ("pandas", "Series"): _join_pandas,
    ("polars", "DataFrame"): _join_polars,
    ("polars", "Series"): _join_polars,
    ("pyarrow", "RecordBatch"): _join_arrow_batches,
    ("pyarrow", "Table"): _join_arrow_tables,
}
