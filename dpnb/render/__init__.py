"""How things look: pictures, tables and text from plain facts. Knows no Jupyter and no other package of dpnb."""

from __future__ import annotations

from dpnb.render.bundle import mimebundle
from dpnb.render.drawing import Drawing, draw
from dpnb.render.facts import (
    EdgeFacts,
    GraphFacts,
    Heading,
    NodeFacts,
    Note,
    Part,
    Preformatted,
    TableFacts,
)

__all__ = [
    "Drawing",
    "EdgeFacts",
    "GraphFacts",
    "Heading",
    "NodeFacts",
    "Note",
    "Part",
    "Preformatted",
    "TableFacts",
    "draw",
    "mimebundle",
]
