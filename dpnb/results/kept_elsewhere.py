"""Results that a store has not got yet: whoever keeps them brings them when they are first read.

A cluster that shares no storage with the notebook keeps results itself. To everything that reads a store they look as
if they were there, and take as long as their way here takes.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    type Names = tuple[str, str, str]  # run, task, result id
    type Bringer = Callable[[Names], bool]

_lock = threading.Lock()
_bringers: dict[str, list[Bringer]] = {}  # by the store's folder


def keep_for(base_path: str, bringer: Bringer) -> None:
    """Have `bringer` asked for results that a store has not got; it tells whether it has stored one there."""
    with _lock:
        _bringers.setdefault(base_path, []).append(bringer)


def forget(base_path: str, bringer: Bringer) -> None:
    """Ask it no more."""
    with _lock:
        left = [one for one in _bringers.get(base_path, ()) if one != bringer]
        if left:
            _bringers[base_path] = left
        else:
            _bringers.pop(base_path, None)


def bring(base_path: str, names: Names) -> bool:
    """Have a result brought; False where nobody keeps it."""
    return any(bringer(names) for bringer in tuple(_bringers.get(base_path, ()))) if _bringers else False
