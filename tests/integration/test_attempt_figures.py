"""What attempts used that did not come back to tell of it: processor time, memory, bytes read and written."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from dpnb import Orchestrator, get_planner, task
from dpnb.orchestrator import PoolExecutor, PoolOptions
from tests.waiting import until

pytestmark = [
    pytest.mark.integration,
    pytest.mark.usefixtures("registry"),
    pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell what a process has read"),
]

MIB = 1 << 20


@pytest.fixture(params=["forkserver", "spawn"])
def orchestrator(request):
    return Orchestrator(executor=PoolExecutor(1, options=PoolOptions(preload=(), start_method=request.param)))


def use(*, cpu_s: float, memory_bytes: int, read_bytes: int = 0, written_bytes: int = 0) -> None:
    """Use so much, half of the processor time in a child that is waited for."""
    child = os.fork()
    until_s = time.process_time() + cpu_s / 2 if child else cpu_s / 2
    while time.process_time() < until_s:
        pass
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    memory = bytearray(memory_bytes)
    memory[::4096] = bytes(len(memory[::4096]))
    with Path("/dev/zero").open("rb", buffering=0) as source, Path(os.devnull).open("wb", buffering=0) as sink:
        source.readinto(memory[:read_bytes])
        sink.write(memory[:written_bytes])


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def crash() -> None:
    ctypes.string_at(0)


def hang() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    time.sleep(600)


def test_an_attempt_that_does_not_come_back_has_its_own_figures_and_nobody_elses(orchestrator):
    """The worker has used more for the attempt before, which is not the killed one's."""

    @task
    def heavy() -> np.ndarray:
        use(cpu_s=0.5, memory_bytes=120 * MIB, read_bytes=50 * MIB, written_bytes=50 * MIB)
        return np.zeros(2 * MIB, dtype="uint8")

    before = "heavy"
    for name, end, timeout in (("죽은", kill, None), ("crashed", crash, None), ("late", hang, 6.0)):

        @task(name=name, inputs={"data": "heavy"}, dependencies=[before], timeout=timeout, fail_safe=True)
        def lost(data: np.ndarray, end=end) -> None:
            use(cpu_s=0.2, memory_bytes=40 * MIB, read_bytes=5 * MIB, written_bytes=3 * MIB)
            end()

        before = name
    run = orchestrator.start_pipeline(get_planner().create_execution_plan()).wait(60)
    attempts = run.attempts.set_index("task")
    rows = attempts.loc[["죽은", "crashed", "late"]]
    assert rows["state"].astype(str).tolist() == ["failed", "failed", "timed_out"]
    assert (rows["cpu"].dt.total_seconds() > 0.18).all()
    assert rows.loc["죽은", "cpu"] < attempts.loc["heavy", "cpu"]
    assert rows.loc["죽은", "peak_memory"] < attempts.loc["heavy", "peak_memory"] - 60 * MIB
    assert (rows["peak_memory"] > 40 * MIB).all()
    assert (rows["read"] >= 7 * MIB).all(), "the argument is mapped, and counts as read"
    assert rows.loc["죽은", "read"] < 9 * MIB
    assert rows["written"].between(3 * MIB, 4 * MIB).all()
    assert run.tasks.set_index("task").loc[rows.index, ["cpu", "peak_memory"]].equals(rows[["cpu", "peak_memory"]])


def test_an_attempt_that_is_cancelled_at_once_has_its_figures(orchestrator, tmp_path):
    @task
    def stubborn() -> None:
        use(cpu_s=0.2, memory_bytes=MIB, written_bytes=MIB)
        (tmp_path / "used").touch()
        hang()

    run = orchestrator.start_pipeline(get_planner().create_execution_plan())
    until((tmp_path / "used").exists)
    run.cancel().cancel().wait(10)
    (attempt,) = run.attempts.itertuples()
    assert str(attempt.state) == "cancelled"
    assert attempt.cpu.total_seconds() > 0.18
    assert MIB <= attempt.written < 2 * MIB


class SlowToUnpickle:
    """Has its worker busy before the attempt can begin."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __setstate__(self, state) -> None:
        use(cpu_s=0.2, memory_bytes=MIB, written_bytes=MIB)
        state["mark"].touch()
        hang()


def test_an_attempt_that_is_cancelled_before_its_worker_had_its_code_has_figures_too(orchestrator, tmp_path):
    slow = SlowToUnpickle(tmp_path / "used")

    @task
    def never() -> str:
        return str(slow)

    run = orchestrator.start_pipeline(get_planner().create_execution_plan())
    until((tmp_path / "used").exists)
    run.cancel().cancel().wait(10)
    (attempt,) = run.attempts.itertuples()
    assert attempt.cpu.total_seconds() > 0.18
    assert attempt.written >= MIB
