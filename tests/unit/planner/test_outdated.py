from __future__ import annotations

import pytest

from dpnb import InlineExecutor, Orchestrator, TaskRegistry, Workspace, task
from dpnb.errors import OutdatedPlanWarning
from dpnb.planner import DAGBuilder, Planner


@pytest.fixture
def tasks():
    registry = TaskRegistry(notify=None)

    @task(registry=registry, tags=["etl"])
    def flights(year: int = 2013) -> int:
        return year

    @task(registry=registry)
    def 지연(flights: int) -> int:
        return flights + 1

    return registry


@pytest.fixture
def planner(tasks):
    return Planner(DAGBuilder(tasks))


def redefine(tasks: TaskRegistry) -> None:
    @task(registry=tasks)
    def 지연(flights: int) -> int:
        return flights + 2


def text_of(plan) -> str:
    return str(plan._repr_mimebundle_()["text/plain"])


def test_a_plan_of_tasks_as_they_are_is_not_outdated(planner):
    plan = planner.create_execution_plan()
    assert plan.outdated == ()
    assert "outdated" not in text_of(plan)


def test_the_same_definition_again_changes_nothing(tasks, planner):
    redefine(tasks)
    plan = planner.create_execution_plan()
    redefine(tasks)
    assert plan.outdated == ()


def test_a_task_that_was_redefined_is_named_with_the_call_that_plans_anew(tasks, planner):
    plan = planner.create_execution_plan(targets="지연", params={"year": 2014})
    redefine(tasks)
    (told,) = plan.outdated
    assert "`지연` was re-defined since this plan was made (" in told
    assert "its code changed" in told
    call = "planner.create_execution_plan(targets=['지연'], params={'year': 2014})"
    for text in (text_of(plan), repr(plan.explain("지연"))):
        assert "outdated" in text
        assert call in text
    assert "outdated" not in repr(plan.explain("flights"))


def test_a_task_that_is_gone_is_named(tasks, planner):
    plan = planner.create_execution_plan()
    tasks.unregister("지연")
    assert plan.outdated == ("`지연` is not registered any more",)


def test_a_new_task_counts_where_it_would_be_planned(tasks, planner):
    everything, tagged = planner.create_execution_plan(), planner.create_execution_plan(tags="etl")

    @task(registry=tasks)
    def report(지연: int) -> int:
        return 지연

    assert "`report` was defined since this plan was made" in everything.outdated[0]
    assert tagged.outdated == ()


def test_a_new_task_that_would_give_its_result_to_a_planned_one_counts(tasks, planner):
    plan = planner.create_execution_plan(targets="flights")

    @task(registry=tasks)
    def year() -> int:
        return 2020

    assert "'flights' would take its result" in plan.outdated[0]


def test_a_run_of_an_outdated_plan_takes_what_it_shows_and_says_so_once(tasks, planner, tmp_path):
    plan = planner.create_execution_plan()
    redefine(tasks)
    orchestrator = Orchestrator(executor=InlineExecutor(), workspace=Workspace(tmp_path / ".dpnb"))
    with pytest.warns(OutdatedPlanWarning, match="`지연` was re-defined") as told:
        run = orchestrator.start_pipeline(plan)
    assert len(told) == 1
    assert run["지연"] == 2014


def test_what_became_stale_or_fresh_since_is_told_of_a_plan_that_reuses(tasks, tmp_path):
    workspace = Workspace(tmp_path / ".dpnb", registry=tasks)
    planner = Planner(DAGBuilder(tasks), history=workspace.history)
    plan = planner.create_execution_plan(reuse="fresh")
    Orchestrator(executor=InlineExecutor(), workspace=workspace).start_pipeline(plan)
    assert "`flights` was stale when this plan was made, and is fresh now" in plan.outdated[0]
    assert "reuse='fresh'" in text_of(plan)
