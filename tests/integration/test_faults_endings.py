"""How a task that hangs, crashes or leaves is told of: faults 1, 2 and 4, with real processes and signals.

What a dead or hung worker costs the pool is in `test_process_pool.py`.
"""

from __future__ import annotations

import ctypes
import os
import signal
import time

import pytest

from dpnb import Orchestrator, get_planner, task
from dpnb.errors import CallTimedOutError, WorkerDiedError
from tests.calls import submit

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("registry")]


def _nothing() -> None: ...


def _hang_in_python() -> None:
    def wait_for_godot() -> None:
        while True:
            time.sleep(0.1)

    wait_for_godot()


def _hang_deaf() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    sum(iter(int, 1))  # endless, in C


def _hang_politely() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(600)


@pytest.mark.parametrize(
    ("hang", "told"),
    [
        (_hang_in_python, "in wait_for_godot"),
        (_hang_deaf, "in _hang_deaf"),
        (_hang_politely, "in _hang_politely"),
    ],
    ids=["in Python", "in C with SIGTERM blocked", "with SIGTERM ignored"],
)
def test_the_log_tells_where_a_timed_out_task_hung(pool, hang, told):
    """Fault 4: the stacks of all threads are in the log of an attempt that was killed, dead within 1 s."""
    printed: list[bytes] = []
    pool.submit(_nothing).result(30)  # this module is imported
    started = time.monotonic()
    future = submit(pool, hang, timeout=0.3, on_output=printed.append)
    assert isinstance(future.exception(30), CallTimedOutError)
    assert time.monotonic() - started < 1.3
    assert told in b"".join(printed).decode()


def _crash() -> None:
    ctypes.string_at(0)


@pytest.mark.parametrize(
    ("crash", "signum", "told"),
    [(_crash, signal.SIGSEGV, "Segmentation fault"), (os.abort, signal.SIGABRT, "Aborted")],
    ids=["segfault", "abort"],
)
def test_the_log_tells_where_compiled_code_crashed(pool, crash, signum, told):
    """Fault 1: the attempt fails with the signal, and its log has the stacks."""

    def call():
        crash()

    printed: list[bytes] = []
    error = submit(pool, call, on_output=printed.append).exception(30)
    assert isinstance(error, WorkerDiedError)
    assert error.how == f"signal {signum} ({signum.name})"
    log = b"".join(printed).decode()
    assert told in log
    assert "in call" in log


@pytest.mark.parametrize("end", [SystemExit(0), SystemExit("bye"), KeyboardInterrupt(), GeneratorExit()], ids=repr)
def test_a_task_that_raises_its_way_out_fails_and_its_worker_lives(end):
    """Fault 2: whatever is raised is the attempt's own failure."""

    @task(fail_safe=True)
    def leaving() -> None:
        raise end

    @task(dependencies=["leaving"])
    def after() -> int:
        return os.getpid()

    run = Orchestrator(workers=1).start_pipeline(get_planner().create_execution_plan()).wait(60)
    assert run.failures["error_type"].tolist() == [type(end).__name__]
    assert run["after"] == run.attempts.set_index("task").loc["leaving", "worker_pid"]
