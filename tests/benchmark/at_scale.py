"""What bounds a run of a million tasks: the simulator's figures, and what each part of the engine does on this machine.

``python -m tests.benchmark.at_scale [tasks]`` prints the tables of ``dpnb/orchestrator/README.md``. With PostgreSQL's
programs at hand the ledger is measured there as well.
"""

from __future__ import annotations

import asyncio
import gc
import random
import resource
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dpnb import Orchestrator, Workspace
from dpnb.events import EventBase, InMemoryBroker
from dpnb.orchestrator.simulator import makespan_bounds_s, simulate
from dpnb.orchestrator.task_facts import AllNeeded, TaskFacts
from dpnb.planner import DAGBuilder, Planner
from dpnb.registry import TaskRegistry, task
from dpnb.results import (
    AttemptRecord,
    FilesystemIOManager,
    ResultFacts,
    ResultRecord,
    RunLedger,
    RunRecord,
    RunStatus,
    TaskRunRecord,
    TaskState,
)
from dpnb.results.told import batch_of, task_came_to
from tests.postgres import find_programs, running_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dpnb.results.rows import Change

WORKERS = (100, 1_000, 10_000)
MEAN_S = 10.0
AT_ONCE = 250  # tasks in one commit: what a busy run's journal gathers in its 50 ms


def chains(count: int, length: int = 10) -> list[TaskFacts]:
    """Make files that go through ten steps each, side by side."""
    return [_facts(i, [i - 1] if i % length else []) for i in range(count)]


