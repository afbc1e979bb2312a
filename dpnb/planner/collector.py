"""Planning without the cyclic garbage collector.

A plan's records live as long as the plan and form no cycles, yet each few hundred of them set the collector off, which
traverses them and all else that the notebook holds, again and again: half of the time that 10,000 tasks take in a
process that has pandas loaded.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def paused_collector() -> Iterator[None]:
    """Keep the collector from running until the block ends, unless it was off before.

    Whoever switched it off switches it on again, so that of plans made by several threads none can leave it off.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
