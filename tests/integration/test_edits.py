"""A table of edits × expectations: run in a kernel, edit a cell, rerun, restart the kernel, rerun, undo, rerun."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from tests.edits.edit import Edit
from tests.edits.sessions import Told, go_through
from tests.edits.table import ROWS

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

each_edit = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> Mapping[str, Told]:
    folder = tmp_path_factory.mktemp("edits")
    env = {"DPNB_HOME": str(folder / ".dpnb"), "DPNB_STATE_HOME": str(folder / "state")}
    return go_through(ROWS, folder, env)


def of_row(row: Edit, names: set[str]) -> set[str]:
    ending = re.search(r"\d+$", row.out)
    assert ending is not None
    return {name for name in names if re.search(rf"_{ending[0]}$", name)}


def test_the_table_is_long_and_tells_each_edit_once():
    assert len({row.name for row in ROWS}) == len(ROWS) >= 60


@each_edit
def test_edit_runs_what_it_reaches_and_nothing_else(row, told):
    assert of_row(row, told["edited"].ran) == row.ran
    before, after, *_ = row.gives
    assert told["first"].values[row.out] == repr(before)
    assert told["edited"].values[row.out] == repr(after)


@each_edit
def test_plan_foretells_it_and_says_why(row, told):
    plan = told["edited"].plan
    for name in of_row(row, set(plan)):
        state, *lines = plan[name]
        assert state in (("stale", "unsettled") if name in row.ran else ("fresh", "unsettled"))
        if name in row.ran or (name == row.out and not row.ran):
            assert row.why in "\n".join(lines)


@each_edit
def test_nothing_runs_after_a_restart_with_cells_in_another_order_and_other_words(row, told):
    assert of_row(row, told["restarted"].ran) == row.again | row.late
    assert told["restarted"].values[row.out] == repr(row.gives[-1])
    assert of_row(row, told["trusting"].ran) == (set() if row.is_untracked else row.again)


@each_edit
def test_undoing_it_finds_the_results_of_then(row, told):
    failed = {name for name, state in told["first"].states.items() if state == "failed"}
    assert of_row(row, told["undone"].ran) <= row.again | row.late | failed
    assert told["undone"].values[row.out] == told["first"].values[row.out]
