from __future__ import annotations

import pytest

from dpnb.errors import RunNotFoundError
from dpnb.pages.comparing import plain_part
from dpnb.render import GraphFacts, Heading, Note, Preformatted, TableFacts


@pytest.fixture
def compared(pages, runs):
    return pages.ask("compare", {"a": runs[0].run_id, "b": runs[1].run_id})


def test_parameters_code_schema_and_durations_stand_side_by_side(compared, runs):
    assert [side["run_id"] for side in (compared["a"], compared["b"])] == [run.run_id for run in runs]
    (parameter,) = compared["parameters"]
    assert (parameter["parameter"], parameter["change"], parameter["a"], parameter["b"]) == (
        "year",
        "changed",
        "2013",
        "2014",
    )
    (code,) = compared["code"]
    assert code["tasks"] == ["late"]
    assert any(line.startswith("-") and "> 10" in line for line in code["diff"])
    late = next(result for result in compared["results"] if result["task"] == "late")
    assert late["rows"] == [2, 1]
    assert late["schema"] == [{"column": "hours", "change": "only in b", "a": "", "b": "float64"}]
    assert [one["task"] for one in compared["timings"]] == ["항공편", "late"]
    assert all(one["a"] > 0 and one["b"] > 0 for one in compared["timings"])
    assert not compared["is_equal"]


def test_rows_are_compared_when_they_are_asked_for(pages, runs):
    told = pages.ask("compare.values", {"a": runs[0].run_id, "b": runs[1].run_id, "task": "late"})
    assert "1 removed" in told["summary"]
    assert {part["kind"] for part in told["parts"]} == {"note", "table"}
    assert any("<b>" in part["columns"] for part in told["parts"] if part["kind"] == "table")


def test_a_run_is_the_same_as_itself(pages, runs):
    told = pages.ask("compare", {"a": runs[0].run_id, "b": runs[0].run_id})
    assert told["is_equal"]
    assert told["code"] == []


def test_a_run_that_is_gone_is_named(pages, runs):
    with pytest.raises(RunNotFoundError, match="'gone'"):
        pages.ask("compare", {"a": runs[0].run_id, "b": "gone"})


def test_parts_of_displays_become_plain_and_tables_are_cut():
    table = TableFacts(columns=("a",), rows=(("1",), ("2",), ("3",)), limit=2, total=9, states=0)
    told = plain_part(table)
    assert told is not None
    assert (told["rows"], told["hidden"]) == ([["1"], ["2"]], 7)
    assert plain_part(Note(text="n", level="warning")) == {"kind": "note", "text": "n", "level": "warning"}
    assert plain_part(Heading(text="h")) == {"kind": "heading", "text": "h"}
    assert plain_part(Preformatted(text="p", is_diff=True)) == {
        "kind": "pre",
        "text": "p",
        "caption": "",
        "is_diff": True,
    }
    assert plain_part(GraphFacts(nodes=())) is None
