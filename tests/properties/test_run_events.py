"""Of any run, its events make the picture that the ledger's rows give, and any beginning of them makes a true one."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from dpnb import InlineExecutor, Orchestrator, Workspace
from dpnb.planner import DAGBuilder, Planner
from dpnb.registry import TaskContext, TaskRegistry, task
from dpnb.results import TaskState
from dpnb.run_events import RunFinished, RunSnapshot, RunStarted, TaskChanged, apply

FACTS = (
    "state",
    "attempts",
    "started_us",
    "finished_us",
    "peak_memory_bytes",
    "size_bytes",
    "rows",
    "chunks",
    "reason",
    "origin",
)
NEXT = {  # which states may follow
    "": {"running", "skipped", "cancelled"},
    "running": {"succeeded", "failed", "retrying", "cancelled", "pending"},
    "retrying": {"running", "failed", "cancelled"},
    "pending": {"running", "skipped", "cancelled"},
}

task_plans = st.fixed_dictionaries(
    {
        "failures": st.integers(0, 2),
        "max_retries": st.integers(0, 1),
        "fail_safe": st.booleans(),
        "stream": st.booleans(),
        "upstream": st.sets(st.integers(0, 5)),
    }
)


def define(number: int, plan, registry: TaskRegistry) -> None:
    def value(context: TaskContext):
        if context.attempt <= plan["failures"]:
            raise ValueError(f"아직 {context.attempt}")
        context.progress(0.5, "반")
        return [number]

    def parts(context: TaskContext):
        yield number
        if context.attempt <= plan["failures"]:
            raise ValueError("between two chunks")
        yield number

    task(
        parts if plan["stream"] else value,
        name=f"작업.{number}",
        dependencies=[f"작업.{upstream}" for upstream in sorted(plan["upstream"]) if upstream < number],
        max_retries=plan["max_retries"],
        retry_delay=0,
        fail_safe=plan["fail_safe"],
        stream_output=plan["stream"],
        registry=registry,
    )


@settings(max_examples=12)
@given(st.lists(task_plans, min_size=1, max_size=6), st.data())
def test_events_make_the_picture_that_the_rows_give(plans, data):
    registry = TaskRegistry()
    for number, plan in enumerate(plans):
        define(number, plan, registry)
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder) / "store")
        run = Orchestrator(executor=InlineExecutor(), workspace=workspace).start_pipeline(
            Planner(DAGBuilder(registry)).create_execution_plan()
        )
        events, rows, record = list(run.events()), run.task_records(), run.record
        workspace.ledger.close()

    check_order(events)
    end = RunSnapshot.of(events)
    assert (end.status, end.finished_us, end.reason) == (record.status, record.finished_us, record.reason)
    assert end.counts == Counter(row.state for row in rows)
    assert list(end.tasks) == [row.task for row in rows]
    for row in rows:
        told = end.tasks[row.task]
        assert {name: getattr(told, name) for name in FACTS} == {name: getattr(row, name) for name in FACTS}
        assert round((row.duration_s or 0) * 1e6) == round((told.duration_s or 0) * 1e6)

    check_prefixes(events)
    repeated = [event for event in events for _ in range(data.draw(st.integers(1, 2)))]
    assert RunSnapshot.of(repeated) == end
    start = data.draw(st.integers(0, len(events)))
    assert RunSnapshot.of([*events[:start], *events]) == end


def check_order(events) -> None:
    assert isinstance(events[0], RunStarted)
    assert isinstance(events[-1], RunFinished)
    assert [event.position for event in events] == [(1, number + 1) for number in range(len(events))]
    states: dict[str, str] = {}
    for event in events:
        if isinstance(event, TaskChanged):
            assert event.state in NEXT[states.get(event.task, "")], (event.task, states)
            states[event.task] = event.state
    assert all(TaskState(state).is_terminal for state in states.values())


def check_prefixes(events) -> None:
    snapshot = RunSnapshot()
    for event in events:
        snapshot = apply(snapshot, event)
        assert snapshot.counts == Counter(one.state for one in snapshot.tasks.values())
        assert sum(snapshot.counts.values()) == snapshot.total
        assert snapshot.is_over is isinstance(event, RunFinished)
