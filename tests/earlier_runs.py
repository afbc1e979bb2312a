"""Earlier runs in memory, played rather than executed: what a ledger would hold of them."""

from __future__ import annotations

import linecache
from typing import TYPE_CHECKING, Any

from dpnb.planner import DAGBuilder, Planner, RunHistory
from dpnb.planner.standing import given_to
from dpnb.planner.task_identity import TaskIdentifier, reads_of
from dpnb.registry import TaskRegistry, describe_task
from dpnb.results import TaskRunRecord, TaskState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from dpnb.planner import ExecutionPlan, Verdict

SECOND_US = 1_000_000


class RunsInMemory:
    """Plays runs one second after the other; also what planning asks of them."""

    def __init__(self) -> None:
        self.now_us = 0
        self.sources: dict[str, str] = {}
        self.runs: list[dict[str, TaskRunRecord]] = []

    @property
    def history(self) -> RunHistory:
        return RunHistory(
            durations_s=lambda tasks, _dag_id: dict.fromkeys(tasks, 10.0),
            workers=1,
            earlier=lambda _tasks: self,
            now_us=lambda: self.now_us,
        )

    def play(
        self,
        plan: ExecutionPlan,
        outputs: Mapping[str, str] | None = None,
        *,
        failing: Collection[str] = (),
        run_id: str = "",
    ) -> str:
        """Run what is stale by the plan's verdicts, or all; tasks give their name, or what `outputs` says."""
        run_id = run_id or f"run_{len(self.runs) + 1}"
        identifier = TaskIdentifier(plan.params)
        rows: dict[str, TaskRunRecord] = {}
        self.runs.append(rows)
        for position, name in enumerate(plan.execution_order):
            self.now_us += SECOND_US
            node = plan.dag.nodes[name]
            if any(not rows[one].state.has_result for one in node.upstream):
                continue
            identity = identifier.identify(node).with_reads(reads_of(node.task))
            given = given_to(node, rows)
            rows[name] = TaskRunRecord(
                run_id=run_id,
                task=name,
                position=position,
                state=TaskState.FAILED if name in failing else TaskState.SUCCEEDED,
                finished_us=self.now_us,
                inputs=given.inputs,
                after=given.after,
                code=identity.code,
                source=identity.source,
                arguments=identity.arguments,
                reads=identity.reads,
                output=(outputs or {}).get(name, f"result of {name}"),
                reason="ValueError: no" if name in failing else "",
            )
        self.sources.update(identifier.sources)
        return run_id

    def of(self, task: str, /) -> Iterator[TaskRunRecord]:
        for run in reversed(self.runs):
            if task in run and run[task].state.has_result:
                yield run[task]

    def source(self, source_id: str, /) -> str | None:
        return self.sources.get(source_id)

    def failure(self, task: str, /) -> TaskRunRecord | None:
        last = next((run[task] for run in reversed(self.runs) if task in run), None)
        return last if last is not None and not last.state.has_result else None


class Notebook:
    """A namespace in which cells define tasks, and runs that are played."""

    def __init__(self) -> None:
        self.registry = TaskRegistry(notify=None)
        self.runs = RunsInMemory()
        self.names: dict[str, Any] = {"__name__": "__main__"}
        self.cells = 0

    def cell(self, source: str) -> None:
        self.cells += 1
        name = f"<cell {id(self)} {self.cells}>"
        linecache.cache[name] = len(source), None, source.splitlines(keepends=True), name
        exec(compile(source, name, "exec"), self.names)

    def define(self, name: str, parameters: str = "", body: str = "0", **options: Any) -> None:
        self.cell(f"def {name}({parameters}): return {body}")
        self.registry.register(describe_task(self.names[name], **options))

    def plan(self, reuse: Any = "fresh", **options: Any) -> ExecutionPlan:
        planner = Planner(DAGBuilder(self.registry), history=self.runs.history)
        return planner.create_execution_plan(reuse=reuse, **options)

    def run(self, *, outputs: dict[str, str] | None = None, failing: tuple[str, ...] = (), **options: Any) -> str:
        return self.runs.play(self.plan(None, **options), outputs, failing=failing)


def told(verdict: Verdict) -> list[str]:
    """Return the causes' texts."""
    return [cause.text for cause in verdict.causes]
