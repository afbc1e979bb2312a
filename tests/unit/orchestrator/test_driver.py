"""The driver against an executor whose attempts end when the test says so."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from dpnb import Workspace
from dpnb.errors import RunCrashedError
from dpnb.orchestrator import declared_files
from dpnb.orchestrator.executable import ChunkStored, ProgressMade, TaskResult
from dpnb.orchestrator.guarantees import Guarantees
from dpnb.orchestrator.orchestrator import Orchestrator
from dpnb.orchestrator.pace import SHORT_S
from dpnb.orchestrator.ports import AttemptBegun, AttemptOver, AttemptSaid
from dpnb.orchestrator.run import Run
from dpnb.planner import DAGBuilder, Planner
from dpnb.planner.task_identity import reads_of
from dpnb.registry import TaskRegistry, task
from dpnb.results.records import ResultFacts, ResultRecord, TaskState
from tests.outcomes import states
from tests.waiting import until


class FakeExecutor:
    """Remembers what was started; `finish` ends an attempt."""

    is_inline = False
    name = "a fake"
    short_s = SHORT_S
    guarantees = Guarantees()

    def __init__(self, capacity: int = 2) -> None:
        self.capacity = capacity
        self.lookahead = 0
        self.started: list[tuple[str, int]] = []
        self.cancelled: list[tuple[str, bool]] = []
        self.recalled: list[str] = []
        self.told: list[tuple[str, object]] = []
        self.is_closed = False
        self.is_slow_to_begin = False
        self.refuses: set[str] = set()
        self.answers_cancel = True

    def open(self, context, report):
        self.run_id, self.report = context.run_id, report
        return self

    def start(self, task, function, *, timeout) -> None:  # noqa: ARG002 - the port's
        if task.task_name in self.refuses:
            raise OSError("no more processes")
        self.started.append((task.task_name, task.attempt))
        if not self.is_slow_to_begin:
            self.report(AttemptBegun(task=task.task_name, attempt=task.attempt))

    def cancel(self, task_name, *, at_once) -> None:
        self.cancelled.append((task_name, at_once))
        if self.answers_cancel or at_once:
            self.finish(task_name, state=TaskState.CANCELLED)

    def recall(self, task_name) -> None:
        self.recalled.append(task_name)
        if self.is_slow_to_begin:
            self.finish(task_name, state=TaskState.CANCELLED)

    def tell(self, task_name, content) -> None:
        self.told.append((task_name, content))

    def close(self) -> None:
        self.is_closed = True

    def say(self, task_name, content, attempt=1) -> None:
        self.report(AttemptSaid(task=task_name, attempt=attempt, content=content))

    def finish(self, task_name, attempt=1, state=TaskState.SUCCEEDED, **more) -> None:
        self.report(AttemptOver(result=self.result(task_name, attempt, state)._replace(**more)))

    def result(self, task_name, attempt, state) -> TaskResult:
        stored = (self.record(task_name, f"result_{attempt:03d}"),) if state is TaskState.SUCCEEDED else ()
        return TaskResult(
            run_id=self.run_id,
            task_name=task_name,
            attempt=attempt,
            state=state,
            started_us=1_000_000,
            duration_s=0.5,
            results=stored,
        )

    def record(self, task_name, result_id, **more) -> ResultRecord:
        return ResultRecord(
            run_id=self.run_id,
            task=task_name,
            result_id=result_id,
            path=f"{task_name}/{result_id}.pkl",
            size_bytes=10,
            digest="00",
            facts=ResultFacts(type="int", rows=5),
            **more,
        )


@pytest.fixture
def executor():
    return FakeExecutor()


@pytest.fixture
def registry():
    return TaskRegistry()


@pytest.fixture
def start(executor, registry, tmp_path):
    def begin():
        plan = Planner(DAGBuilder(registry)).create_execution_plan()
        run = Orchestrator(executor=executor, workspace=Workspace(tmp_path / "store")).start_pipeline(plan)
        until(lambda: executor.started or run.status.is_terminal or executor.refuses)  # its own thread begins it
        return run

    return begin


def test_tasks_start_as_their_upstream_ends_and_never_above_capacity(executor, registry, start):
    for name in "abc":
        task(lambda_free(), name=name, registry=registry)
    task(lambda_free(), name="d", dependencies=["a", "b", "c"], registry=registry)
    run = start()
    assert executor.started == [("a", 1), ("b", 1)]
    executor.finish("b")
    assert executor.started[2:] == [("c", 1)]
    executor.finish("a")
    executor.finish("c")
    assert executor.started[3:] == [("d", 1)]
    executor.finish("d")
    assert run.wait(10).status == "succeeded"
    assert executor.is_closed


def lambda_free():
    def nothing() -> None: ...

    return nothing


def test_late_and_repeated_outcomes_change_nothing(executor, registry, start):
    task(lambda_free(), name="a", max_retries=1, retry_delay=0, registry=registry)
    run = start()
    executor.finish("a", state=TaskState.TIMED_OUT)
    until(lambda: ("a", 2) in executor.started)
    executor.finish("a", attempt=1)  # it had finished after all, but too late
    assert states(run) == {"a": "running"}
    executor.finish("a", attempt=2)
    run.wait(10)
    executor.finish("a", attempt=2, state=TaskState.FAILED)
    assert states(run) == {"a": "succeeded"}
    assert run.results["result_id"].tolist() == ["result_002"]


def test_chunks_are_in_the_ledger_while_the_task_runs(executor, registry, start):
    @task(registry=registry, stream_output=True)
    def parts():
        yield 1

    run = start()
    executor.say("parts", ChunkStored(record=executor.record("parts", "chunk_00000", chunk=0)))
    assert run.results["result_id"].tolist() == ["chunk_00000"]
    executor.say("parts", ProgressMade(fraction=0.5, note="half"))
    executor.finish("parts")
    run.wait(10)


def test_an_executor_that_cannot_start_an_attempt_fails_that_attempt(executor, registry, start):
    executor.refuses.add("a")
    task(lambda_free(), name="a", fail_safe=True, registry=registry)
    task(lambda_free(), name="b", dependencies=["a"], registry=registry)
    run = start()
    until(lambda: ("b", 1) in executor.started)
    executor.finish("b")
    assert states(run.wait(10)) == {"a": "failed", "b": "succeeded"}
    assert "no more processes" in run.tasks["reason"].iloc[0]


def test_cancelling_asks_first_and_kills_when_asked_again(executor, registry, start):
    executor.answers_cancel = False
    task(lambda_free(), name="a", registry=registry)
    task(lambda_free(), name="b", dependencies=["a"], registry=registry)
    run = start()
    run.cancel()
    assert executor.cancelled == [("a", False)]
    assert run.is_running
    run.cancel(at_once=True)
    assert executor.cancelled[-1] == ("a", True)
    assert run.wait(10).status == "cancelled"
    assert "succeeded" not in states(run).values()


def test_cancelling_twice_kills(executor, registry, start):
    executor.answers_cancel = False
    task(lambda_free(), name="a", registry=registry)
    run = start()
    run.cancel()
    assert executor.cancelled == [("a", False)]
    run.cancel()
    assert executor.cancelled[-1] == ("a", True)
    assert run.wait(10).status == "cancelled"


def test_an_attempt_that_is_cancelled_before_it_began_was_none(executor, registry, start):
    executor.is_slow_to_begin = True
    task(lambda_free(), name="a", registry=registry)
    run = start()
    run.cancel().wait(10)
    (row,) = run.tasks.to_dict("records")
    assert (row["state"], row["attempts"]) == ("cancelled", 0)
    assert run.tasks[["started", "duration"]].isna().all(axis=None)
    assert run.attempts.empty


def test_a_ledger_that_fails_ends_the_run_as_failed(executor, registry, start, tmp_path, monkeypatch):
    task(lambda_free(), name="a", registry=registry)
    run = start()
    run.record  # noqa: B018 - all that has happened is written
    ledger = run._workspace.ledger
    real = ledger.record

    def full(changes, lease=None) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ledger, "record", full)
    executor.finish("a")
    with pytest.raises(RunCrashedError, match="No space left") as caught:
        run.wait(10)
    assert isinstance(caught.value.__cause__, OSError)
    monkeypatch.setattr(ledger, "record", real)
    assert run.status == "failed"


def test_a_run_that_breaks_off_leaves_no_task_running(executor, registry, start, monkeypatch):
    task(lambda_free(), name="a", registry=registry)
    task(lambda_free(), name="b", dependencies=["a"], registry=registry)
    run = start()

    def broken(event):
        raise RuntimeError("a fault of our own")

    monkeypatch.setattr(run._driver._resolver, "handle", broken)
    executor.finish("a")
    with pytest.raises(RunCrashedError, match="a fault of our own"):
        run.wait(10)
    assert run.record.status == "failed"
    assert states(run) == {"a": "cancelled", "b": "cancelled"}
    assert executor.is_closed


def test_a_session_that_cannot_be_closed_holds_nobody_up(executor, registry, start, monkeypatch):
    task(lambda_free(), name="a", registry=registry)
    run = start()

    def stuck() -> None:
        raise OSError("cannot close")

    monkeypatch.setattr(executor, "close", stuck)
    executor.finish("a")
    with pytest.raises(RunCrashedError, match="cannot close"):
        run.wait(10)
    assert states(run) == {"a": "succeeded"}


@pytest.mark.parametrize("part", ["live_edges", "TaskAssembler", "TaskDependencyResolver", "RunNotes"])
def test_a_run_that_cannot_be_made_leaves_no_workers_behind(executor, registry, start, monkeypatch, part):
    task(lambda_free(), name="a", registry=registry)

    def broken(*args, **kwargs):
        raise MemoryError

    monkeypatch.setattr(f"dpnb.orchestrator.driver.{part}", broken)
    with pytest.raises(MemoryError):
        start()
    assert executor.is_closed


def test_a_failure_is_retried_only_on_what_the_task_names(executor, registry, start):
    task(lambda_free(), name="a", max_retries=5, retry_delay=0, retry_on=OSError, fail_safe=True, registry=registry)
    run = start()
    raised = ("builtins.ConnectionError", "builtins.OSError", "builtins.Exception", "builtins.BaseException")
    executor.finish("a", state=TaskState.FAILED, error_types=raised)
    until(lambda: ("a", 2) in executor.started)
    executor.finish("a", attempt=2, state=TaskState.FAILED, error_types=("builtins.ValueError", "builtins.Exception"))
    assert states(run.wait(10)) == {"a": "failed"}
    assert executor.started == [("a", 1), ("a", 2)]


def test_a_task_whose_rule_for_retries_takes_its_time_keeps_no_place(executor, registry, start):
    is_known = threading.Event()

    def slow_rule(failures: int) -> float:
        is_known.wait(30)
        return 0.0 * failures

    task(lambda_free(), name="a", max_retries=1, retry_delay=slow_rule, registry=registry)
    task(lambda_free(), name="넓은", cpus=2, registry=registry)
    run = start()
    assert executor.started == [("a", 1)]
    executor.finish("a", state=TaskState.FAILED)
    assert executor.started == [("a", 1), ("넓은", 1)]
    assert states(run) == {"a": "retrying", "넓은": "running"}
    is_known.set()
    executor.finish("넓은")
    until(lambda: ("a", 2) in executor.started)
    executor.finish("a", attempt=2)
    assert states(run.wait(10)) == {"a": "succeeded", "넓은": "succeeded"}


def test_a_task_that_ran_out_of_memory_is_retried_with_less_beside_it(executor, registry, start):
    task(lambda_free(), name="a", max_retries=1, retry_delay=0, registry=registry)
    for name in "bcd":
        task(lambda_free(), name=name, registry=registry)
    run = start()
    assert executor.started == [("a", 1), ("b", 1)]
    executor.finish("a", state=TaskState.FAILED, exit_status="signal 9 (SIGKILL), out of memory")
    assert executor.started[2:] == [("c", 1)]
    until(lambda: run._driver._resolver._delayed == set())
    executor.finish("b")
    assert executor.started[3:] == [("d", 1)], "one place is free, and it needs both"
    executor.finish("c")
    assert executor.started[4:] == []
    executor.finish("d")
    assert executor.started[4:] == [("a", 2)]
    executor.finish("a", attempt=2)
    assert run.wait(10).status == "succeeded"


def test_tasks_of_a_group_run_as_many_at_once_as_it_allows(executor, registry, start):
    executor.capacity = 4
    for name in "abc":
        task(lambda_free(), name=name, concurrency_group="db:1", registry=registry)
    task(lambda_free(), name="d", registry=registry)
    run = start()
    assert executor.started == [("a", 1), ("d", 1)]
    executor.finish("a")
    assert executor.started[2:] == [("b", 1)]
    for name in "bcd":
        executor.finish(name)
    assert run.wait(10).status == "succeeded"


def test_a_task_that_wants_more_processors_than_there_are_is_said_once_and_runs_alone(executor, registry, start):
    task(lambda_free(), name="a", cpus=8, registry=registry)
    task(lambda_free(), name="b", registry=registry)
    with pytest.warns(UserWarning, match=r"Task 'a' \(8\) asks for more cpus than there are 2 workers"):
        run = start()
    assert executor.started == [("a", 1)]
    executor.finish("a")
    executor.finish("b")
    assert run.wait(10).status == "succeeded"


def test_what_took_long_before_starts_first_and_the_run_knows_its_rest(executor, registry, start):
    executor.capacity = 1
    for name in "ab":
        task(lambda_free(), name=name, registry=registry)
    first = start()
    assert eta_s(first) is None, "nothing is known yet"
    executor.finish("a", duration_s=100.0)
    assert eta_s(first) == pytest.approx(90, abs=10), "as long as the first"
    executor.finish("b", duration_s=500.0)
    first.wait(10)
    assert eta_s(first) is None, "it has ended"

    plan = Planner(DAGBuilder(registry)).create_execution_plan()
    orchestrator = Orchestrator(executor=executor, workspace=first.workspace)
    assert orchestrator.expected_duration(plan) == timedelta(seconds=600)
    executor.capacity = 2
    assert orchestrator.expected_duration(plan) == timedelta(seconds=500)
    executor.capacity = 1

    executor.started.clear()
    second = start()
    assert executor.started == [("b", 1)]
    assert eta_s(second) == pytest.approx(590, abs=10)
    assert "left" in second._repr_mimebundle_()["text/plain"]
    executor.finish("b")
    executor.finish("a")
    second.wait(10)


def eta_s(run: Run) -> float | None:
    left = run.eta
    return left.total_seconds() if left is not None else None


def test_cancelling_while_a_task_completes_leaves_one_outcome(executor, registry, start):
    """Whoever comes first decides; what both sides have recorded agrees."""
    executor.answers_cancel = False
    task(lambda_free(), name="a", registry=registry)
    for number in range(30):
        executor.started.clear()
        run = start()
        gate = threading.Barrier(2)

        def complete(gate=gate) -> None:
            gate.wait(10)
            executor.finish("a")

        completing = threading.Thread(target=complete)
        completing.start()
        gate.wait(10)
        if number % 2:
            threading.Event().wait(0.0001)
        run.cancel()
        completing.join()
        run.wait(10)
        assert run.status in ("succeeded", "cancelled")
        assert states(run) == {"a": "succeeded"}  # its result was stored and reported, whatever became of the run
        assert run.results["result_id"].tolist() == ["result_001"]


@pytest.fixture
def looks(monkeypatch):
    """Return an event before which no look at declared files ends."""
    allowed = threading.Event()
    look = reads_of

    def patiently(*args):
        allowed.wait(10)
        return look(*args)

    monkeypatch.setattr(declared_files, "reads_of", patiently)
    yield allowed
    allowed.set()


def test_a_stream_that_breaks_off_while_its_readers_files_are_looked_at_is_not_read(registry, executor, start, looks):
    executor.capacity = 3

    @task(registry=registry, stream_output=True, max_retries=1, retry_delay=0)
    def parts() -> Iterator[int]:
        yield 1

    @task(registry=registry, reads="*.csv")
    def total(parts: Iterator[int]) -> int:
        return sum(parts)

    run = start()
    chunk = {"chunk": 0}
    executor.say("parts", ChunkStored(record=executor.record("parts", "chunk_00000", **chunk)))
    executor.finish("parts", state=TaskState.FAILED)
    until(lambda: ("parts", 2) in executor.started)
    looks.set()
    again = executor.record("parts", "attempt_2_chunk_00000", attempt=2, **chunk)
    executor.say("parts", ChunkStored(record=again), attempt=2)
    until(lambda: any(name == "total" for name, _ in executor.started))
    assert executor.started == [("parts", 1), ("parts", 2), ("total", 2)]
    executor.finish("parts", attempt=2, results=(again,))
    executor.finish("total", attempt=2)
    assert run.wait(10).status == "succeeded"


def test_a_look_at_declared_files_that_raises_does_not_hold_the_run_up(registry, executor, start, monkeypatch):
    def raise_it(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(declared_files, "reads_of", raise_it)
    task(lambda_free(), name="a", reads="*.csv", registry=registry)
    run = start()
    executor.finish("a")
    assert run.wait(10).status == "succeeded"
    [row] = run.task_records()
    assert "MemoryError" in row.reads
