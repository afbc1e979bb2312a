"""DuckDB as an engine: sorts any number of rows in bounded memory, and searches texts on all cores.

::

    mapped column ─ part by part ─▶ keys, or texts where they lie ─▶ Arrow stream ─▶ DuckDB ─▶ positions
                                                                                       │
                                                       what has no room ─▶ a folder that goes when it is done

It is asked for positions only. A column is handed over as a stream of parts: numbers as the keys that our own engine
sorts by, so that both agree on what is equal and what is missing; texts as the bytes that Arrow holds already.
"""

from __future__ import annotations

import os
import re
import tempfile
import threading
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from dpnb.errors import BrowseRequestError
from dpnb.results.browsing.keys import keys_of
from dpnb.results.browsing.kinds import Kind
from dpnb.results.browsing.positions import Positions
from dpnb.results.browsing.text_keys import bytes_of, lies_in_arrow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from dpnb.results.browsing.columns import Column
    from dpnb.results.browsing.reading import Reading
    from dpnb.results.browsing.views import Filter, Sort

_MEMORY = ("64MB", "256MB", "1GB")
"""What DuckDB may take before it goes to the disk; the next one where that is too little, as with long texts."""
_SETTINGS: dict[str, Any] = {
    "preserve_insertion_order": False,
    "autoinstall_known_extensions": False,  # nothing is fetched from anywhere
    "autoload_known_extensions": False,
}
_BATCH_ROWS = 1 << 16
_MOST_THREADS = 4
_LOOK_S = 0.05
_TOO_LITTLE = "Out of Memory"


class DuckDbEngine:
    """Finds rows; see `Engine`."""

    def can_filter(self, asked: Filter, column: Column) -> bool:
        """Tell whether a text is searched for in texts that lie in Arrow's memory."""
        is_search = asked.operator == "contains" and column.kind is Kind.TEXT
        return is_search and "\0" not in asked.value and lies_in_arrow(column.part(0, 0))

    def keep(self, reading: Reading, asked: Filter, passes: NDArray[np.bool]) -> None:
        """Clear what does not hold the text."""
        import numpy as np
        import pyarrow as pa

        found = np.zeros(len(passes), bool)
        fields = {"key": pa.large_string(), "place": pa.uint32()}
        batches = _stream(fields, partial(_searched, reading, asked.column))
        settings = {"memory_limit": _MEMORY[0], "threads": min(_MOST_THREADS, os.cpu_count() or 1)}
        query = f"SELECT place FROM parts WHERE {_holds(asked.value)}"  # noqa: S608  # what was typed is a literal
        with _asked(reading, batches, query, settings) as answers:
            for places in answers:
                found[places] = True
        passes &= found

    def ordered(self, reading: Reading, rows: NDArray[np.uint32] | None, sort: tuple[Sort, ...]) -> NDArray[np.uint32]:
        """Return rows in order; all columns are sorted by at once."""
        if not sort:
            raise BrowseRequestError(sort, rule="a view is sorted by at least one column")
        for memory in _MEMORY:
            try:
                return _sorted_within(memory, reading, rows, sort)
            except MemoryError:
                continue
        hint = "filter to fewer rows first, or sort by fewer columns."
        raise BrowseRequestError("sort", rule=f"it takes more than {_MEMORY[-1]} of memory, or disk", hint=hint)


def _sorted_within(
    memory: str, reading: Reading, rows: NDArray[np.uint32] | None, sort: tuple[Sort, ...]
) -> NDArray[np.uint32]:
    """Return rows in order. Raises `MemoryError` where the memory is too little for the pieces that it merges."""
    import pyarrow as pa

    kinds = [reading.table.columns[one.column].kind for one in sort]
    types = [pa.large_binary() if kind is Kind.TEXT else pa.uint64() for kind in kinds]
    fields = {**{f"key{place}": one for place, one in enumerate(types)}, "place": pa.uint32()}
    terms = [f"key{place} {'DESC' if one.descending else 'ASC'} NULLS LAST" for place, one in enumerate(sort)]
    query = f"SELECT place FROM parts ORDER BY {', '.join(terms)}, place"  # noqa: S608  # all words are our own
    positions = Positions(reading.table.rows if rows is None else len(rows))
    batches = _stream(fields, partial(_sorted, reading, rows, sort, kinds))
    # Every thread holds pieces of its own while they are merged: one needs the least, and sorts as fast from the disk.
    with _asked(reading, batches, query, {"memory_limit": memory, "threads": 1}) as answers:
        for places in answers:
            positions.add(places)
    return positions.array()


