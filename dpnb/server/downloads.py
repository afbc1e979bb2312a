"""Results as bytes that anybody reads: CSV, JSON and Arrow, piece by piece, and never a pickle.

Frames are cut into slices of rows, so that what a download takes does not grow with the frame. Whatever stands in a
value stays data: these are files to be saved, never pages.
"""

from __future__ import annotations

import io
import itertools
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from pydantic_core import PydanticSerializationError, to_json

from dpnb.errors import UndeliverableResultError
from dpnb.results import Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pandas as pd

type Form = Literal["csv", "json", "arrow"]

MEDIA_TYPES: dict[Form, str] = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "arrow": "application/vnd.apache.arrow.stream",
}
ROWS_AT_ONCE = 10_000


def file_name(task: str, form: Form) -> str:
    """Return the header's text by which a browser saves a result under its task's name."""
    suffix = "arrows" if form == "arrow" else form
    return f"attachment; filename*=UTF-8''{quote(task, safe='')}.{suffix}"


def deliver(value: Any, form: Form, *, task: str, offset: int = 0, limit: int | None = None) -> Iterator[bytes]:
    """Return a result piece by piece; the first piece is made before this returns.

    Parameters
    ----------
    value
        A frame, a series, an array, a `Stream` of them; for JSON also anything that JSON can hold.
    offset, limit
        Which rows of it.

    Raises
    ------
    UndeliverableResultError
        It is of another kind, or holds something that the format cannot carry.
    """
    try:
        slices = _slices(value, offset, limit)
        pieces = _plain(value, form) if slices is None else _WRITERS[form](slices)
        first = next(pieces, b"")
    except (ValueError, TypeError, OverflowError, ImportError, NotImplementedError, PydanticSerializationError) as why:
        if isinstance(why, UndeliverableResultError):
            raise
        reason = str(why).partition("\n")[0][:200] or type(why).__name__
        raise UndeliverableResultError(task, type(value).__name__, form, reason=reason.rstrip(".")) from why
    return itertools.chain([first], pieces)


def _plain(value: Any, form: Form) -> Iterator[bytes]:
    if form != "json":
        raise TypeError("it is no table")
    yield to_json(value, inf_nan_mode="null")


def _slices(value: Any, offset: int, limit: int | None) -> Iterator[pd.DataFrame] | None:
    """Return slices of rows, one at least; None where a value has no rows."""
    frames = value if isinstance(value, Stream) else [value]
    first = next(iter(frames), None)
    if first is None or _as_frame(first) is None:
        return None
    return _cut(map(_required_frame, frames), offset, limit)


def _cut(frames: Iterable[pd.DataFrame], offset: int, limit: int | None) -> Iterator[pd.DataFrame]:
    skip, left = offset, limit
    for number, frame in enumerate(frames):
        begin = min(skip, len(frame))
        skip -= begin
        end = len(frame) if left is None else min(len(frame), begin + left)
        left = None if left is None else left - (end - begin)
        if number == 0 and begin == end:
            yield frame.iloc[begin:end]
        for at in range(begin, end, ROWS_AT_ONCE):
            yield frame.iloc[at : min(at + ROWS_AT_ONCE, end)]
        if left == 0:
            return


def _required_frame(value: Any) -> pd.DataFrame:
    frame = _as_frame(value)
    if frame is None:
        raise TypeError("its chunks are of several kinds")
    return frame


def _as_frame(value: Any) -> pd.DataFrame | None:
    """Return a table as a frame whose index, unless it only counts the rows, has become columns."""
    import numpy as np
    import pandas as pd

    if isinstance(value, np.ndarray) and value.ndim in (1, 2):
        value = pd.DataFrame(value)
    elif isinstance(value, pd.Series):
        value = value.to_frame(name="value" if value.name is None else value.name)
    elif isinstance(value, pd.Index):
        value = value.to_frame(index=False)
    elif type(value).__module__.partition(".")[0] in ("pyarrow", "polars") and hasattr(value, "to_pandas"):
        value = value.to_pandas()
    if not isinstance(value, pd.DataFrame):
        return None
    only_counts = isinstance(value.index, pd.RangeIndex) and value.index.name is None
    frame = value if only_counts else value.reset_index(names=_level_names(value))
    return frame.set_axis([_label(label) for label in frame.columns], axis="columns")


def _level_names(frame: pd.DataFrame) -> list[Any]:
    """Return names for an index's levels that no column has."""
    names: list[Any] = []
    for number, name in enumerate(frame.index.names):
        wanted = name if name is not None else "index" if frame.index.nlevels == 1 else f"level_{number}"
        while wanted in frame.columns or wanted in names:
            wanted = f"{wanted}_"
        names.append(wanted)
    return names


def _label(label: Any) -> str:
    return " ".join(map(str, label)) if isinstance(label, tuple) else str(label)


def _csv(slices: Iterator[pd.DataFrame]) -> Iterator[bytes]:
    for number, frame in enumerate(slices):
        yield frame.to_csv(index=False, header=number == 0).encode("utf-8", "backslashreplace")


def _json(slices: Iterator[pd.DataFrame]) -> Iterator[bytes]:
    """Yield one array of records."""
    before = "["
    for frame in slices:
        text = frame.to_json(orient="records", date_format="iso", date_unit="us", force_ascii=False)
        if inner := text.strip()[1:-1]:
            yield f"{before}{inner}".encode("utf-8", "backslashreplace")  # which is how JSON writes half a letter
            before = ",\n"
    yield b"[]" if before == "[" else b"]"


def _arrow(slices: Iterator[pd.DataFrame]) -> Iterator[bytes]:
    """Yield Arrow's streaming format: the schema once, then one batch a slice."""
    import pyarrow as pa

    first = next(slices)
    schema = pa.Schema.from_pandas(first, preserve_index=False)
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, schema) as writer:
        for frame in itertools.chain([first], slices):
            writer.write_table(pa.Table.from_pandas(frame, schema=schema, preserve_index=False))
            yield _taken(sink)
    yield _taken(sink)


def _taken(sink: io.BytesIO) -> bytes:
    written = sink.getvalue()
    sink.seek(0)
    sink.truncate()
    return written


_WRITERS: dict[Form, Callable[[Iterator[pd.DataFrame]], Iterator[bytes]]] = {
    "csv": _csv,
    "json": _json,
    "arrow": _arrow,
}
