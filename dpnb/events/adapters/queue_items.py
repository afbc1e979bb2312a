"""Items as they travel between processes: pickles.

What is defined in a notebook or script, that is in ``__main__``, is only named by a plain pickle, which a process with
another ``__main__`` cannot read. Such an item travels in both ways, by its names and by value, and is read by its names
where these are known, so that a class stays the class that it is.
"""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

from dpnb.errors import QueueItemError

if TYPE_CHECKING:
    from collections.abc import Callable

    from dpnb.events.adapters.queue_wire import Payload

_MAIN = b"__main__"


def pickled(item: object) -> bytes:
    """Return an item's pickle. Raises `QueueItemError`."""
    try:
        plain = pickle.dumps(item, pickle.HIGHEST_PROTOCOL)
    except Exception:  # noqa: BLE001 - what cannot be pickled says so in many ways
        return _by_value(item)
    if _MAIN not in plain:
        return plain
    try:
        return pickle.dumps(_Both(plain, _by_value(item)), pickle.HIGHEST_PROTOCOL)
    except QueueItemError:
        return plain


def unpickled(payload: Payload) -> Any:
    """Return the item again. Raises `QueueItemError`."""
    try:
        return pickle.loads(payload)
    except Exception as error:
        raise QueueItemError(
            f"An item of {len(payload):,} bytes",
            reason=f"here it cannot be unpickled ({type(error).__name__}: {error})",
            hint="what it is made of has to be importable in this process too; the next get takes the next item.",
        ) from error


def _by_value(item: object) -> bytes:
    import cloudpickle

    try:
        return bytes(cloudpickle.dumps(item))
    except Exception as error:
        raise QueueItemError(
            f"An item of type {type(item).__qualname__!r}",
            reason=f"it cannot be pickled ({type(error).__name__}: {error})",
            hint="put what describes it (a path, an id, plain data) and open or make it where it is taken.",
        ) from error


class _Both:
    """An item's pickle by names, and one by value."""

    def __init__(self, plain: bytes, by_value: bytes) -> None:
        self._pickles = plain, by_value

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[bytes, bytes]]:
        return _first_that_loads, self._pickles


def _first_that_loads(plain: bytes, by_value: bytes) -> Any:
    try:
        return pickle.loads(plain)
    except AttributeError:  # this __main__ is another
        return pickle.loads(by_value)