def _holds(value: str) -> str:
    """Return the condition that a text holds a value; case counts for nothing, as `Filter` says."""
    if value.lower() == value.upper():
        return f"contains(key, {_literal(value)})"
    return (
        f"regexp_matches(key, {_literal(re.escape(value))}, 'i')"  # folds letters as Arrow does, which has it from RE2
    )


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _stream(fields: dict[str, Any], columns: Callable[[], Iterator[list[Any]]]) -> Any:
    import pyarrow as pa

    schema = pa.schema(list(fields.items()))
    batches = (pa.RecordBatch.from_arrays(arrays, schema=schema) for arrays in columns())
    return pa.RecordBatchReader.from_batches(schema, batches)


def _searched(reading: Reading, column: int) -> Iterator[list[Any]]:
    import pyarrow as pa

    for start, part in reading.parts(column):
        yield [_texts(part, pa.large_string()), _counting(start, len(part))]


def _sorted(
    reading: Reading, rows: NDArray[np.uint32] | None, sort: tuple[Sort, ...], kinds: list[Kind]
) -> Iterator[list[Any]]:
    import pyarrow as pa

    for pieces in zip(*(reading.chosen_parts(one.column, rows) for one in sort), strict=True):
        start, count = pieces[0][0], len(pieces[0][1])
        places = _counting(start, count) if rows is None else pa.array(rows[start : start + count])
        yield [*(_key(part, kind) for (_, part), kind in zip(pieces, kinds, strict=True)), places]


def _key(part: Any, kind: Kind) -> Any:
    import pyarrow as pa

    if kind is Kind.TEXT:
        return _texts(part, pa.large_binary())
    keys, missing = keys_of(part, kind)
    return pa.array(keys, mask=missing if missing.any() else None)


def _counting(start: int, count: int) -> Any:
    import numpy as np
    import pyarrow as pa

    return pa.array(np.arange(start, start + count, dtype="uint32"))


def _texts(part: Any, kind: Any) -> Any:
    """Return texts as an Arrow array around the bytes that are there."""
    import numpy as np
    import pandas as pd
    import pyarrow as pa

    missing = np.asarray(pd.isna(part), dtype=bool)
    data, offsets = bytes_of(part, missing)
    valid = pa.py_buffer(np.packbits(~missing, bitorder="little")) if missing.any() else None
    return pa.Array.from_buffers(kind, len(part), [valid, pa.py_buffer(offsets), pa.py_buffer(data)])


@contextmanager
def _asked(reading: Reading, batches: Any, query: str, settings: dict[str, Any]) -> Iterator[Iterator[Any]]:
    """Give the answers to a query over a stream of batches, which it calls ``parts``, as they come."""
    import duckdb

    with tempfile.TemporaryDirectory(prefix="dpnb-browse-", ignore_cleanup_errors=True) as folder:
        connection = duckdb.connect(config={**_SETTINGS, **settings, "temp_directory": folder})
        try:
            with _interrupted(connection, reading):
                connection.register("parts", batches)
                with connection.sql(query).to_arrow_reader(_BATCH_ROWS) as answers:
                    yield (batch.column(0).to_numpy() for batch in answers)
        except (duckdb.Error, OSError) as error:  # what was raised while it read comes back as one of these
            reading.check()
            raise (MemoryError if _TOO_LITTLE in str(error) else OSError)(f"{error}") from error
        finally:
            connection.close()


@contextmanager
def _interrupted(connection: Any, reading: Reading) -> Iterator[None]:
    """Interrupt what goes on as soon as nobody waits for it: while it sorts it reads nothing, and would not notice."""
    done = threading.Event()

    def look() -> None:
        while not done.wait(_LOOK_S):
            if reading.stop():
                connection.interrupt()
                return

    watcher = threading.Thread(target=look, name="dpnb-browse-stop", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
