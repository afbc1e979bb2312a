"""How arrays are pickled: their data always as buffers, their caches never.

The reductions are the libraries' own, changed in small ways, so that unpickling needs nothing of dpnb.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from dpnb.results.mapped_pickle.writer import SMALLEST_MAPPED_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

_BUFFERLESS_KINDS = "mMV"  # NumPy exports no buffer of datetime64, timedelta64 and some structured types
_CACHING_ARRAYS = ("DatetimeArray", "PeriodArray", "TimedeltaArray")


def array_reductions() -> dict[type, Callable[[Any], Any]]:
    """Return the reductions for the libraries that are imported; what is not imported cannot be in a value."""
    found: dict[type, Callable[[Any], Any]] = {}
    if numpy := sys.modules.get("numpy"):
        found[numpy.ndarray] = reduce_array
    if arrays := getattr(sys.modules.get("pandas"), "arrays", None):
        found.update((getattr(arrays, name), reduce_without_cache) for name in _CACHING_ARRAYS)
    return found


def reduce_array(array: Any) -> Any:
    """Reduce a NumPy array to a buffer also where NumPy would copy its data into the stream.

    Strided arrays become contiguous; types without a buffer are handed out as bytes.
    """
    if array.nbytes < SMALLEST_MAPPED_BYTES or array.dtype.hasobject:
        return array.__reduce_ex__(5)
    if array.dtype.kind in _BUFFERLESS_KINDS:
        return _reduce_bytes_of(array)
    return (array if _is_compact(array) else array.copy()).__reduce_ex__(5)


def _reduce_bytes_of(array: Any) -> Any:
    order = "F" if array.flags.fnc else "C"
    flat = (array.T if order == "F" else array).reshape(-1).view("u1")
    function, (buffer, *_) = flat.__reduce_ex__(5)
    return function, (buffer, array.dtype, array.shape, order)


def _is_compact(array: Any) -> bool:
    """Tell whether the data fill one piece of memory, in any order of axes."""
    import numpy as np

    axes = np.argsort(array.strides, kind="stable")[::-1]
    return bool(array.transpose(axes).flags.c_contiguous)


def reduce_without_cache(array: Any) -> Any:
    """Reduce a pandas array without what it has cached: equal arrays have equal bytes, whoever looked at them."""
    function, arguments, state, *rest = array.__reduce__()
    if isinstance(state, tuple) and isinstance(state[-1], dict):
        attributes = {name: value for name, value in state[-1].items() if name != "_cache"}
        state = (*state[:-1], attributes) if attributes else state[:-1]
    return function, arguments, state, *rest
