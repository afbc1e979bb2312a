"""Runs that do not come to the end that they were started for: cancelled, interrupted, out of time, killed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from dpnb import InlineExecutor, Orchestrator, TaskContext, get_planner, get_run, runs, task
from dpnb.orchestrator.adapters.pooled import PoolSession
from dpnb.orchestrator.driver import RunDriver
from tests.outcomes import states
from tests.processes import is_gone
from tests.waiting import until

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("registry")]


def plan(**options):
    return get_planner().create_execution_plan(**options)


def test_cancel_ends_a_run_and_its_processes(orchestrator, tmp_path):
    @task
    def endless() -> None:
        (tmp_path / "pid").write_text(str(os.getpid()))
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while True:
            time.sleep(1)

    @task
    def after(endless) -> None: ...

    run = orchestrator.start_pipeline(plan())
    until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
    run.cancel().wait(10)
    assert run.status == "cancelled"
    assert set(states(run).values()) <= {"cancelled", "skipped"}
    assert is_gone(int((tmp_path / "pid").read_text()))
    assert run.cancel().status == "cancelled"


def test_an_interrupt_while_waiting_cancels_the_run(orchestrator, tmp_path):
    @task
    def endless() -> None:
        (tmp_path / "started").touch()
        time.sleep(600)

    run = orchestrator.start_pipeline(plan())
    until((tmp_path / "started").exists)
    threading.Timer(0.2, os.kill, [os.getpid(), signal.SIGINT]).start()
    with pytest.raises(KeyboardInterrupt):
        run.wait(60)
    assert run.status == "cancelled"


@pytest.mark.parametrize("times", [1, 2])
def test_an_interrupt_while_runs_are_awaited_cancels_them_and_another_kills(orchestrator, tmp_path, times):
    @task
    def endless(name: str = "", times: int = 1) -> None:
        if times > 1:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        (tmp_path / name).touch()
        time.sleep(600)

    handler = signal.getsignal(signal.SIGINT)
    runs = [orchestrator.start_pipeline(plan(), params={"name": name, "times": times}) for name in ("one", "other")]
    for name in ("one", "other"):
        until((tmp_path / name).exists)

    async def interrupted() -> None:
        loop = asyncio.get_running_loop()
        for number in range(times):
            loop.call_later(0.2 + number / 10, signal.raise_signal, signal.SIGINT)
        await asyncio.gather(*runs, return_exceptions=True)

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(interrupted())
    assert [run.wait(10).status for run in runs] == ["cancelled"] * 2
    assert signal.getsignal(signal.SIGINT) is handler


def test_a_run_goes_on_whose_awaiting_task_has_been_cancelled_otherwise(orchestrator, tmp_path):
    @task
    def waits() -> int:
        while not (tmp_path / "gate").exists():
            time.sleep(0.01)
        return 1

    run = orchestrator.start_pipeline(plan())

    async def impatient() -> None:
        async with asyncio.timeout(0.1):
            await run

    with pytest.raises(TimeoutError):
        asyncio.run(impatient())
    (tmp_path / "gate").touch()
    assert run.wait(30)["waits"] == 1


def test_interrupts_that_come_while_a_run_is_cancelled_do_not_break_that_off(orchestrator, tmp_path, monkeypatch):
    @task
    def endless() -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        (tmp_path / "started").touch()
        time.sleep(600)

    cancel, wishes = RunDriver.cancel, []

    def cancel_amid_interrupts(driver, *, at_once=False):
        signal.raise_signal(signal.SIGINT)
        wishes.append(at_once)
        cancel(driver, at_once=at_once)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(RunDriver, "cancel", cancel_amid_interrupts)
    handler = signal.getsignal(signal.SIGINT)
    run = orchestrator.start_pipeline(plan())
    until((tmp_path / "started").exists)
    threading.Timer(0.2, os.kill, [os.getpid(), signal.SIGINT]).start()
    with pytest.raises(KeyboardInterrupt) as caught:
        run.wait(60)
    assert caught.value.__context__ is None
    assert wishes == [False, True]
    assert run.status == "cancelled"
    assert signal.getsignal(signal.SIGINT) is handler

    @task
    def one() -> int:
        return 1

    assert orchestrator.start_pipeline(plan(targets=["one"])).wait(60)["one"] == 1


def test_a_timeout_ends_the_attempt_within_a_second(orchestrator):
    @task(timeout=0.3, fail_safe=True)
    def endless() -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while True:
            pass

    @task(dependencies=["endless"])
    def after() -> int:
        return 1

    run = orchestrator.start_pipeline(plan()).wait(60)
    assert states(run) == {"endless": "timed_out", "after": "succeeded"}
    assert run.tasks.set_index("task").loc["endless", "duration"].total_seconds() < 1.5
    assert "0.3 s" in run.failures["error"].iloc[0]


def test_a_cooperative_task_hears_that_it_is_cancelled(orchestrator, tmp_path):
    @task
    def polite(context: TaskContext) -> None:
        (tmp_path / "started").touch()
        while not context.cancelled:
            time.sleep(0.01)
        (tmp_path / "heard").touch()

    run = orchestrator.start_pipeline(plan())
    until((tmp_path / "started").exists)
    run.cancel().wait(10)
    assert (tmp_path / "heard").exists()


def test_killed_worker_costs_only_its_own_attempt(orchestrator, tmp_path):
    @task(max_retries=1, retry_delay=0)
    def dies_once(context: TaskContext) -> int:
        if context.attempt == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return context.attempt

    @task
    def sibling() -> int:
        time.sleep(0.3)
        return 1

    run = orchestrator.start_pipeline(plan()).wait(60)
    assert run["dies_once"] == 2
    assert run.tasks.set_index("task")["attempts"].to_dict() == {"dies_once": 2, "sibling": 1}
    assert run.failures["exit_status"].tolist() == ["signal 9 (SIGKILL)"]
    assert "signal 9" in run.failures["error"].iloc[0]


def test_a_worker_that_is_lost_while_it_writes_leaves_nothing_half_written(orchestrator, tmp_path, home):
    note = tmp_path / "note"

    class Deadly:
        def __reduce__(self):
            if not note.exists():
                note.touch()
                os.kill(os.getppid(), signal.SIGKILL)  # the fork server, and this worker with it
                time.sleep(60)
            return str, ("second time",)

    @task
    def deadly():
        return [bytes(3_000_000), Deadly()]

    run = orchestrator.start_pipeline(plan()).wait(30)
    assert run["deadly"][1] == "second time"
    assert run.tasks.loc[0, "attempts"] == 1
    assert not list(home.rglob("*.tmp"))


def test_a_run_of_a_killed_process_is_interrupted_and_its_workers_are_gone(tmp_path, home):
    script = tmp_path / "killed.py"
    script.write_text(
        textwrap.dedent("""
            import os, sys, time
            from dpnb import Orchestrator, get_planner, task

            @task
            def quick() -> int: return 1

            @task
            def endless(quick: int) -> None:
                print(os.getpid(), flush=True)
                time.sleep(600)

            run = Orchestrator(workers=1).start_pipeline(get_planner().create_execution_plan())
            while not run.logs("endless"): time.sleep(0.01)
            run.record  # all that has happened is in the ledger
            print(run.run_id, run.logs("endless"), flush=True)
            time.sleep(600)
        """)
    )
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        run_id, pid = process.stdout.readline().split()
        process.kill()
    until(lambda: is_gone(int(pid)), seconds=2)
    run = get_run(run_id)
    assert run.status == "interrupted"
    assert run["quick"] == 1
    assert runs()["status"].astype(str).tolist() == ["interrupted"]


def test_a_run_that_is_not_waited_for_ends_with_its_process(tmp_path, home):
    script = tmp_path / "left.py"
    script.write_text(
        textwrap.dedent("""
            import time
            from dpnb import Orchestrator, get_planner, task

            @task
            def endless() -> None: time.sleep(600)

            run = Orchestrator(workers=1).start_pipeline(get_planner().create_execution_plan())
            while run.tasks["state"].iloc[0] != "running": time.sleep(0.01)
        """)
    )
    subprocess.run([sys.executable, str(script)], timeout=60, check=True)
    assert runs()["status"].astype(str).tolist() == ["cancelled"]


def test_an_interrupt_at_an_inline_task_cancels_the_run():
    @task
    def interrupted() -> None:
        signal.raise_signal(signal.SIGINT)

    @task(dependencies=["interrupted"])
    def after() -> None: ...

    with pytest.raises(KeyboardInterrupt):
        Orchestrator(executor=InlineExecutor()).start_pipeline(plan())
    assert runs()["status"].astype(str).tolist() == ["cancelled"]


def short_ones_then_long_ones(registry, *, broken: bool) -> None:
    """Define tasks whose pace has long ones handed out ahead of their turn."""

    def short() -> None: ...

    def fails() -> None:
        raise ValueError("한 번도")

    def long() -> None:
        time.sleep(0.3)

    for number in range(30):
        task(short, name=f"a{number:02}", registry=registry)
    if broken:
        task(fails, name="b", registry=registry)
    for number in range(20):
        task(long, name=f"c{number:02}", registry=registry)


def test_a_failed_run_starts_nothing_that_was_handed_out_ahead(registry, orchestrator):
    short_ones_then_long_ones(registry, broken=True)
    run = orchestrator.start_pipeline(plan()).wait(30)
    table = run.tasks.set_index("task")
    skipped = table[table["state"] == "skipped"]
    assert len(skipped) >= 20 - 2 * run.record.workers
    assert (skipped["attempts"] == 0).all()
    assert skipped["started"].isna().all()
    assert set(skipped["reason"]) == {"task 'b' failed"}


def test_a_cancelled_run_tells_of_no_attempt_that_never_began(registry, orchestrator, monkeypatch):
    cancel = PoolSession.cancel

    def cancel_slowly(session, task_name, *, at_once):
        cancel(session, task_name, at_once=at_once)
        time.sleep(0.05)  # a new worker is there by then, and must find nothing to begin with

    monkeypatch.setattr(PoolSession, "cancel", cancel_slowly)
    short_ones_then_long_ones(registry, broken=False)
    run = orchestrator.start_pipeline(plan())
    until(lambda: any(name.startswith("c") and state == "running" for name, state in states(run).items()))
    run.cancel().wait(30)
    table = run.tasks
    cancelled = table[table["state"] == "cancelled"]
    assert (cancelled["attempts"] == 1).sum() <= 2
    assert cancelled.loc[cancelled["attempts"] == 0, ["started", "duration"]].isna().all(axis=None)
    assert len(run.attempts) == table["attempts"].sum()


def test_a_rule_for_retries_that_takes_its_time_holds_up_no_deadline(orchestrator, tmp_path):
    beat = tmp_path / "beat"

    def slow_rule(attempt):
        time.sleep(30)
        return float(attempt)

    @task(max_retries=1, retry_delay=slow_rule, fail_safe=True)
    def failing():
        raise ValueError

    @task(timeout=0.5, fail_safe=True)
    def endless():
        while True:
            beat.touch()

    run = orchestrator.start_pipeline(plan())
    until(lambda: run.tasks.set_index("task").state["endless"] == "timed_out")
    assert run.is_running
    assert run.cancel().wait(10).status == "cancelled"
    assert run.tasks.set_index("task").state["failing"] in ("cancelled", "failed")
