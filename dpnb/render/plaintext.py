"""Pictures and tables as plain text, for terminals, logs and whoever reads a notebook's file.

Columns are aligned by display width, so that 한글 and other wide characters line up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.render.palette import NOTES, look_of, tell_counts
from dpnb.render.text import cells, one_line, pad, shorten_to_cells

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dpnb.render.facts import GraphFacts, NodeFacts, Note, TableFacts

MAX_NODES = 60
MAX_ROWS = 30
_WIDEST_CELL = 48
_WIDEST_NAME = 40
_MOST_UPSTREAM = 4


def outline(graph: GraphFacts) -> str:
    """Return the DAG level by level: state, name, badge, and where its inputs come from.

    >>> from dpnb.render import EdgeFacts, GraphFacts, NodeFacts
    >>> nodes = (NodeFacts(name="a", state="succeeded", badge="1.2 s"), NodeFacts(name="b", level=1))
    >>> print(outline(GraphFacts(nodes=nodes, edges=(EdgeFacts(upstream="a", downstream="b", parameter="a"),))))
    0  ✓ a  succeeded · 1.2 s
    1  • b                     ← a
    """
    names = {node.name: one_line(node.text) for node in graph.nodes}
    upstream = _upstream(graph, names)
    shown = sorted(graph.nodes, key=lambda node: node.level)[:MAX_NODES]
    rows: list[tuple[str, ...]] = []
    level = None
    for node in shown:
        number = "" if node.level == level else str(node.level)
        name = f"{look_of(node.state).glyph} {shorten_to_cells(names[node.name], _WIDEST_NAME)}"
        rows.append((number, name, _detail(node), _arrow(upstream.get(node.name, []))))
        level = node.level
    hidden = len(graph.nodes) - len(shown)
    return "\n".join([*_aligned(rows, "rlll"), *([f"… {hidden:,} more"] if hidden else [])])


def _upstream(graph: GraphFacts, names: Mapping[str, str]) -> dict[str, list[str]]:
    """Return where each node's inputs come from, in parentheses what only comes first."""
    data: dict[str, dict[str, bool]] = {}
    for edge in graph.edges:
        if edge.upstream in names:
            known = data.setdefault(edge.downstream, {})
            known[edge.upstream] = known.get(edge.upstream, False) or edge.parameter is not None
    return {
        name: [names[other] if is_data else f"({names[other]})" for other, is_data in known.items()]
        for name, known in data.items()
    }


def _detail(node: NodeFacts) -> str:
    word = "" if node.counts else look_of(node.state).word
    return " · ".join(one_line(part) for part in (word, node.badge, tell_counts(node.counts)) if part)


def _arrow(upstream: list[str]) -> str:
    shown = ", ".join(shorten_to_cells(name, _WIDEST_NAME) for name in upstream[:_MOST_UPSTREAM])
    more = f" … {len(upstream) - _MOST_UPSTREAM} more" if len(upstream) > _MOST_UPSTREAM else ""
    return f"← {shown}{more}" if upstream else ""


def text_table(table: TableFacts) -> str:
    """Return a table with a rule under its head."""
    limit = min(table.limit, MAX_ROWS)
    rows = [[_cell(table, index, cell) for index, cell in enumerate(row)] for row in table.rows[:limit]]
    head = [one_line(column) for column in table.columns]
    widths = [max(map(cells, column)) for column in zip(head, *rows, strict=True)]
    aligns = alignment(table)
    lines = [table.caption] if table.caption else []
    lines.append(_line(head, widths, aligns))
    lines.append("  ".join("─" * width for width in widths))
    lines += (_line(row, widths, aligns) for row in rows)
    hidden = (table.total if table.total is not None else len(table.rows)) - len(rows)
    return "\n".join([*lines, *([f"… {hidden:,} more"] if hidden > 0 else [])])


def _cell(table: TableFacts, index: int, cell: str) -> str:
    if index == table.states and cell:
        look = look_of(cell)
        return f"{look.glyph} {look.word}"
    return shorten_to_cells(one_line(cell), _WIDEST_CELL)


def alignment(table: TableFacts) -> str:
    """Return one letter a column: what the caller asked for, else ``r`` for columns that hold only numbers."""
    if table.align:
        return table.align.ljust(len(table.columns), "l")
    seen = table.rows[: table.limit]
    columns = ([row[index] for row in seen if row[index]] for index in range(len(table.columns)))
    return "".join("r" if column and all(map(_is_number, column)) else "l" for column in columns)


def _is_number(cell: str) -> bool:
    """Whether a cell is a number, perhaps with units: ``1,204``, ``-3.5``, ``84 %``, ``1 min 15 s``, ``–``."""
    words = cell.split()
    if words in (["–"], ["-"], ["—"]):
        return True
    alone_or_paired = len(words) == 1 or len(words) % 2 == 0
    return alone_or_paired and all(map(_is_plain_number, words[::2])) and all(map(_is_unit, words[1::2]))


def _is_plain_number(word: str) -> bool:
    bare = word.lstrip("+-−≈~<").rstrip("%").replace(",", "").replace(":", "").replace(".", "", 1)
    return bare.isdecimal()


def _is_unit(word: str) -> bool:
    return (word.isalpha() and len(word) <= len("tasks")) or word in ("%", "KiB/s", "MB/s")


def _line(row: Sequence[str], widths: Sequence[int], aligns: str) -> str:
    return "  ".join(map(pad, row, widths, aligns)).rstrip()


def _aligned(rows: list[tuple[str, ...]], aligns: str) -> list[str]:
    widths = [max(map(cells, column)) for column in zip(*rows, strict=True)]
    return [_line(row, widths, aligns) for row in rows]


def text_note(note: Note) -> str:
    """Return a sentence after a sign for its level."""
    look = NOTES.get(note.level, NOTES["info"])
    return " ".join(word for word in (look.glyph, look.word, note.text) if word)
