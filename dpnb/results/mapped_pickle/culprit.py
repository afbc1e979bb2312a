"""Finds which part of a value refuses to be pickled."""

from __future__ import annotations

import io
import time
from itertools import islice
from typing import TYPE_CHECKING, Any

from dpnb.results.mapped_pickle.pickler import pickler_of_values

if TYPE_CHECKING:
    import pickle
    from collections.abc import Iterator

_MOST_PARTS = 1000  # of one container
_DEEPEST = 50
_LONGEST_S = 2.0


def find_culprit(value: Any) -> tuple[str, Any]:
    """Return the way to the innermost part that cannot be pickled, as an expression on ``result``, and that part.

    The search is bounded in breadth, depth and time; where it ends early, what was found so far is returned.

    Examples
    --------
    >>> from threading import Lock
    >>> find_culprit({"model": [1, Lock()]})[0]
    "result['model'][1]"
    """
    way, deadline = "result", time.monotonic() + _LONGEST_S
    passed = [value]  # kept alive, so that ids stay unique
    while len(passed) < _DEEPEST and time.monotonic() < deadline:
        known = set(map(id, passed))
        suspects = (part for part in _parts(value, way) if id(part[1]) not in known)
        found = next((part for part in suspects if not _can_be_pickled(part[1])), None)
        if found is None:
            break
        way, value = found
        passed.append(value)
    return way, value


def _parts(value: Any, way: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, part in islice(value.items(), _MOST_PARTS):
            yield f"{way}[{key!r}]", part
    elif isinstance(value, list | tuple):
        for index, part in enumerate(islice(value, _MOST_PARTS)):
            yield f"{way}[{index}]", part
    elif isinstance(value, set | frozenset):
        for part in islice(value, _MOST_PARTS):
            yield f"{way}{{…}}", part
    elif type(value).__module__.partition(".")[0] == "pandas":
        yield from _pandas_parts(value, way)
    elif not isinstance(value, type):
        yield from _attributes(value, way)


def _pandas_parts(value: Any, way: str) -> Iterator[tuple[str, Any]]:
    if hasattr(value, "columns"):
        for position, name in enumerate(islice(value.columns, _MOST_PARTS)):
            yield f"{way}[{name!r}]", value.iloc[:, position]
    elif getattr(value, "dtype", None) == "object":
        for index, part in enumerate(islice(value, _MOST_PARTS)):
            yield f"{way}.iloc[{index}]", part
    yield f"{way}.attrs", getattr(value, "attrs", None)


def _attributes(value: Any, way: str) -> Iterator[tuple[str, Any]]:
    names = [*getattr(value, "__dict__", ())]
    for kind in type(value).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        names += [slots] if isinstance(slots, str) else slots
    for name in islice(names, _MOST_PARTS):
        if hasattr(value, name):
            yield f"{way}.{name}", getattr(value, name)


def _can_be_pickled(value: Any) -> bool:
    try:
        pickler_of_values()(_Nowhere(), protocol=5, buffer_callback=_leave_out).dump(value)
    except Exception:  # noqa: BLE001  # whatever the value's own code raises is the answer
        return False
    return True


def _leave_out(_buffer: pickle.PickleBuffer) -> bool:
    return False


class _Nowhere(io.RawIOBase):
    def write(self, data: Any) -> int:
        return len(data)
