from __future__ import annotations

import pytest

from dpnb.render.facts import EdgeFacts, GraphFacts, NodeFacts, Note, TableFacts
from dpnb.render.plaintext import MAX_NODES, alignment, outline, text_note, text_table
from dpnb.render.text import cells


def test_wide_characters_line_up() -> None:
    table = TableFacts(columns=("태스크", "state"), rows=(("정리", "failed"), ("load", "succeeded")), states=1)
    lines = text_table(table).splitlines()
    assert lines == ["태스크  state", "──────  ───────────", "정리    ✕ failed", "load    ✓ succeeded"]


def test_numbers_stand_right_under_their_head() -> None:
    table = TableFacts(columns=("rows",), rows=(("12",), ("336,776",)))
    assert text_table(table).splitlines() == ["   rows", "───────", "     12", "336,776"]


@pytest.mark.parametrize(
    ("column", "align"),
    [
        (("1", "2,000", ""), "r"),
        (("1.2 s", "840 ms", "–"), "r"),
        (("-3.5", "84 %", "+2"), "r"),
        (("12 MB", "0:01:30"), "r"),
        (("1 min 15 s", "1 h 1 min"), "r"),
        (("3 of 12",), "l"),
        (("2013-01-01",), "l"),
        (("1", "one"), "l"),
        (("", ""), "l"),
        (("3 of 12 chunks",), "l"),
    ],
)
def test_what_counts_as_a_column_of_numbers(column: tuple[str, ...], align: str) -> None:
    assert alignment(TableFacts(columns=("c",), rows=tuple((cell,) for cell in column))) == align


def test_long_tables_and_cells_are_cut() -> None:
    table = TableFacts(columns=("n",), rows=(("x" * 500,),) * 100, caption="Tasks")
    lines = text_table(table).splitlines()
    assert lines[0] == "Tasks"
    assert lines[-1] == "… 70 more"
    assert max(map(cells, lines)) <= 50


def test_empty_tables_keep_their_head() -> None:
    assert text_table(TableFacts(columns=("task", "rows"), rows=())) == "task  rows\n────  ────"


def test_outline_tells_levels_states_and_inputs() -> None:
    graph = GraphFacts(
        nodes=(
            NodeFacts(name="report", level=2, state="skipped"),
            NodeFacts(name="load", state="succeeded", badge="1.2 s"),
            NodeFacts(name="검사", level=1, state="failed"),
        ),
        edges=(
            EdgeFacts(upstream="load", downstream="검사", parameter="raw"),
            EdgeFacts(upstream="load", downstream="report", parameter="a"),
            EdgeFacts(upstream="load", downstream="report"),
            EdgeFacts(upstream="검사", downstream="report"),
        ),
    )
    assert outline(graph).splitlines() == [
        "0  ✓ load    succeeded · 1.2 s",
        "1  ✕ 검사    failed             ← load",
        "2  ⊘ report  skipped            ← load, (검사)",
    ]


def test_outline_is_bounded() -> None:
    nodes = tuple(NodeFacts(name=f"t{i}") for i in range(MAX_NODES + 7))
    edges = tuple(EdgeFacts(upstream=f"t{i}", downstream="t0", parameter="x") for i in range(1, 20))
    lines = outline(GraphFacts(nodes=nodes, edges=edges)).splitlines()
    assert lines[-1] == "… 7 more"
    assert lines[0].endswith("← t1, t2, t3, t4 … 15 more")


def test_notes_begin_with_their_sign() -> None:
    assert text_note(Note(text="mind", level="warning")) == "⚠ Warning: mind"
    assert text_note(Note(text="by the way")) == "ℹ by the way"
