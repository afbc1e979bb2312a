"""Layout engines, best first; drawing never fails, because the last one is our own and needs nothing.

::

    dot of this environment, else of PATH  ──fails──▶  pygraphviz in a child process  ──fails──▶  our own layers
"""

from __future__ import annotations

import time
from contextlib import suppress
from subprocess import TimeoutExpired
from typing import TYPE_CHECKING, Protocol

from dpnb.render import layered
from dpnb.render.dot import graphviz_engines
from dpnb.render.grid import with_loners, without_loners
from dpnb.render.layout import checked, with_even_curves

if TYPE_CHECKING:
    from collections.abc import Sequence

from dpnb.render.layout import Diagram, Layout

DEADLINE_S = 5.0  # for all external engines of one picture together


class Engine(Protocol):
    """An external layout engine."""

    def lay_out(self, diagram: Diagram, timeout_s: float) -> Layout:
        """Answer within `timeout_s` seconds or raise; whatever is raised, the next engine is asked."""
        ...


def lay_out(diagram: Diagram, engines: Sequence[Engine] | None = None, *, deadline_s: float = DEADLINE_S) -> Layout:
    """Return the layout of the first engine that gives a sound one before the deadline."""
    rest, linked, alone = without_loners(diagram)
    layout = _ask(rest, graphviz_engines() if engines is None else engines, deadline_s) if linked else None
    return with_loners(layout, diagram, linked, alone) if alone or not layout else layout


def _ask(diagram: Diagram, engines: Sequence[Engine], deadline_s: float) -> Layout:
    ends = time.monotonic() + deadline_s
    for engine in engines:
        left = ends - time.monotonic()
        if left > 0 and engine not in _given_up:
            with suppress(Exception):
                return with_even_curves(checked(_answer(engine, diagram, left), diagram), diagram)
    return layered.lay_out(diagram)


def _answer(engine: Engine, diagram: Diagram, timeout_s: float) -> Layout:
    try:
        return engine.lay_out(diagram, timeout_s)
    except TimeoutExpired:
        _given_up.add(engine)  # nobody waits for it again at every picture
        raise


_given_up: set[Engine] = set()
