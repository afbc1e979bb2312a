"""What tasks ask for holds in real processes: groups, processors, and the failures that are retried."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from itertools import combinations
from pathlib import Path

import pytest

from dpnb import Orchestrator, get_planner, get_run, task
from dpnb.errors import WorkerDiedError
from tests.waiting import until

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("registry")]

type Span = tuple[float, float]


@pytest.fixture
def orchestrator():
    return Orchestrator(workers=3)


def run_all(orchestrator: Orchestrator):
    return orchestrator.start_pipeline(get_planner().create_execution_plan()).wait(60)


def spans(run) -> dict[str, Span]:
    return {name: run[name] for name in run}


def overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def timed(**options) -> None:
    """Define a task that takes 50 ms and gives when it began and ended, on the clock that all processes share."""

    def sleep() -> tuple[float, float]:
        began = time.monotonic()
        time.sleep(0.05)
        return began, time.monotonic()

    task(**options)(sleep)


def meeting(marks: Path, count: int, **options) -> None:
    """Define a task that ends when `count` tasks of its kind have begun: alone it never does."""

    def meet() -> tuple[float, float]:
        began = time.monotonic()
        (marks / f"{began}").touch()
        until(lambda: len(list(marks.iterdir())) >= count, seconds=30)
        return began, time.monotonic()

    task(**options)(meet)


def test_tasks_of_a_group_never_overlap_and_hold_up_nobody_else(orchestrator, tmp_path):
    for i in range(5):
        timed(name=f"질의 {i}", concurrency_group="디비:1")
    marks = tmp_path / "marks"
    marks.mkdir()
    meeting(marks, 3, name="질의하며 만난다", concurrency_group="디비:1")
    meeting(marks, 3, name="one")
    meeting(marks, 3, name="other")
    run = run_all(orchestrator)
    assert run.status == "succeeded"
    queries = [span for name, span in spans(run).items() if name.startswith("질의")]
    assert not any(overlap(one, other) for one, other in combinations(queries, 2))


def test_what_tasks_asked_for_is_told_with_what_became_of_them(orchestrator):
    timed(name="a", concurrency_group=["db:2", "api:1"], cpus=2, memory_limit="2GiB")
    timed(name="b")
    run = run_all(orchestrator)
    frame = get_run(run.run_id).tasks
    assert frame["concurrency_group"].tolist() == ["api:1, db:2", ""]
    assert frame["cpus"].fillna(0).tolist() == [2.0, 0.0]
    assert frame["memory_limit"].fillna(0).tolist() == [2 * 2**30, 0]
    told = frame.dtypes.astype(str)
    assert (told["memory_limit"], told["cpus"], told["concurrency_group"]) == ("Int64", "float64", "str")


def test_a_plan_tells_how_long_it_will_take_once_it_has_run(home):
    timed(name="a")
    timed(name="b", dependencies=["a"])
    plan = get_planner().create_execution_plan()
    assert "expected" not in plan._repr_mimebundle_()["text/plain"]
    assert not home.exists(), "to plan leaves nothing behind"
    Orchestrator(workers=1).start_pipeline(plan).wait(60)
    told = plan.forecast
    assert told is not None
    assert 0.1 <= told.duration.total_seconds() < 5
    assert f"expected: {told}" in plan._repr_mimebundle_()["text/plain"]
    assert told.known == told.tasks == 2


def test_a_task_that_uses_every_processor_runs_alone(orchestrator, tmp_path):
    timed(name="wide", cpus=3)
    marks = tmp_path / "marks"
    marks.mkdir()
    for i in range(6):
        meeting(marks, 3, name=f"other {i}")
    run = run_all(orchestrator)
    assert run.status == "succeeded"
    told = spans(run)
    wide = told.pop("wide")
    assert not any(overlap(wide, other) for other in told.values())


def killed_once(marks: Path, name: str, **options) -> None:
    def die() -> str:
        mark = marks / name
        if not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return "lived"

    task(name=name, retry_delay=0, max_retries=1, fail_safe=True, **options)(die)


def test_a_dead_worker_is_retried_where_it_is_named_or_nothing_is(orchestrator, tmp_path):
    killed_once(tmp_path, "default")
    killed_once(tmp_path, "by class", retry_on=WorkerDiedError)
    killed_once(tmp_path, "by name", retry_on="WorkerDiedError")
    killed_once(tmp_path, "by base", retry_on=(OSError, Exception))
    killed_once(tmp_path, "others only", retry_on=OSError)
    run = run_all(orchestrator)
    states = {record.task: (str(record.state), record.attempts) for record in run.task_records()}
    assert states.pop("others only") == ("failed", 1)
    assert set(states.values()) == {("succeeded", 2)}


def test_a_deadline_is_a_timeout_error(orchestrator, tmp_path):
    def slow_once(mark: str, **options) -> None:
        def slow() -> None:
            if not (tmp_path / mark).exists():
                (tmp_path / mark).touch()
                time.sleep(60)

        task(name=mark, timeout=0.5, max_retries=1, retry_delay=0, fail_safe=True, **options)(slow)

    slow_once("named", retry_on=TimeoutError)
    slow_once("others only", retry_on=ValueError)
    run = run_all(orchestrator)
    states = {record.task: (str(record.state), record.attempts) for record in run.task_records()}
    assert states == {"named": ("succeeded", 2), "others only": ("timed_out", 1)}


def test_exceptions_of_a_notebook_are_known_by_name(tmp_path, home):
    """Classes of `__main__` travel by value, so that a worker's class is never the kernel's own."""
    script = tmp_path / "notebook.py"
    script.write_text(
        textwrap.dedent("""
        from pathlib import Path
        from dpnb import Orchestrator, get_planner, get_run, task

        class Busy(Exception):
            pass

        class VeryBusy(Busy):
            def __init__(self, who, why):
                super().__init__(who)

        def first_time(name):
            if Path(name).exists():
                return False
            Path(name).touch()
            return True

        @task(max_retries=1, retry_delay=0, retry_on=Busy)
        def derived():
            if first_time("derived"):
                raise VeryBusy("db", "night")

        @task(max_retries=1, retry_delay=0, retry_on=Busy, fail_safe=True)
        def other():
            if first_time("other"):
                raise RuntimeError("Busy")

        run = Orchestrator(workers=2).start_pipeline(get_planner().create_execution_plan()).wait(60)
        print({record.task: (str(record.state), record.attempts) for record in run.task_records()})
        """),
        encoding="utf-8",
    )
    done = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "{'derived': ('succeeded', 2), 'other': ('failed', 1)}"
