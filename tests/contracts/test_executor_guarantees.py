"""What executors promise beyond what all of them do: held where they say so, and told where they do not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from dpnb import TaskContext
from dpnb.orchestrator import Timeouts
from tests.executors import DASK, GIVEN, OWN, Executors, Pipeline
from tests.outcomes import states
from tests.processes import is_gone
from tests.waiting import until

pytestmark = pytest.mark.integration

LONG_S = 60


@pytest.fixture(scope="module")
def executors():
    made = Executors()
    yield made
    made.close()


@pytest.fixture(params=[name for name in (*OWN, *GIVEN, DASK) if name not in ("spawn", "one worker")])
def pipeline(request, tmp_path, executors):
    return Pipeline(executors(request.param), tmp_path / "store")


@pytest.fixture
def held(pipeline, tmp_path):
    """Give a task that runs until it is let go, or for a minute; it writes its process's id down as it begins."""
    started, let_go = tmp_path / "started", tmp_path / "let go"

    def hold() -> int:
        started.write_text(str(os.getpid()))
        for _ in range(6000):
            if let_go.exists():
                break
            time.sleep(0.01)
        return 1

    hold.started, hold.let_go = started, let_go  # type: ignore[attr-defined]
    yield hold
    let_go.touch()


def needs(pipeline, *, is_beside: bool = True):
    if is_beside and pipeline.orchestrator.executor.is_inline:
        pytest.skip("whoever starts a run waits for its end")


def test_an_attempt_past_its_deadline_is_timed_out(pipeline, held):
    promise = pipeline.promises.timeouts
    if promise is Timeouts.IGNORED:
        pytest.skip("it takes all the time that it takes")
    pipeline.task(held, timeout=0.3, name="늦음")
    run = pipeline.run()
    assert states(run) == {"늦음": "timed_out"}
    reason = run.tasks["reason"].iloc[0]
    if promise is Timeouts.ENFORCED:
        assert "Killed after its timeout of 0.3 s" in reason
        assert is_gone(int(held.started.read_text()))
    else:
        assert "may still run" in reason
        held.let_go.touch()


def test_a_late_result_of_a_timed_out_attempt_is_not_stored(pipeline, held, tmp_path):
    if pipeline.promises.timeouts is not Timeouts.NOTICED:
        pytest.skip("no attempt outlives its deadline")
    ended = tmp_path / "ended"

    @pipeline.task(timeout=0.2, fail_safe=True, stream_output=True)
    def late() -> Iterator[int]:
        try:
            yield held()
        finally:
            ended.touch()

    run = pipeline.run()
    assert states(run) == {"late": "timed_out"}
    held.let_go.touch()
    until(ended.exists)
    assert pipeline.workspace.io_manager.list_results(run_id=run.run_id, task_name="late") == []
    assert run.results.empty


def test_a_timed_out_attempt_is_retried(pipeline, tmp_path):
    if pipeline.promises.timeouts is Timeouts.IGNORED:
        pytest.skip("it takes all the time that it takes")

    @pipeline.task(timeout=0.3, max_retries=1, retry_delay=0)
    def slow_at_first(context: TaskContext) -> int:
        while context.attempt == 1 and not context.cancelled:
            time.sleep(0.01)
        return context.attempt

    run = pipeline.run()
    assert run["slow_at_first"] == 2
    assert run.attempts["state"].astype(str).tolist() == ["timed_out", "succeeded"]


def test_a_cancelled_run_ends_whatever_its_tasks_do(pipeline, held):
    needs(pipeline)
    pipeline.task(held)
    run = pipeline.start()
    until(held.started.exists)
    run.cancel(at_once=True).wait(LONG_S)
    assert run.status == "cancelled"
    assert states(run) == {"hold": "cancelled"}
    if pipeline.promises.kill:
        assert is_gone(int(held.started.read_text()))
    else:
        held.let_go.touch()


def test_a_task_that_listens_hears_that_it_is_cancelled(pipeline, tmp_path):
    needs(pipeline)
    started, heard = tmp_path / "started", tmp_path / "heard"

    @pipeline.task
    def listens(context: TaskContext) -> None:
        started.touch()
        while not context.cancelled:
            time.sleep(0.01)
        heard.touch()

    run = pipeline.start()
    until(started.exists)
    run.cancel().wait(LONG_S)
    assert run.status == "cancelled"
    until(heard.exists)


def test_logs_and_progress_are_read_while_a_task_runs(pipeline, tmp_path):
    needs(pipeline)
    promises = pipeline.promises
    if not (promises.live_logs and promises.live_progress):
        pytest.skip("not promised")
    let_go = tmp_path / "let go"

    @pipeline.task
    def speaks(context: TaskContext) -> None:
        print("말하는 중", flush=True)
        context.progress(0.5, "반")
        while not let_go.exists():
            time.sleep(0.01)

    run = pipeline.start()
    try:
        until(lambda: "말하는 중" in run.logs("speaks"))
        until(lambda: "speaks" in run.progress)
        assert run.progress["speaks"].note == "반"
        assert states(run) == {"speaks": "running"}
    finally:
        let_go.touch()
    assert run.wait(LONG_S).status == "succeeded"


