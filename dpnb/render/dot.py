"""Layouts by Graphviz: the graph goes out as DOT text, positions come back in its ``plain`` format.

Nodes are called ``n0``, ``n1``, … and have no label, only a size, so that no name, no font and no shape of Graphviz'
own plays a part. The format is described at https://graphviz.org/docs/outputs/plain/; its unit is the inch, its origin
lies at the bottom left.
"""

from __future__ import annotations

import importlib.util
import shutil
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from dpnb.render.child import ask
from dpnb.render.layout import MARGIN, NODE_GAP, Box, Layout, LayoutError

if TYPE_CHECKING:
    from dpnb.render.layout import Diagram, Point

_INCH = 72.0
_LARGE = 200  # nodes; above, dot's optimal splines and rankings cost seconds that nobody sees
_QUICK = {"splines": "line", "nslimit": "0.1", "nslimit1": "0.1", "mclimit": "0.1"}
_PYGRAPHVIZ = (
    "import sys, pygraphviz; graph = pygraphviz.AGraph(string=sys.stdin.read()); "
    "sys.stdout.buffer.write(graph.draw(format='plain', prog='dot'))"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphvizEngine:
    """A program that reads DOT text and answers in the ``plain`` format."""

    name: str
    command: tuple[str, ...]

    def lay_out(self, diagram: Diagram, timeout_s: float) -> Layout:
        """Return the layout of `diagram`, or raise whatever went wrong."""
        return read_plain(ask(self.command, dot_source(diagram), timeout_s), diagram, engine=self.name)


@cache
def graphviz_engines() -> tuple[GraphvizEngine, ...]:
    """Return what this machine has: ``dot``, and pygraphviz with the Graphviz inside its wheel.

    A kernel often lacks its own environment's ``bin`` on PATH, so that is where ``dot`` is looked for first. pygraphviz
    works in a child process: in ours it holds the interpreter's lock, and may abort it.
    """
    found = []
    dot = find_dot()
    if dot:
        found.append(GraphvizEngine(name="dot", command=(dot, "-Tplain")))
    if sys.executable and importlib.util.find_spec("pygraphviz"):
        found.append(GraphvizEngine(name="pygraphviz", command=(sys.executable, "-P", "-c", _PYGRAPHVIZ)))
    return tuple(found)


def find_dot(prefix: str | None = None, path: str | None = None) -> str | None:
    """Return the ``dot`` of the environment at `prefix`, else the one on `path`; by default ours, and PATH."""
    own = Path(sys.prefix if prefix is None else prefix)
    for folder in (own / "bin", own / "Library" / "bin"):
        found = shutil.which("dot", path=str(folder))
        if found:
            return found
    return shutil.which("dot", path=path)


def dot_source(diagram: Diagram) -> str:
    """Return `diagram` as DOT text."""
    import graphviz

    attributes = {
        "rankdir": "TB" if diagram.downwards else "LR",
        "ranksep": f"{diagram.layer_gap / _INCH:.3f}",
        "nodesep": f"{NODE_GAP / _INCH:.3f}",
    }
    attributes |= _QUICK if len(diagram.sizes) > _LARGE else {}
    graph = graphviz.Digraph(
        graph_attr=attributes,
        node_attr={"shape": "box", "fixedsize": "true", "label": ""},
        edge_attr={"dir": "none"}
        | dict(zip(("tailport", "headport"), "sn" if diagram.downwards else "ew", strict=True)),
    )
    for index, (width, height) in enumerate(diagram.sizes):
        graph.node(f"n{index}", width=f"{width / _INCH:.4f}", height=f"{height / _INCH:.4f}")
    for tail, head in diagram.edges:
        graph.edge(f"n{tail}", f"n{head}")
    return str(graph.source)


def read_plain(text: str, diagram: Diagram, *, engine: str) -> Layout:
    """Return the layout that a ``plain`` answer describes.

    Raises
    ------
    LayoutError
        If the answer lacks something, or is no such answer at all.
    """
    lines = [line.split() for line in text.splitlines()]
    try:
        _, _, width, height = next(words for words in lines if words[:1] == ["graph"])[:4]
        tall = float(height)
        places = {words[1]: _point(words[2:4], tall) for words in lines if words[:1] == ["node"]}
        curves = {(words[1], words[2]): _curve(words, tall) for words in lines if words[:1] == ["edge"]}
        centres = [places[f"n{index}"] for index in range(len(diagram.sizes))]
        return Layout(
            width=float(width) * _INCH + 2 * MARGIN,
            height=tall * _INCH + 2 * MARGIN,
            boxes=tuple(
                Box(x=x, y=y, width=size[0], height=size[1])
                for (x, y), size in zip(centres, diagram.sizes, strict=True)
            ),
            curves=tuple(curves[f"n{tail}", f"n{head}"] for tail, head in diagram.edges),
            engine=engine,
        )
    except (StopIteration, KeyError, IndexError, ValueError) as error:
        raise LayoutError(f"{engine} gave no plain layout: {text[:80]!r}") from error


def _point(words: list[str], tall: float) -> Point:
    return (float(words[0]) * _INCH + MARGIN, (tall - float(words[1])) * _INCH + MARGIN)


def _curve(words: list[str], tall: float) -> tuple[Point, ...]:
    count = int(words[3])
    return tuple(_point(words[4 + 2 * index : 6 + 2 * index], tall) for index in range(count))
