"""What is asked before a rerun, of runs that are real and nobody drives."""

from __future__ import annotations

import pytest

from dpnb import InlineExecutor, Orchestrator, TaskRegistry, Workspace, task
from dpnb.errors import RerunParameterError
from dpnb.notebook.panel.rerun_form import read_rerun, rerun_form
from dpnb.orchestrator import get_run
from dpnb.planner import DAGBuilder, Planner


class Odd:
    """Something that no text gives back."""


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path / ".dpnb", registry=TaskRegistry(notify=None))


@pytest.fixture
def run(workspace):
    @task(registry=workspace.registry)
    def 항공편(연도: int = 2013, origin: str = "<b>EWR</b>", odd: object = None) -> list[int]:
        return [연도]

    @task(registry=workspace.registry)
    def late(항공편: list[int], 연도: int = 2012, wide: bool = False) -> int:
        return len(항공편)

    plan = Planner(DAGBuilder(workspace.registry)).create_execution_plan(params={"연도": 2014, "odd": Odd()})
    return Orchestrator(executor=InlineExecutor(), workspace=workspace).start_pipeline(plan)


def fields(run):
    return {one["name"]: one for one in rerun_form(run)["fields"]}


def test_each_parameter_is_asked_for_once_with_what_it_was_or_what_it_is_by_default(run):
    found = fields(run)
    assert list(found) == ["연도", "origin", "odd", "wide"]
    assert (found["연도"]["text"], found["연도"]["takers"]) == ("2014", "항공편, late")
    assert (found["origin"]["text"], found["origin"]["hint"]) == (None, "default: <b>EWR</b>")
    assert found["odd"]["text"] is None
    assert found["odd"]["hint"].startswith("as it was: <")
    assert (found["wide"]["kind"], found["wide"]["hint"]) == ("truth", "default: False")


def test_a_run_of_tasks_that_this_process_does_not_know_is_asked_by_what_was_recorded(run, workspace):
    known = get_run(run.run_id, Workspace(workspace.home, registry=TaskRegistry(notify=None)))
    found = fields(known)
    assert (found["연도"]["kind"], found["연도"]["text"]) == ("whole", "2014")
    assert found["origin"]["hint"] == "its default"


def test_what_was_typed_becomes_what_a_rerun_takes(run):
    asked = read_rerun(run, tasks=["late"], downstream=False, params={"연도": "2015", "wide": "true"})
    assert (asked.tasks, asked.downstream, asked.params) == (["late"], False, {"연도": 2015, "wide": True})


def test_a_parameter_that_no_task_takes_is_refused_with_one_that_is_near(run):
    with pytest.raises(RerunParameterError, match="'origins' is none that a task of it takes; 'origin' is"):
        read_rerun(run, tasks="all", downstream=True, params={"origins": "JFK"})
