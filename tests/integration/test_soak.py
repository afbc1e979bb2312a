"""Pipelines one after the other, while workers, fork servers and kernels are killed at random; then nothing is left.

Ten seconds as a test among others; `make soak` takes SOAK_SECONDS. A seed that is printed, or given as SOAK_SEED, says
what is killed and when; the machine says the rest.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from collections import Counter
from pathlib import Path

import psutil
import pytest

from dpnb import Workspace
from dpnb.results.records import RunStatus
from tests.processes import living
from tests.waiting import until

SECONDS = float(os.environ.get("SOAK_SECONDS", "10"))
ENDED = {RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.CANCELLED}
KERNELS_END_S = 2.0

pytestmark = [pytest.mark.integration, pytest.mark.timeout(SECONDS * 2 + 180)]

# One kernel: it resumes what others have left, then starts runs of its own until it is told to stop, or is killed.
KERNEL = """
    import os, random, subprocess, time
    from pathlib import Path
    from dpnb import Orchestrator, get_planner, get_run, runs, task
    from dpnb.errors import DpnbError
    from dpnb.orchestrator import PoolExecutor, PoolOptions

    @task(max_retries=5, retry_delay=0.01)
    def source() -> list[int]:
        if random.random() < 0.3:
            raise OSError("a source that is not always there")
        return list(range(100))

    @task(stream_output=True, max_retries=5, retry_delay=0.01)
    def parts(source: list[int]):
        for number in source[:20]:
            time.sleep(0.005)
            yield number

    @task(max_retries=5, retry_delay=0.01)
    def large(source: list[int]) -> bytes:
        return bytes(3_000_000)

    @task(timeout=0.2, fail_safe=True)
    def late(source: list[int]) -> int:
        time.sleep(60)

    @task(max_retries=5, retry_delay=0.01)
    def flood(source: list[int]) -> int:
        for _ in range(200):
            print("홍수 " * 1000)
        return 1

    @task(max_retries=5, retry_delay=0.01)
    def family(source: list[int]) -> int:
        subprocess.Popen(["sleep", "600"])
        subprocess.Popen(["sleep", "600"], start_new_session=True)
        return 2

    @task(max_retries=5, retry_delay=0.01)
    def total(parts: list[int], large: bytes, flood: int, family: int) -> int:
        return sum(parts) + len(large) + flood + family

    print("has loaded", flush=True)
    executor = PoolExecutor(2, options=PoolOptions(preload=("dpnb.orchestrator.worker",)))
    table = runs()
    for run_id in table.loc[table["status"] == "interrupted", "run_id"] if len(table) else ():
        get_run(run_id).resume(executor=executor).wait()
    while True:
        Orchestrator(executor=executor).start_pipeline(get_planner().create_execution_plan()).wait()
        if Path(os.environ["SOAK_STOP"]).exists():
            break
"""


def shares_memory(process: psutil.Process) -> bool:
    """Tell whether a process has a named semaphore or segment, which could outlive it."""
    try:
        return "/dev/shm/" in Path(f"/proc/{process.pid}/maps").read_text()
    except OSError:
        return False


def kill(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


class Soak:
    """A kernel at a time, and somebody who kills."""

    def __init__(self, folder: Path, home: Path, seed: int) -> None:
        self.home = home
        self.killed: Counter[str] = Counter()
        self._random = random.Random(seed)
        self._stop = folder / "stop"
        self._script = folder / "kernel.py"
        self._script.write_text(textwrap.dedent(KERNEL))

    def go_on(self, until_s: float) -> None:
        while time.monotonic() < until_s:
            with self._start() as kernel:
                assert kernel.stdout is not None
                kernel.stdout.readline()  # a machine that is busy loads for as long as a kernel lives
                self._harass(kernel)
                kernel.kill()
            self.killed["kernel"] += 1
            until(
                lambda: not living(self.home),
                seconds=KERNELS_END_S,
                otherwise=lambda: f"outlived their kernel: {living(self.home)}",
            )

    def finish(self) -> None:
        """Have a last kernel resume what is left, and run once more, in peace."""
        self._stop.touch()
        with self._start() as kernel:
            _, told = kernel.communicate(timeout=120)
            assert kernel.returncode == 0, told
        until(
            lambda: not living(self.home),
            seconds=KERNELS_END_S,
            otherwise=lambda: f"left behind: {living(self.home)}",
        )

    def _start(self) -> subprocess.Popen[str]:
        environ = {**os.environ, "SOAK_STOP": str(self._stop), "DPNB_HOME": str(self.home)}
        return subprocess.Popen(
            [sys.executable, str(self._script)], env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def _harass(self, kernel: subprocess.Popen[str]) -> None:
        end = time.monotonic() + self._random.uniform(1.5, 6)
        while time.monotonic() < end:
            time.sleep(self._random.uniform(0.05, 0.6))
            assert kernel.poll() is None, kernel.communicate()[1]
            servers = psutil.Process(kernel.pid).children()
            workers = [worker for server in servers for worker in _children(server)]
            assert not any(map(shares_memory, [*servers, *workers]))
            victims = workers if self._random.random() < 0.8 else servers
            if victims and kill(self._random.choice(victims).pid):
                self.killed["worker" if victims is workers else "fork server"] += 1


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return list(process.children())
    except psutil.Error:
        return []


def check(home: Path) -> Counter[str]:
    """Hold what is on disk to what must be true after any number of crashes; return how the runs have ended."""
    workspace = Workspace(home)
    with workspace.ledger as ledger:
        run_ids = workspace.runs()["run_id"].tolist()
        for run_id in run_ids:
            record, lease = ledger.run(run_id), ledger.lease(run_id)
            assert record is not None
            assert record.status in ENDED
            assert lease is None or not lease.is_held
            attempts = [(attempt.task, attempt.attempt) for attempt in ledger.attempts(run_id)]
            assert len(attempts) == len(set(attempts))
            rows = {row.task: row for row in ledger.task_runs(run_id)}
            assert all(row.state.is_terminal for row in rows.values())
            stored: Counter[str] = Counter()
            for result in ledger.results(run_id):
                row = rows[result.task]
                stored[result.task] += row.state.has_result and result.attempt == row.attempts
                workspace.io_manager.verify(
                    run_id=run_id,
                    task_name=result.task,
                    task_result_id=result.result_id,
                    digest=result.digest,
                    sealed=False,
                )
            expected = {name: 20 if name == "parts" else 1 for name, row in rows.items() if row.state.has_result}
            assert +stored == expected
            assert rows["late"].state in {"timed_out", "failed", "skipped", "cancelled"}
        assert not [path for path in (home / "runs").rglob("*") if path.name.endswith((".tmp", ".damaged"))]
        return Counter(str(ledger.run(run_id).status) for run_id in run_ids)  # type: ignore[union-attr]


def test_nothing_that_is_killed_costs_more_than_itself(tmp_path, home):
    seed = int(os.environ.get("SOAK_SEED", time.time_ns() % 1_000_000))
    print(f"SOAK_SEED={seed}")
    soak = Soak(tmp_path, home, seed)
    soak.go_on(time.monotonic() + SECONDS)
    soak.finish()
    ended = check(home)
    print(f"killed: {dict(soak.killed)}; runs: {dict(ended)}")
    assert ended[str(RunStatus.SUCCEEDED)] > 0
