"""SIGKILL at every named point, of a worker or of the kernel; then a new process resumes, and nothing is amiss.

What must hold, however often and wherever the run was cut off: it ends; what was committed is still there, was not
repeated and did not change; every task's result is there once, whole; no temporary file, no process, no lease is left.
"""

from __future__ import annotations

import os
import signal
import textwrap
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dpnb import Workspace
from dpnb.results.crash_points import ARMED_BY, VICTIM
from dpnb.results.records import RunStatus
from tests.prepared_interpreter import PreparedInterpreter
from tests.processes import living
from tests.waiting import until

if TYPE_CHECKING:
    from dpnb.results import ResultRecord, RunLedger

pytestmark = pytest.mark.integration

SCRIPT = """
    import os
    import time
    from pathlib import Path
    if os.environ.pop("KERNEL_DIES", ""):
        os.environ["DPNB_CRASH_PID"] = str(os.getpid())
    from dpnb import Orchestrator, get_planner, get_run, task
    from dpnb.orchestrator import PoolExecutor, PoolOptions
    from dpnb.errors import RunNotFoundError

    notes = Path(os.environ["DPNB_HOME"]) / "ran"

    def note(name):
        with notes.open("a") as file:
            file.write(name + "\\n")

    def is_recorded():
        from dpnb import Workspace

        with Workspace().ledger as ledger:
            return any(row.task == "source" and row.state == "running" for row in ledger.task_runs("run"))

    @task
    def source() -> list[int]:
        note("source")
        while os.environ.get("SOURCE_WAITS") and not is_recorded():
            time.sleep(0.01)
        return [1, 2, 3]

    shift = int(os.environ.get("SHIFT", "0"))

    @task
    def left(source: list[int]) -> int:
        note("left")
        return sum(source) + shift

    @task(stream_output=True)
    def parts(source: list[int]):
        note("parts")
        yield from source

    @task
    def large(source: list[int]) -> bytes:
        note("large")
        return bytes(300_000)

    @task
    def total(left: int, parts: list[int], large: bytes) -> int:
        note("total")
        return left + sum(parts) + len(large)

    @task
    def after(total: int) -> int:
        note("after")
        return total + 1

    executor = PoolExecutor(2, options=PoolOptions(preload=("dpnb.orchestrator.worker",)))
    try:
        run = get_run("run").resume(executor=executor)
    except RunNotFoundError:
        plan = get_planner().create_execution_plan(reuse="fresh" if os.environ.get("REUSES") else None)
        run = Orchestrator(executor=executor).start_pipeline(plan, run_id=os.environ.get("RUN", "run"))
    run.wait()
    print(run.status, run["after"] if run.status == "succeeded" else "")
"""
TASKS = ["source", "left", "parts", "large", "total", "after"]
WORKER, KERNEL = "worker", "kernel"
SAVING = ["attempt.begin", "save.begin", "save.written", "save.renamed"]


PREPARED = (
    "dpnb.orchestrator.adapters.pooled",
    "dpnb.orchestrator.launching",
    "dpnb.orchestrator.resuming",
    "dpnb.launch",
)


@pytest.fixture(scope="session")
def interpreter() -> Iterator[PreparedInterpreter]:
    made = PreparedInterpreter(PREPARED)
    yield made
    made.close()


@dataclass(frozen=True)
class Script:
    """A pipeline as a script, and what executes it."""

    path: Path
    interpreter: PreparedInterpreter


@pytest.fixture
def script(tmp_path: Path, interpreter: PreparedInterpreter) -> Script:
    path = tmp_path / "script.py"
    path.write_text(textwrap.dedent(SCRIPT))
    return Script(path, interpreter)


def execute(script: Script, home: Path, crash: tuple[str, int, str] | None = None) -> tuple[int, str]:
    """Start or resume the run in a new process, with a crash on its way; wait until nothing of it is left."""
    environ = {**os.environ, "DPNB_HOME": str(home)}
    if crash is not None:
        point, number, victim = crash
        environ[ARMED_BY] = f"{point},{number},{home}-{point}-{time.monotonic_ns()}"
        environ["KERNEL_DIES"] = "yes" if victim == KERNEL else ""
    environ.pop(VICTIM, None)
    ended = script.interpreter.run(script.path, environ)
    until(lambda: not living(home), seconds=2, otherwise=lambda: living(home))
    return ended


def committed(ledger: RunLedger) -> dict[str, list[tuple[str, str]]]:
    """Return what stands in the ledger: result ids and digests of every task that has succeeded."""
    if ledger.run("run") is None:
        return {}
    rows = {row.task: row for row in ledger.task_runs("run") if row.state.has_result}
    stored: dict[str, list[ResultRecord]] = {name: [] for name in rows}
    for result in ledger.results("run"):
        if result.task in rows and result.attempt == rows[result.task].attempts:
            stored[result.task].append(result)
    return {name: [(one.result_id, one.digest) for one in results] for name, results in stored.items()}


def ran(home: Path) -> Counter[str]:
    notes = home / "ran"
    return Counter(notes.read_text().split() if notes.exists() else [])


