"""What becomes of pools when their process ends, or forks.

Like the standard executors, a pool finishes what has been submitted before the interpreter exits. A fork of the process
has neither the pool's thread nor a claim to its workers.
"""

from __future__ import annotations

import os
import threading
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dpnb.orchestrator.pool.manager import PoolManager

_managers: weakref.WeakSet[PoolManager] = weakref.WeakSet()
_with_futures: weakref.WeakSet[PoolManager] = weakref.WeakSet()


def adopt(manager: PoolManager) -> None:
    """Have a pool's manager know when its process is forked."""
    _managers.add(manager)


def finish_at_exit(manager: PoolManager) -> None:
    """Have the interpreter wait for a pool's calls before it exits. Runs see to their own pools' end."""
    _with_futures.add(manager)


def _finish() -> None:
    managers = list(_with_futures)
    for manager in managers:
        manager.close()
    for manager in managers:
        manager.join()


def _disown() -> None:
    for manager in _managers:
        manager.disown()
    _with_futures.clear()


# Ordinary exit functions come after the threads have been waited for; `concurrent.futures` uses the same hook.
threading._register_atexit(_finish)  # type: ignore[attr-defined] # noqa: SLF001
os.register_at_fork(after_in_child=_disown)
