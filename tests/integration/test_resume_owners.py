"""Who carries a run on: one process at a time, whichever has died, hung or come first."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from dpnb import Orchestrator, Workspace, get_run
from dpnb.errors import LedgerReadOnlyError, RunGoingError, RunNotFoundError
from dpnb.planner import DAGBuilder, Planner
from dpnb.results.leases import now_us
from dpnb.results.tables import LEASES
from tests.outcomes import states
from tests.waiting import until

pytestmark = pytest.mark.integration


def broken() -> None:
    raise ValueError("not yet")


def test_a_run_that_is_going_here_is_not_resumed_nor_deleted(pipeline):
    gate = pipeline.folder / "gate"

    def slow() -> None:
        while not gate.exists():
            time.sleep(0.01)

    pipeline.define(slow)
    plan = Planner(DAGBuilder(pipeline.registry)).create_execution_plan()
    run = Orchestrator(workers=1, workspace=pipeline.workspace).start_pipeline(plan)
    with pytest.raises(RunGoingError, match=f"process {os.getpid()}"):
        run.resume()
    with pytest.raises(RunGoingError):
        run.delete()
    gate.touch()
    assert run.wait(60).status == "succeeded"
    run.delete()
    assert not (pipeline.workspace.base_path / run.run_id).exists()
    with pytest.raises(RunNotFoundError):
        get_run(run.run_id, pipeline.workspace)
    assert not pipeline.workspace.delete_run(run.run_id)


def test_a_run_that_another_process_drives_is_not_resumed(pipeline):
    pipeline.define(broken)
    run = pipeline.run()
    with pipeline.workspace.ledger._database.writing() as connection:
        expiry = now_us() + 60_000_000
        connection.execute(LEASES.update().values(machine="elsewhere", pid=7, owner="them", expires_us=expiry))
    with pytest.raises(RunGoingError, match="process 7 on 'elsewhere'"):
        pipeline.resume(run)


def test_a_store_that_may_only_be_read_is_not_resumed_in(pipeline, monkeypatch):
    pipeline.define(broken)
    run = pipeline.run()
    monkeypatch.setattr(type(pipeline.workspace.ledger), "is_read_only", property(lambda _self: True))
    with pytest.raises(LedgerReadOnlyError):
        pipeline.resume(run)


def test_an_orchestrator_that_lost_its_lease_ends_at_once_and_writes_nothing_more(pipeline):
    note = pipeline.note
    gate = pipeline.folder / "gate"

    def slow() -> None:
        note(f"pid{os.getpid()}")
        while not gate.exists():
            time.sleep(0.01)

    def after(slow) -> None:
        note("after")

    pipeline.define(slow)
    pipeline.define(after)
    plan = Planner(DAGBuilder(pipeline.registry)).create_execution_plan()
    run = Orchestrator(workers=1, workspace=pipeline.workspace).start_pipeline(plan)
    notes = pipeline.folder / "ran"
    while not notes.exists():
        time.sleep(0.01)
    run.record  # noqa: B018 - all that has happened is written
    ledger = pipeline.workspace.ledger
    with ledger._database.writing() as connection:
        connection.execute(LEASES.update().values(owner="another", token=2, machine="elsewhere"))
    driver = run._driver
    assert driver is not None
    driver._notes._journal.note("any", lambda: ledger.task_runs(run.run_id)[0])
    assert driver.finished.wait(10)
    assert type(driver.crash).__name__ == "LeaseLostError"
    assert run.status == "running"  # elsewhere
    assert ledger.task_runs(run.run_id)[0].state == "running"
    pid = int(notes.read_text().strip().removeprefix("pid"))
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert pipeline.ran() == [f"pid{pid}"]


SCRIPT = """
    import os, sys, time
    from pathlib import Path
    from dpnb import Orchestrator, get_planner, get_run, task

    folder = Path(os.environ["DPNB_HOME"])

    @task
    def quick() -> int:
        (folder / "quick").open("a").write("x")
        return 1

    @task
    def slow(quick: int) -> int:
        with (folder / "slow").open("a") as file:
            file.write("x")
        while not (folder / "gate").exists():
            time.sleep(0.01)
        return quick + 1

    if sys.argv[1] == "start":
        run = Orchestrator(workers=1).start_pipeline(get_planner().create_execution_plan(), run_id="run")
        run.wait()
    else:
        run = get_run("run").resume(workers=1).wait()
        print(run.status, run["slow"], run.record.pid == os.getpid())
"""


def test_many_runs_in_many_processes_share_one_store(tmp_path, home):
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(SCRIPT).replace('run_id="run"', "run_id=sys.argv[2]"))
    home.mkdir()
    (home / "gate").touch()
    kernels = [subprocess.Popen([sys.executable, str(script), "start", f"run {number}"]) for number in range(4)]
    assert [kernel.wait(60) for kernel in kernels] == [0] * 4
    workspace = Workspace(home)
    assert sorted(workspace.runs()["run_id"]) == [f"run {number}" for number in range(4)]
    for number in range(4):
        run = get_run(f"run {number}", workspace)
        assert (run.status, run["slow"]) == ("succeeded", 2)
    assert workspace.check().empty


RUNNING = {"quick": "succeeded", "slow": "running"}


def test_a_killed_kernel_s_run_goes_on_in_a_new_process(tmp_path, home):
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(SCRIPT))
    kernel = subprocess.Popen([sys.executable, str(script), "start"])
    until(lambda: (home / "slow").exists() and states(get_run("run", Workspace(home))) == RUNNING)
    with pytest.raises(RunGoingError):
        get_run("run", Workspace(home)).resume()
    kernel.send_signal(signal.SIGKILL)
    kernel.wait()
    assert get_run("run", Workspace(home)).status == "interrupted"
    (home / "gate").touch()
    told = subprocess.run(
        [sys.executable, str(script), "resume"], capture_output=True, text=True, timeout=60, check=True
    )
    assert told.stdout.split() == ["succeeded", "2", "True"]
    run = get_run("run", Workspace(home))
    assert run.tasks["attempts"].tolist() == [1, 2]
    assert (home / "quick").read_text() == "x"
    assert run.attempts["state"].astype(str).tolist() == ["succeeded", "cancelled", "succeeded"]


def _resume(home: Path, script: str, gate: object) -> None:
    gate.wait()  # type: ignore[attr-defined]
    done = subprocess.run([sys.executable, script, "resume"], capture_output=True, text=True, timeout=60, check=False)
    (home / f"told-{os.getpid()}").write_text(done.stdout + done.stderr)


def test_of_processes_that_resume_one_run_at_once_one_does(tmp_path, home):
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(SCRIPT))
    kernel = subprocess.Popen([sys.executable, str(script), "start"])
    while not (home / "slow").exists():
        time.sleep(0.01)
    kernel.kill()
    kernel.wait()
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(3)
    processes = [context.Process(target=_resume, args=(home, str(script), barrier)) for _ in range(3)]
    for process in processes:
        process.start()
    while len(list(home.glob("told-*"))) < 2:  # those that lost have said so; the winner waits for the gate
        time.sleep(0.01)
    (home / "gate").touch()
    for process in processes:
        process.join(60)
    told = [path.read_text() for path in home.glob("told-*")]
    assert sorted("RunGoingError" in text for text in told) == [False, True, True]
    assert (home / "slow").read_text() == "xx"