def check(home: Path, before: dict[str, list[tuple[str, str]]], runs_before: Counter[str]) -> None:
    with Workspace(home).ledger as ledger:
        now = committed(ledger)
        assert {name: now[name] for name in before} == before
        assert {name: ran(home)[name] for name in before} == {name: runs_before[name] for name in before}
        record = ledger.run("run")
        assert record is not None
        assert record.status is RunStatus.SUCCEEDED
        assert sorted(now) == sorted(TASKS)
        assert {name: len(results) for name, results in now.items()} == {
            name: 3 if name == "parts" else 1 for name in TASKS
        }
        store = Workspace(home).io_manager
        for result in ledger.results("run"):
            store.verify(
                run_id="run", task_name=result.task, task_result_id=result.result_id, digest=result.digest, sealed=False
            )
        lease = ledger.lease("run")
        assert lease is not None
        assert not lease.is_held
        attempts = [(attempt.task, attempt.attempt) for attempt in ledger.attempts("run")]
        assert len(attempts) == len(set(attempts))
    names = [path.name for path in (home / "runs").rglob("*")]
    assert not [name for name in names if name.endswith((".tmp", ".damaged"))]


CRASHES = [
    *((point, number, victim) for victim in (WORKER, KERNEL) for point in SAVING for number in (1, 4)),
    *((point, number, KERNEL) for point in ("run.start", "run.outcome") for number in (1, 3, 6)),
    *((point, number, KERNEL) for point in ("ledger.begin", "ledger.written", "ledger.committed") for number in (1, 3)),
    *((point, 1, KERNEL) for point in ("lease.taken", "run.finish", "run.closed", "lease.release", "lease.released")),
]


@pytest.mark.parametrize("crash", CRASHES, ids=lambda crash: f"{crash[2]} at {crash[0]} {crash[1]}")
def test_a_run_survives_a_crash(script, tmp_path, crash):
    home = tmp_path / "home"
    code, told = execute(script, home, crash)
    assert code == (-signal.SIGKILL if crash[2] == KERNEL else 0), told
    with Workspace(home).ledger as ledger:
        before, runs_before = committed(ledger), ran(home)
    code, told = execute(script, home)
    assert (code, told.split()) == (0, ["succeeded", "300013"])
    check(home, before, runs_before)


RESUMING = ["resume.taken", "resume.decided", "resume.recorded", "run.start", "save.renamed", "ledger.committed"]


@pytest.mark.parametrize("point", RESUMING)
def test_a_resumed_run_survives_a_crash_too(script, tmp_path, point):
    home = tmp_path / "home"
    execute(script, home, ("run.outcome", 3, KERNEL))
    code, told = execute(script, home, (point, 2 if point == "ledger.committed" else 1, KERNEL))
    assert code == -signal.SIGKILL, told
    with Workspace(home).ledger as ledger:
        before, runs_before = committed(ledger), ran(home)
    code, told = execute(script, home)
    assert (code, told.split()) == (0, ["succeeded", "300013"])
    check(home, before, runs_before)


REUSING = [("link.linked", 1), ("link.linked", 3), ("run.start", 2), ("ledger.written", 2), ("run.closed", 1)]


@pytest.mark.parametrize(("point", "number"), REUSING)
def test_a_run_that_reuses_survives_a_crash_as_well(script, tmp_path, monkeypatch, point, number):
    home = tmp_path / "home"
    monkeypatch.setenv("RUN", "earlier")
    execute(script, home)
    monkeypatch.delenv("RUN")
    monkeypatch.setenv("REUSES", "what is fresh")
    monkeypatch.setenv("SHIFT", "1")
    code, told = execute(script, home, (point, number, KERNEL))
    assert code == -signal.SIGKILL, told
    code, told = execute(script, home)
    assert (code, told.split()) == (0, ["succeeded", "300014"])
    again = ran(home) - Counter(TASKS)
    assert set(again) <= {"left", "total", "after"}, "what was stored before was not repeated"
    check(home, {}, Counter())
    monkeypatch.setenv("RUN", "later")
    runs_before = ran(home)
    assert execute(script, home)[1].split() == ["succeeded", "300014"]
    assert ran(home) == runs_before


def test_a_result_whose_process_died_before_it_was_recorded_is_adopted_once(script, tmp_path, monkeypatch):
    home = tmp_path / "home"
    monkeypatch.setenv("SOURCE_WAITS", "until the ledger knows that it runs")
    code, _ = execute(script, home, ("save.renamed", 1, KERNEL))
    assert code == -signal.SIGKILL
    workspace = Workspace(home)
    with workspace.ledger as ledger:
        assert ledger.task_runs("run")[0].state == "running"
        assert workspace.runs()["status"].tolist() == ["interrupted"]
        adopted = ledger.task_runs("run")[0]
        assert (adopted.task, adopted.state, adopted.attempts) == ("source", "succeeded", 1)
        assert [result.result_id for result in ledger.results("run")] == ["result_001"]
        before, runs_before = committed(ledger), ran(home)
    execute(script, home)
    check(home, before, runs_before)
    assert ran(home)["source"] == 1
