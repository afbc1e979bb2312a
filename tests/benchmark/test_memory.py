"""What the orchestrator holds of a run beside its plan, a task: the resolver's facts, the driver's tracks and outputs.

The executor's answers are as large as a worker's, and come at once. `tracemalloc` counts what Python allocates, which
takes its time; the goal is for runs of 100,000 tasks, a tenth of which tells as much.
"""

from __future__ import annotations

import gc
import random
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from dpnb import Orchestrator, TaskRegistry, Workspace, task
from dpnb.orchestrator.executable import TaskResult
from dpnb.orchestrator.guarantees import Guarantees
from dpnb.orchestrator.pace import SHORT_S
from dpnb.orchestrator.ports import AttemptBegun, AttemptOver
from dpnb.planner import DAGBuilder, Planner
from dpnb.results.records import ResultFacts, ResultRecord, TaskState

if TYPE_CHECKING:
    from dpnb.orchestrator.context import ExecutionContext
    from dpnb.orchestrator.executable import ExecutableTask
    from dpnb.orchestrator.ports import Report
    from dpnb.orchestrator.transport import Packed
    from dpnb.planner import ExecutionPlan

TASKS = 10_000


class AtOnce:
    """Ends every attempt as it is started, each with results, times and digests of its own."""

    capacity = 2
    lookahead = 0
    is_inline = True
    name = "at once"
    short_s = SHORT_S
    guarantees = Guarantees()

    def open(self, context: ExecutionContext, report: Report) -> AtOnce:  # noqa: ARG002 - the port's
        self._report, self._chance = report, random.Random(1)
        return self

    def start(self, task: ExecutableTask, function: Packed, *, timeout: float | None) -> None:  # noqa: ARG002
        self._report(AttemptBegun(task=task.task_name, attempt=task.attempt))
        self._report(AttemptOver(result=self._result(task)))

    def cancel(self, task_name: str, *, at_once: bool) -> None: ...

    def recall(self, task_name: str) -> None: ...

    def tell(self, task_name: str, content: object) -> None: ...

    def _result(self, attempt: ExecutableTask) -> TaskResult:
        bits, number = self._chance.getrandbits, self._chance.random
        stored = ResultRecord(
            run_id=attempt.run_id,
            task=attempt.task_name,
            result_id="".join(attempt.task_result_id),
            path=f"{attempt.run_id}/{attempt.task_name}/result_001.pkl",
            size_bytes=bits(20),
            digest=f"{bits(128):032x}",
            facts=ResultFacts(type="builtins.float", text=str(number())),
            saved_us=bits(50),
        )
        return TaskResult(
            run_id=attempt.run_id,
            task_name=attempt.task_name,
            attempt=attempt.attempt,
            state=TaskState.SUCCEEDED,
            started_us=bits(50),
            duration_s=number(),
            cpu_s=number(),
            peak_memory_bytes=bits(30),
            worker_pid=bits(20),
            results=(stored,),
        )

    def close(self) -> None: ...


def banded_plan(count: int) -> ExecutionPlan:
    """Plan tasks of two upstream tasks each, among the hundred before."""
    registry, chance = TaskRegistry(), random.Random(1)

    def nothing() -> None: ...

    for i in range(count):
        upstream = {f"t{chance.randrange(max(0, i - 100), i)}" for _ in range(2)} if i else set()
        task(registry=registry, name=f"t{i}", dependencies=sorted(upstream))(nothing)
    return Planner(DAGBuilder(registry)).create_execution_plan()


@pytest.mark.benchmark(group=f"memory of a run of {TASKS:,} tasks, while it is held")
def test_a_task_of_a_run_takes_less_than_a_kilobyte(benchmark, tmp_path):
    plan, workspace = banded_plan(TASKS), Workspace(tmp_path)
    workspace.ledger  # noqa: B018 - opened before anything is counted

    def run():
        return Orchestrator(executor=AtOnce(), workspace=workspace).start_pipeline(plan)

    gc.collect()
    tracemalloc.start()
    try:
        held = benchmark.pedantic(run, rounds=1)
        gc.collect()
        bytes_per_task = tracemalloc.get_traced_memory()[0] / TASKS
    finally:
        tracemalloc.stop()
    assert held.status == "succeeded"
    benchmark.extra_info |= {"bytes": bytes_per_task, "goal_bytes": 1000}
