"""What can be shown, as plain records: whoever wants a picture or a table hands in facts, never live objects."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeFacts:
    """A card in a picture of a DAG.

    Attributes
    ----------
    label:
        What the card says; the name where it is empty. It is shortened to fit, and then the tooltip keeps all of it.
    state:
        A word of the palette (``succeeded``, ``timed_out``, …) or any other word; empty before a run.
    kind:
        How the task's function is called (``generator``, ``coroutine``, …); streams and async tasks get a mark.
    tags, level, group:
        What a large picture is collapsed by: the group where every node names one, else a tag, else the level.
    tooltip:
        Rows of a small table, shown when the pointer rests on the card.
    badge:
        The line under the label, say ``1.2 s · 336,776 rows``.
    stands_for, counts:
        For the card of a collapsed group: how many tasks it stands for, and how many of them are in which state.
    """

    name: str
    label: str = ""
    state: str = ""
    kind: str = ""
    tags: tuple[str, ...] = ()
    level: int = 0
    group: str = ""
    tooltip: tuple[tuple[str, str], ...] = ()
    badge: str = ""
    stands_for: int = 1
    counts: tuple[tuple[str, int], ...] = ()

    @property
    def text(self) -> str:
        """The label, or the name where there is none."""
        return self.label or self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeFacts:
    """An arrow from one node to another. Without a parameter it is control flow, and dashed.

    `count` says how many edges one arrow stands for, in a picture whose groups are collapsed.
    """

    upstream: str
    downstream: str
    parameter: str | None = None
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphFacts:
    """A DAG to draw. Edges that name unknown nodes are left out."""

    nodes: tuple[NodeFacts, ...]
    edges: tuple[EdgeFacts, ...] = ()
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFacts:
    """A table, cell by cell as text.

    Attributes
    ----------
    states:
        Index of the column that holds states, shown as pills; ``None`` where there is none.
    align:
        One letter a column, ``l``, ``r`` or ``c``. Where it is empty, columns of numbers stand right.
    limit:
        Rows shown at most.
    total:
        Rows that there are, where `rows` holds only the first of them.
    is_searchable:
        Whether a front end that is alive may put a box above it that searches its rows.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""
    states: int | None = None
    align: str = ""
    limit: int = 60
    total: int | None = None
    is_searchable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A sentence with a coloured edge. `level` is ``info``, ``success``, ``warning`` or ``error``."""

    text: str
    level: str = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A line above what follows."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preformatted:
    """Text that keeps its lines and spaces: a traceback, a log, source code; a diff's lines are tinted."""

    text: str
    caption: str = ""
    is_diff: bool = False


type Part = GraphFacts | TableFacts | Note | Heading | Preformatted
