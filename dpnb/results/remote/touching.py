"""Which bytes of memory rows of an array lie in, for arrays of NumPy, pandas and Arrow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

type Need = Callable[[int, int], None]
"""Sees to it that bytes are there: an address, and how many."""


def is_known(values: Any) -> bool:
    """Tell whether it is known how an array lies in memory."""
    kind = type(values).__name__
    return kind == "ndarray" or kind in _OF_PANDAS or hasattr(values, "_pa_array")


def touch(values: Any, start: int, stop: int, need: Need) -> None:
    """Have the bytes of some rows of an array come; the array must be known."""
    kind = type(values).__name__
    if kind == "ndarray":
        _touch_numpy(values[start:stop], need)
    elif hasattr(values, "_pa_array"):
        _touch_arrow(values._pa_array, start, stop, need)  # noqa: SLF001 - pandas offers no other way to it
    elif kind == "Categorical":
        _touch_numpy(values.codes[start:stop], need)
        categories = values.categories.array
        touch(plain(categories), 0, len(categories), need)
    else:
        for name in _OF_PANDAS[kind]:
            _touch_numpy(getattr(values, name)[start:stop], need)


def plain(values: Any) -> Any:
    """Return NumPy's own array where pandas only wraps one."""
    return values.to_numpy() if type(values).__name__ == "NumpyExtensionArray" else values


_MASKED = ("_data", "_mask")
_OF_PANDAS: dict[str, tuple[str, ...]] = {
    "Categorical": (),
    "DatetimeArray": ("_ndarray",),
    "TimedeltaArray": ("_ndarray",),
    "PeriodArray": ("_ndarray",),
    "IntegerArray": _MASKED,
    "FloatingArray": _MASKED,
    "BooleanArray": _MASKED,
}


def _touch_numpy(view: Any, need: Need) -> None:
    if view.size and not view.dtype.hasobject:
        import numpy as np

        low, high = np.lib.array_utils.byte_bounds(view)
        need(low, high - low)


def _touch_arrow(column: Any, start: int, stop: int, need: Need) -> None:
    offset = 0
    for chunk in column.chunks:
        low, high = max(start - offset, 0), min(stop - offset, len(chunk))
        if low < high:
            _touch_chunk(chunk.slice(low, high - low), need)
        offset += len(chunk)


def _touch_chunk(array: Any, need: Need) -> None:
    import pyarrow.types as kinds

    kind = array.type
    if kinds.is_dictionary(kind):
        _touch_chunk(array.indices, need)
        _touch_chunk(array.dictionary, need)
        return
    buffers, first, last = array.buffers(), array.offset, array.offset + len(array)
    if kinds.is_string(kind) or kinds.is_binary(kind) or kinds.is_large_string(kind) or kinds.is_large_binary(kind):
        is_large = kinds.is_large_string(kind) or kinds.is_large_binary(kind)
        _need_bits(buffers[0], first, last, need)
        _touch_text(buffers[1], buffers[2], (first, last), 8 if is_large else 4, need)
    elif kinds.is_primitive(kind) and len(buffers) == 2:  # noqa: PLR2004 - which are missing ones, and data
        _need_bits(buffers[0], first, last, need)
        width = kind.bit_width
        _need_bits(buffers[1], first * width, last * width, need)
    else:
        for buffer in buffers:
            if buffer is not None:
                need(buffer.address, buffer.size)


def _touch_text(offsets: Any, data: Any, rows: tuple[int, int], width: int, need: Need) -> None:
    """Have the offsets of texts come, which tell where their characters lie."""
    import numpy as np

    first, last = rows
    need(offsets.address + first * width, (last - first + 1) * width)
    known = np.frombuffer(offsets, dtype=f"i{width}", count=last + 1)
    if data is not None:
        need(data.address + int(known[first]), int(known[last] - known[first]))


def _need_bits(buffer: Any, first: int, last: int, need: Need) -> None:
    if buffer is not None:
        need(buffer.address + first // 8, -(-last // 8) - first // 8)
