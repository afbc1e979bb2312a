"""Frames of pandas and polars and tables of Arrow, as Parquet and Feather files."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO

from dpnb.results.formats.serializer import Serializer
from dpnb.results.formats.table_equality import arrow_difference, pandas_difference, polars_difference
from dpnb.results.short_text import short_text
from dpnb.results.type_names import type_name

if TYPE_CHECKING:
    from collections.abc import Callable

_INDEX = "__index_level_"  # how pyarrow calls the columns that hold an index without a name


def pandas_refusal(frame: Any) -> str:
    """Say what of a DataFrame the files would call by another name, or leave out.

    Examples
    --------
    >>> import pandas as pd
    >>> pandas_refusal(pd.DataFrame({2013: [1]}))
    'its column 2013 is named by a number (int), and columns of the file are named by text'
    """
    import pandas as pd

    if type(frame) is not pd.DataFrame:
        return f"a {type_name(type(frame))} would come back as a pandas.DataFrame"
    if frame.columns.nlevels > 1:
        return "its columns have names of several levels"
    return _problem_of_names(list(frame.columns)) or _problem_of_labels(frame)


def _problem_of_labels(frame: Any) -> str:
    if frame.columns.name is not None:
        return f"its columns are called {short_text(frame.columns.name)} together"
    if frame.attrs:
        return "it has attrs"
    names = [name for name in frame.index.names if name is not None]
    if odd := [name for name in names if type(name) is not str]:
        return f"a level of its index is named {odd[0]!r}, which is no text"
    taken = set(names) & set(frame.columns)
    return f"{short_text(min(taken))!r} names a column and a level of its index" if taken else ""


def _problem_of_names(names: list[Any]) -> str:
    for name in names:
        if type(name) is not str:
            kind = "a number" if isinstance(name, int | float) else "something else"
            text = f"its column {name!r} is named by {kind} ({type(name).__name__})"
            return f"{text}, and columns of the file are named by text"
        if name.startswith(_INDEX):
            return f"its column {name!r} has a name that the file gives to an index"
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        return f"several of its columns are named {twice!r}"
    return ""


def _exact(name: str, value: Any) -> str:
    found = f"{type(value).__module__.partition('.')[0]}.{type(value).__name__}"
    return "" if found == name else f"a {found} would come back as a {name}"


def _pandas_to_arrow(frame: Any) -> Any:
    import pyarrow as pa

    return pa.Table.from_pandas(frame, preserve_index=None)


def _arrow_to_pandas(table: Any) -> Any:
    return table.to_pandas()


def _polars_to_arrow(frame: Any) -> Any:
    return frame.to_arrow()


def _arrow_to_polars(table: Any) -> Any:
    import polars as pl

    return pl.from_arrow(table)


def _as_it_is(table: Any) -> Any:
    return table


def _write_parquet(to_arrow: Callable[[Any], Any], value: Any, file: BinaryIO) -> None:
    import pyarrow.parquet as pq

    pq.write_table(to_arrow(value), file, version="2.6")


def _read_parquet(from_arrow: Callable[[Any], Any], file: BinaryIO) -> Any:
    import pyarrow.parquet as pq

    return from_arrow(pq.ParquetFile(file).read())


def _write_feather(to_arrow: Callable[[Any], Any], value: Any, file: BinaryIO) -> None:
    import pyarrow.feather

    pyarrow.feather.write_feather(to_arrow(value), file)


def _read_feather(from_arrow: Callable[[Any], Any], file: BinaryIO) -> Any:
    import pyarrow as pa

    with pa.ipc.open_file(file) as reader:
        return from_arrow(reader.read_all())


_KINDS: tuple[tuple[str, Any, Any, Any, Any], ...] = (
    ("pandas.DataFrame", _pandas_to_arrow, _arrow_to_pandas, pandas_refusal, pandas_difference),
    (
        "polars.DataFrame",
        _polars_to_arrow,
        _arrow_to_polars,
        partial(_exact, "polars.DataFrame"),
        polars_difference,
    ),
    ("pyarrow.Table", _as_it_is, _as_it_is, partial(_exact, "pyarrow.Table"), arrow_difference),
)

SERIALIZERS = tuple(
    Serializer(
        format=name,
        suffix=f".{name}",
        types=(kind,),
        write=partial(write, to_arrow),
        read=partial(read, from_arrow),
        refusal=refusal,
        difference=difference,
    )
    for name, write, read in (("parquet", _write_parquet, _read_parquet), ("feather", _write_feather, _read_feather))
    for kind, to_arrow, from_arrow, refusal, difference in _KINDS
)