def rounds(count: int, width: int = 20_000) -> list[TaskFacts]:
    """Make rounds of a hundredth of the tasks each, with a task between two that waits for all, as training does."""
    width = min(width, max(2, count // 50))
    return [_facts(i, _round_before(i, width)) for i in range(count)]


def _round_before(i: int, width: int) -> list[int]:
    if i % (width + 1) == width:
        return list(range(i - width, i))
    last_gate = i - i % (width + 1) - 1
    return [last_gate] if last_gate >= 0 else []


def banded(count: int) -> list[TaskFacts]:
    """Make tasks of two upstream tasks each, among the 5,000 before: a web without an end."""
    chance = random.Random(1)
    return [
        _facts(i, sorted({chance.randrange(max(0, i - 5_000), i) for _ in range(2)}) if i else []) for i in range(count)
    ]


def _facts(number: int, upstream: list[int]) -> TaskFacts:
    names = tuple(f"t{each}" for each in upstream)
    return TaskFacts(name=f"t{number}", upstream=names, when_missing=AllNeeded(names))


SHAPES: dict[str, Callable[[int], list[TaskFacts]]] = {
    "chains of 10": chains,
    "rounds of 20,000": rounds,
    "a web, 2 upstream each": banded,
}


def simulated(count: int) -> Iterator[str]:
    """Replay each shape with each number of workers, tasks taking 10 s in the mean, some a minute and more."""
    gc.freeze()  # as while a run goes, the collector is patient
    yield "| a million tasks | workers | makespan | × the bound | busy | attempts a second | decided a CPU second |"
    yield "|---|--:|--:|--:|--:|--:|--:|"
    for name, make in SHAPES.items():
        tasks = make(count)
        chance = random.Random(2)
        seconds = {facts.name: chance.lognormvariate(0, 0.8) * MEAN_S / 1.377 for facts in tasks}
        for workers in WORKERS:
            began = time.process_time()
            made = simulate(tasks, seconds, workers=workers).makespan_s
            took_s = time.process_time() - began
            lower, _ = makespan_bounds_s(tasks, seconds, workers=workers)
            busy = sum(seconds.values()) / made / workers
            cells = (name, f"{workers:,}", _span(made), f"{made / lower:.3f}", f"{busy:.0%}")
            yield f"| {' | '.join(cells)} | {count / made:,.0f} | {count / took_s:,.0f} |"


def parts(count: int) -> Iterator[str]:
    """Measure what a task costs in each part that all tasks of a run go through."""
    yield "| part | what is measured | tasks a second | a million tasks |"
    yield "|---|---|--:|--:|"
    for part, what, measure, share in (
        ("planner", "a plan of {:,} tasks, fingerprints included", planned, 50),
        ("resolver", "{:,} tasks in chains, one event each, plan to end", decided, 5),
        ("ledger, SQLite", f"{{:,}} tasks, {AT_ONCE} in a commit: 4 rows and 2 events each", recorded_in_a_file, 50),
        ("ledger, PostgreSQL", "the same {:,}, over a socket of this machine", recorded_by_a_server, 50),
        ("events", "{:,} tasks, two events each, to one subscriber of a broker in memory", published, 20),
        ("storage", "{:,} small results, by one process, to the file system", stored, 100),
        ("all of it", "{:,} tasks that do nothing, SQLite: CPU of the orchestrator's process", together, 500),
    ):
        rate = measure(count // share)
        yield f"| {part} | {what.format(count // share)} | {rate:,.0f} | {_span(1e6 / rate) if rate else '–'} |"


def planned(count: int) -> float:
    registry = _registry(count)
    began = time.perf_counter()
    Planner(DAGBuilder(registry)).create_execution_plan()
    return count / (time.perf_counter() - began)


def _registry(count: int) -> TaskRegistry:
    registry = TaskRegistry()
    for number in range(count):
        task(registry=registry)(_function(f"t{number}", f"t{number - 1}" if number % 10 else ""))
    return registry


def _function(name: str, parameter: str) -> Callable[..., object]:
    made: dict[str, Callable[..., object]] = {}
    exec(f"def {name}({parameter}): return {name!r}", made)
    return made[name]


def decided(count: int) -> float:
    tasks = chains(count)
    began = time.perf_counter()
    simulate(tasks, {}, workers=1_000)
    return count / (time.perf_counter() - began)


def recorded_in_a_file(count: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        return _recorded(RunLedger(Path(folder) / "ledger.db"), count)


def recorded_by_a_server(count: int) -> float:
    if (programs := find_programs()) is None:
        return 0.0
    with running_server(programs) as server:
        server.execute("CREATE DATABASE scale")
        return _recorded(RunLedger(server.url("scale")), count)


def _recorded(ledger: RunLedger, count: int) -> float:
    lease = ledger.begin(RunRecord(run_id="run", dag_id="d", status=RunStatus.RUNNING, started_us=0, tasks=count))
    said = 1
    began = time.perf_counter()
    for first in range(0, count, AT_ONCE):
        changes: list[Change] = []
        events = []
        for number in range(first, first + AT_ONCE):
            ended = _task_run(number)
            begun = replace(ended, state=TaskState.RUNNING)
            changes += [begun, ended, _attempt(number), _result(number)]
            events += [task_came_to(begun, 1), task_came_to(ended, 2)]
        changes.append(batch_of("run", lease.token, events, before=said))
        said += len(events)
        ledger.record(changes, lease)
    took_s = time.perf_counter() - began
    ledger.close()
    return count / took_s


def _task_run(number: int) -> TaskRunRecord:
    return TaskRunRecord(
        run_id="run",
        task=f"t{number}",
        position=number,
        state=TaskState.SUCCEEDED,
        attempts=1,
        started_us=1,
        finished_us=2,
        duration_s=1.0,
        code="c" * 32,
        inputs="i" * 32,
        output="o" * 32,
        source="s" * 32,
    )


def _attempt(number: int) -> AttemptRecord:
    return AttemptRecord(
        run_id="run", task=f"t{number}", attempt=1, state=TaskState.SUCCEEDED, started_us=1, duration_s=1.0
    )


def _result(number: int) -> ResultRecord:
    facts = ResultFacts(type="int", text="1")
    return ResultRecord("run", f"t{number}", "result_001", f"run/t{number}/result_001.pkl", 100, "d" * 32, facts)


def published(count: int) -> float:
    return asyncio.run(_published(count))


async def _published(count: int) -> float:
    broker = InMemoryBroker()
    publisher, heard = broker.publisher(), broker.consumer().consume("run.*.task.*.*")

    began = time.perf_counter()
    for number in range(count):
        for word in ("running", "succeeded"):
            topic = f"run.r.task.t{number}.{word}"
            await publisher.publish(topic, EventBase(topic))
            await anext(heard)
    return count / (time.perf_counter() - began)


def stored(count: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        store = FilesystemIOManager(folder)
        began = time.perf_counter()
        for number in range(count):
            store.write(run_id="run", task_name=f"t{number}", task_result_id="result_001", value=number)
        return count / (time.perf_counter() - began)


def together(count: int) -> float:
    registry = _registry(count)
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(folder, registry=registry)
        plan = Planner(DAGBuilder(registry)).create_execution_plan()
        began = time.process_time()
        run = Orchestrator(workers=2, workspace=workspace).start_pipeline(plan).wait()
        took_s = time.process_time() - began
        assert run.status is RunStatus.SUCCEEDED
        workspace.ledger.close()
    return count / took_s


def sizes(count: int) -> Iterator[str]:
    """Tell what a task takes, where it takes it."""
    tasks = count // 50
    plan = Planner(DAGBuilder(_registry(tasks))).create_execution_plan()
    text_bytes = len(plan.to_json(why_fresh=False).encode())
    with tempfile.TemporaryDirectory() as folder:
        _recorded(RunLedger(Path(folder) / "ledger.db"), tasks)
        ledger_bytes = sum(file.stat().st_size for file in Path(folder).iterdir())
    yield f"a plan as text: {text_bytes / tasks:,.0f} bytes a task, as many MB for a million"
    yield f"rows and events in SQLite: {ledger_bytes / tasks:,.0f} bytes a task, as many MB for a million"


def _span(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:,.1f} s"
    return f"{seconds / 60:,.1f} min" if seconds < 7_200 else f"{seconds / 3_600:,.1f} h"


def main() -> None:
    count = int(sys.argv[1].replace("_", "").replace(",", "")) if len(sys.argv) > 1 else 1_000_000
    for table in (parts, sizes, simulated):
        for line in table(count):
            print(line, flush=True)
        print(flush=True)
    peak_gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"peak memory of this process: {peak_gib:.1f} GiB")


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
