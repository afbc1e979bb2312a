"""The pickler of results: what notebook cells define travels along, and large arrays always go as buffers."""

from __future__ import annotations

import io
import pickle
from types import FunctionType
from typing import TYPE_CHECKING, Any, Protocol

from dpnb.results.mapped_pickle.rebuilt import REBUILDING, Rebuilder
from dpnb.results.mapped_pickle.references import note_reference

if TYPE_CHECKING:
    from collections.abc import Callable

_SCALARS = frozenset({bool, bytes, float, int, str, type(None)})
_SMALL_BYTES = 4096
_made: list[Callable[..., pickle.Pickler]] = []


class PickleFile(Protocol):
    """Where a pickler writes to, and whom it tells of buffers."""

    def write(self, data: Any, /) -> int:
        """Take the next bytes, or a whole payload."""
        ...

    def announce(self, buffer: pickle.PickleBuffer, /) -> bool:
        """Take note of a buffer; return whether it stays in the stream."""
        ...


def is_small_scalar(value: Any) -> bool:
    """Tell whether `value` is a scalar that ``pickle.dumps`` may pickle at once."""
    kind = type(value)
    return kind in _SCALARS and (kind not in (str, bytes) or len(value) <= _SMALL_BYTES)


def make_pickler(value: Any, file: PickleFile) -> pickle.Pickler:
    """Return the pickler for `value`, writing to `file`."""
    if type(value) in _SCALARS:
        return pickle.Pickler(file, protocol=5)  # the same bytes, sooner
    return pickler_of_values()(file, protocol=5, buffer_callback=file.announce)


def pickler_of_values() -> Callable[..., pickle.Pickler]:
    """Return the class of picklers; cloudpickle loads when it is first asked for."""
    if not _made:
        _made.append(_make_class())
    return _made[0]


def _refuse(value: Any) -> Any:
    raise TypeError(f"cannot pickle {type(value).__name__!r} object: an open file cannot be stored")


def _make_class() -> Callable[..., pickle.Pickler]:
    import cloudpickle

    from dpnb.results.mapped_pickle.reductions import array_reductions

    class ResultPickler(cloudpickle.Pickler):  # type: ignore[misc]  # cloudpickle has no annotations
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            own, *wider = cloudpickle.Pickler.dispatch_table.maps
            known = {kind: reduce for table in (*wider, own) for kind, reduce in table.items()}
            known[io.TextIOWrapper] = _refuse  # cloudpickle would store what the file holds, as another type
            self.dispatch_table = known | array_reductions()  # one dictionary: C looks it up for every object
            self._rebuilder = Rebuilder()
            super().__init__(*args, **kwargs)

        def reducer_override(self, obj: Any) -> Any:
            rebuilt = self._rebuilder.reduce(obj)
            if rebuilt is not None:
                return rebuilt
            if type(obj) is FunctionType and obj in REBUILDING:  # for whoever loads the result without dpnb
                return self._dynamic_function_reduce(obj)
            reduced = super().reducer_override(obj)
            if reduced is NotImplemented:
                note_reference(obj)
            return reduced

    return ResultPickler