def test_chunks_are_known_while_their_task_runs(pipeline, tmp_path):
    needs(pipeline)
    let_go = tmp_path / "let go"

    @pipeline.task(stream_output=True)
    def parts() -> Iterator[int]:
        yield 1
        yield 2
        while not let_go.exists():
            time.sleep(0.01)
        yield 3

    run = pipeline.start()
    try:
        until(lambda: len(run.results) == 2)
        assert list(run["parts"]) == [1, 2]
    finally:
        let_go.touch()
    assert list(run.wait(LONG_S)["parts"]) == [1, 2, 3]


def test_a_stream_is_read_beside_its_producer_or_once_it_is_complete(pipeline):
    needs(pipeline)

    @pipeline.task(stream_output=True)
    def parts() -> Iterator[int]:
        yield from range(40)

    @pipeline.task
    def total(parts: Iterator[int]) -> int:
        return sum(parts)

    run = pipeline.run()
    assert run["total"] == sum(range(40))
    if not pipeline.promises.live_streams:
        times = {record.task: (record.started_us, record.finished_us) for record in run.task_records()}
        assert times["total"][0] >= times["parts"][1]


def test_a_process_that_dies_costs_its_attempt(pipeline, executors, request):
    if runs_here(pipeline):
        pytest.skip("it would be ours")

    @pipeline.task(fail_safe=True, name="죽음")
    def dies() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    @pipeline.task(dependencies=["죽음"])
    def lives() -> int:
        return 1

    run = pipeline.run()
    assert states(run)["죽음"] == "failed"
    assert run.attempt_records("죽음")[0].error_type == "WorkerDiedError"
    if pipeline.promises.isolation:
        assert run["lives"] == 1
    else:
        assert states(run)["lives"] == "failed"
        assert "broke" in run.failures.set_index("task").loc["죽음", "error"]


def test_a_memory_limit_is_enforced_or_said_not_to_be(pipeline):
    @pipeline.task(memory_limit="50MB", fail_safe=True)
    def greedy() -> int:
        block = bytearray(300_000_000)
        time.sleep(0.2)
        return len(block)

    run = pipeline.run()
    assert states(run) == {"greedy": "failed" if pipeline.promises.memory_limits else "succeeded"}
    if pipeline.promises.memory_limits:
        assert "memory limit" in run.tasks["reason"].iloc[0]
    else:
        assert "memory limits are not enforced" in pipeline.promises.missing({"memory_limit"})


def test_what_a_child_process_prints_is_in_the_log_where_that_is_promised(pipeline):
    @pipeline.task
    def calls() -> None:
        subprocess.run([sys.executable, "-c", "print('from a child')"], check=True)

    run = pipeline.run()
    assert ("from a child" in run.logs("calls")) is pipeline.promises.all_output


def test_the_working_folder_and_environment_are_the_caller_s_where_that_is_promised(pipeline, monkeypatch, tmp_path):
    if not pipeline.promises.surroundings or isinstance_of_shared(pipeline):
        pytest.skip("they are those that its workers were started with")
    monkeypatch.setenv("DPNB_TEST_WORD", "낱말")
    monkeypatch.chdir(tmp_path)

    @pipeline.task
    def look() -> tuple[str, str]:
        return str(Path.cwd()), os.environ["DPNB_TEST_WORD"]

    assert pipeline.run()["look"] == (str(tmp_path), "낱말")


def test_what_a_task_changes_of_its_process_is_undone_where_that_is_promised(pipeline):
    if not pipeline.promises.clean_slate:
        pytest.skip("the next task may see it")

    @pipeline.task
    def changes() -> None:
        os.environ["DPNB_TEST_LEFT"] = "behind"
        os.chdir("/")

    @pipeline.task(dependencies=["changes"])
    def looks() -> tuple[bool, bool]:
        return "DPNB_TEST_LEFT" in os.environ, str(Path.cwd()) == "/"

    assert pipeline.run()["looks"] == (False, False)


def test_what_a_run_misses_is_told(pipeline):
    promises = pipeline.promises
    told = promises.missing({"timeout", "memory_limit", "stream_output"})
    unsaid = {"all_output", "surroundings", "clean_slate"}  # matters of taste, which the documentation tells
    assert (told == ()) is (set(promises.names()) | unsaid == {one.name for one in fields(promises)})
    assert all(text == text.strip() and not text.endswith(".") for text in told)


def test_word_of_threads_that_are_nobody_s_stays_where_it_was(pipeline, capsys):
    """Another thread of this process prints as before, while tasks that run here have their words in their logs."""
    needs(pipeline)

    @pipeline.task
    def prints() -> None:
        print("the task's")

    said = threading.Thread(target=print, args=("somebody else's",))
    run = pipeline.start()
    said.start()
    said.join()
    run.wait(LONG_S)
    assert "somebody else's" in capsys.readouterr().out
    assert run.logs("prints") == "the task's\n"


def runs_here(pipeline) -> bool:
    @pipeline.task
    def pid() -> int:
        return os.getpid()

    found = pipeline.run()["pid"]
    pipeline.registry.clear()
    return bool(found == os.getpid())


def isinstance_of_shared(pipeline) -> bool:
    return getattr(pipeline.orchestrator.executor, "_given", None) is not None
