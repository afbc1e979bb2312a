from __future__ import annotations

import pytest

from dpnb import InlineExecutor, Orchestrator
from dpnb.errors import RunCriterionError


@pytest.fixture
def rerun(workspace, runs):
    """Give a run that reuses all results of the second one."""
    return Orchestrator(executor=InlineExecutor(), workspace=workspace).rerun(runs[1]).wait()


def test_what_all_runs_take_counts_each_file_once(pages, runs, rerun, workspace):
    told = pages.ask("disk", {})
    frame = workspace.disk_usage()
    assert told["total_bytes"] == frame["added"].sum()
    assert told["count"] == 3
    assert [run["added_bytes"] for run in told["runs"]] == sorted(frame["added"], reverse=True)


def test_a_runs_size_tells_what_its_deletion_frees(pages, runs, rerun):
    ids = [run.run_id for run in (*runs, rerun)]
    sizes = pages.ask("runs.sizes", {"run_ids": ids})["sizes"]
    disk, freed = sizes[rerun.run_id]
    assert freed < disk
    assert sizes[ids[0]][0] == sizes[ids[0]][1]


def test_old_runs_are_looked_at_before_they_are_deleted(pages, runs, rerun, workspace):
    would = pages.ask("disk.prune", {"keep": 1})
    assert (would["is_done"], would["kept"]) == (False, 1)
    assert {name for name, _, _ in would["runs"]} == {run.run_id for run in runs}
    assert len(workspace.runs()) == 3
    done = pages.ask("disk.prune", {"keep": 1, "dry_run": False})
    assert (done["is_done"], done["freed_bytes"]) == (True, would["freed_bytes"])
    assert list(workspace.runs()["run_id"]) == [rerun.run_id]


@pytest.mark.parametrize("rule", [{}, {"older_than": "soon"}, {"keep": -1}])
def test_a_rule_that_makes_no_sense_is_refused(pages, runs, rule):
    with pytest.raises(RunCriterionError):
        pages.ask("disk.prune", rule)


def test_nothing_is_stored_where_there_are_no_runs(pages, workspace):
    told = pages.ask("disk", {})
    assert (told["total_bytes"], told["runs"], told["home"]) == (0, [], str(workspace.home))
