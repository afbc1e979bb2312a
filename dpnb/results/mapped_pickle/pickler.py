"""The pickler of results: what notebook cells define travels along, and large arrays always go as buffers."""

from __future__ import annotations

import pickle
import sys
from typing import TYPE_CHECKING, Any

from dpnb.results.mapped_pickle.writer import SMALLEST_MAPPED_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from dpnb.results.mapped_pickle.writer import PickleWriter

_SCALARS = frozenset({bool, bytes, float, int, str, type(None)})
_BUFFERLESS_KINDS = "mMV"  # NumPy exports no buffer of datetime64, timedelta64 and some structured types


def make_pickler(value: Any, file: PickleWriter) -> pickle.Pickler:
    """Return the pickler for `value`, writing to `file`."""
    if type(value) in _SCALARS:
        return pickle.Pickler(file, protocol=5)
    import cloudpickle

    if "numpy" not in sys.modules:
        return cloudpickle.Pickler(file, protocol=5, buffer_callback=file.announce)  # type: ignore[no-any-return]
    return _array_pickler()(file, protocol=5, buffer_callback=file.announce)


def _array_pickler() -> Callable[..., pickle.Pickler]:
    global _ArrayPickler  # noqa: PLW0603  # made once, when NumPy and cloudpickle are there
    if _ArrayPickler is None:
        import cloudpickle
        import numpy as np

        class ArrayPickler(cloudpickle.Pickler):  # type: ignore[misc]  # cloudpickle has no annotations
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                first, *rest = cloudpickle.Pickler.dispatch_table.maps
                self.dispatch_table = {kind: reduce for table in (*rest, first) for kind, reduce in table.items()}
                self.dispatch_table[np.ndarray] = reduce_array
                super().__init__(*args, **kwargs)

        _ArrayPickler = ArrayPickler
    return _ArrayPickler


_ArrayPickler: Callable[..., pickle.Pickler] | None = None


def reduce_array(array: Any) -> Any:
    """Reduce an array as NumPy does, but hand out a buffer also where NumPy would copy its data into the stream.

    That is for strided arrays, which become contiguous, and for types without a buffer, whose bytes stand in for
    them. The reduction is NumPy's own, so that unpickling needs nothing of dpnb.
    """
    if array.nbytes < SMALLEST_MAPPED_BYTES or array.dtype.hasobject:
        return array.__reduce_ex__(5)
    if array.dtype.kind in _BUFFERLESS_KINDS:
        return _reduce_bytes_of(array)
    return (array if _is_compact(array) else array.copy()).__reduce_ex__(5)


def _reduce_bytes_of(array: Any) -> Any:
    order = "F" if array.flags.fnc else "C"
    compact = array.T if order == "F" else array
    flat = compact.reshape(-1).view("u1")
    function, (buffer, *_) = flat.__reduce_ex__(5)
    return function, (buffer, array.dtype, array.shape, order)


def _is_compact(array: Any) -> bool:
    """Tell whether the data fill one piece of memory, in any order of axes."""
    import numpy as np

    axes = np.argsort(array.strides, kind="stable")[::-1]
    return bool(array.transpose(axes).flags.c_contiguous)
