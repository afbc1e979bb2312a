"""Tasks that run tasks: fault 11, with real processes."""

from __future__ import annotations

import os
import threading
import time

import psutil
import pytest

from dpnb import Orchestrator, get_planner, get_run, runs, task
from dpnb.planner import DAGBuilder, Planner

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("registry")]


def test_a_task_may_run_tasks_of_its_own_and_leaves_nothing_of_it():
    """Fault 11: it works, in the same workspace, and the worker is as it was before."""

    @task
    def outer() -> tuple[int, int]:
        from dpnb.registry import TaskRegistry

        own = TaskRegistry()

        @task(registry=own)
        def inner() -> int:
            return 21

        run = Orchestrator(workers=2).start_pipeline(Planner(DAGBuilder(own)).create_execution_plan())
        return run.wait(60)["inner"] * 2, os.getpid()

    @task
    def after(outer: tuple[int, int]) -> bool:
        return outer[1] == os.getpid() and not psutil.Process().children() and threading.active_count() == 1

    run = Orchestrator(workers=1).start_pipeline(get_planner().create_execution_plan()).wait(60)
    assert run["outer"][0] == 42
    assert run["after"] is True
    assert run.logs("outer") == ""


def test_a_run_that_a_task_does_not_wait_for_ends_with_its_attempt():
    """Fault 11: as a run ends with the process that started it."""

    @task
    def outer() -> str:
        from dpnb.registry import TaskRegistry

        own = TaskRegistry()

        @task(registry=own)
        def endless() -> None:
            time.sleep(600)

        return Orchestrator(workers=1).start_pipeline(Planner(DAGBuilder(own)).create_execution_plan()).run_id

    run = Orchestrator(workers=1).start_pipeline(get_planner().create_execution_plan()).wait(60)
    assert get_run(run["outer"]).status == "cancelled"


def _dig(depth: int) -> int:
    from dpnb.registry import TaskRegistry

    own = TaskRegistry()

    @task(registry=own)
    def deeper() -> int:
        return _dig(depth + 1)

    plan = Planner(DAGBuilder(own)).create_execution_plan()
    run = Orchestrator(workers=1).start_pipeline(plan).wait(60)
    return depth if run.status == "failed" else run["deeper"]


def test_tasks_that_start_themselves_come_to_an_end():
    """Fault 11: no fork bomb; the innermost attempt fails and says why."""
    assert _dig(0) == 2
    reasons = [get_run(run_id).failures["error_type"].tolist() for run_id in runs()["run_id"]]
    assert reasons.count(["NestedRunError"]) == 1
