"""What tasks may take of memory and processors: fault 3 and the limits, with real processes."""

from __future__ import annotations

import mmap
import os
import resource
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from dpnb import InlineExecutor, Orchestrator, TaskContext, get_planner, task
from dpnb.errors import MemoryLimitError, WorkerDiedError
from dpnb.orchestrator.pool import PoolOptions, ProcessPool
from dpnb.orchestrator.worker.memory_limit import held_to
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("registry")]


def test_a_victim_of_the_out_of_memory_killer_is_called_one(tmp_path, monkeypatch):
    """Fault 3: a SIGKILL that nobody of ours sent, while the system's count of such kills went up."""
    counter = tmp_path / "vmstat"
    counter.write_text("nr_free_pages 1\noom_kill 3\n")
    monkeypatch.setattr("dpnb.orchestrator.pool.oom_kills._MACHINE", counter)

    def die(kills):
        counter.write_text(f"oom_kill {kills}\n")
        os.kill(os.getpid(), signal.SIGKILL)

    def how(error):
        assert isinstance(error, WorkerDiedError)
        return error.how

    with ProcessPool(1, options=PoolOptions(preload=())) as pool:
        assert how(pool.submit(die, 3).exception(30)) == "signal 9 (SIGKILL)"
        assert how(pool.submit(die, 4).exception(30)) == "signal 9 (SIGKILL), out of memory"
        assert how(pool.submit(die, 4).exception(30)) == "signal 9 (SIGKILL)"
        score = pool.submit(Path("/proc/self/oom_score_adj").read_text).result(30)
        assert int(score) >= 500  # rather a worker than the kernel


def _make_group() -> Path | None:
    mount = Path("/sys/fs/cgroup")
    for folder, limit in ((mount / "memory", "memory.limit_in_bytes"), (mount, "memory.max")):
        group = folder / f"dpnb-test-{os.getpid()}"
        with suppress(OSError):
            (folder / "cgroup.procs").read_text()
            group.mkdir()
            if (group / limit).exists():
                (group / limit).write_text(str(200 * 10**6))
                return group
            group.rmdir()
    return None


@pytest.fixture
def little_memory() -> Iterator[Path]:
    """Give a control group of 200 MB; a process joins it by writing its id into ``cgroup.procs``."""
    group = _make_group()
    if group is None:
        pytest.skip("this user may make no control group, so that the out-of-memory killer cannot be provoked safely")
    yield group
    until(lambda: not (group / "cgroup.procs").read_text())
    group.rmdir()


def test_the_system_s_own_out_of_memory_killer_costs_one_attempt_only(little_memory):
    @task(max_retries=1, retry_delay=0)
    def hungry(context: TaskContext) -> int:
        if context.attempt == 1:
            (little_memory / "cgroup.procs").write_text(str(os.getpid()))
            return len(bytearray(600 * 10**6))
        return context.attempt

    @task
    def sibling() -> int:
        return 1

    run = Orchestrator(workers=2).start_pipeline(get_planner().create_execution_plan()).wait(60)
    assert (run["hungry"], run["sibling"]) == (2, 1)
    assert run.failures["exit_status"].tolist() == ["signal 9 (SIGKILL), out of memory"]


def _grow_in_python() -> None:
    kept: list[str] = []
    while True:
        kept.append("x" * 1000 + str(len(kept)))


def _grow_in_one_step() -> None:
    list(range(10**9))


def _grow_in_numpy() -> None:
    import numpy as np

    np.ones(10**9)


def _grow_in_a_child() -> None:
    code = "import time; kept = []\nfor _ in range(1000): kept.append(bytearray(b'x' * 1_000_000)); time.sleep(0.005)"
    subprocess.run([sys.executable, "-c", code], check=True)


def _grow_where_no_limit_reaches() -> None:
    """Fill memory that was reserved before, as Arrow's allocator does."""
    from dpnb.orchestrator.pool import linux

    reserved = mmap.mmap(-1, 2**30, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    with held_to(100 * 10**6, "grow"):
        before = linux.private_memory_bytes()
        for begin in range(0, 2**30, 2**20):
            reserved[begin : begin + 2**20] = bytes([1]) * 2**20
            assert linux.private_memory_bytes() - before < 900 * 10**6
            time.sleep(0.001)


@pytest.mark.parametrize("grow", [_grow_in_python, _grow_in_one_step, _grow_in_numpy, _grow_in_a_child])
def test_an_attempt_beyond_its_memory_limit_fails_and_its_worker_lives(grow):
    """Resources: the failure names the limit, and the user's line where memory was asked for."""

    @task(memory_limit="100MB", fail_safe=True)
    def greedy() -> None:
        grow()

    @task(dependencies=["greedy"])
    def after() -> int:
        return os.getpid()

    run = Orchestrator(workers=1).start_pipeline(get_planner().create_execution_plan()).wait(60)
    failure = run.failures.iloc[0]
    assert failure["error_type"] == "MemoryLimitError"
    assert "memory limit of 100 MB" in failure["error"]
    assert "grow()" in failure["traceback"]
    assert run["after"] == run.attempts.set_index("task").loc["greedy", "worker_pid"]


def test_memory_that_was_reserved_before_counts_when_it_is_used(pool):
    """Resources: as above."""
    assert isinstance(pool.submit(_grow_where_no_limit_reaches).exception(60), MemoryLimitError)


def test_a_large_input_does_not_count_and_the_limit_ends_with_its_attempt():
    """Resources: mapped inputs are free; the next task may take what it likes."""

    @task
    def large() -> pd.DataFrame:
        return pd.DataFrame({"x": range(40_000_000)}, dtype="int64")

    @task(memory_limit="100MB")
    def summed(large: pd.DataFrame) -> int:
        return int(large["x"].sum())

    @task(dependencies=["summed"])
    def unlimited() -> int:
        return len(b"x" * 400_000_000) + resource.getrlimit(resource.RLIMIT_DATA)[0]

    run = Orchestrator(workers=1).start_pipeline(get_planner().create_execution_plan()).wait(60)
    assert run["summed"] == sum(range(40_000_000))
    assert run["unlimited"] == 400_000_000 + resource.getrlimit(resource.RLIMIT_DATA)[0]


def test_inline_no_limit_touches_the_user_s_own_process():
    """Resources: the notebook's process, and what it has started, are not the task's."""

    @task(memory_limit="1MB", cpus=1)
    def large() -> tuple[int, str | None]:
        time.sleep(0.2)
        return len(b"x" * 50_000_000), os.environ.get("OMP_NUM_THREADS")

    with subprocess.Popen(["sleep", "600"]) as child:
        run = Orchestrator(executor=InlineExecutor()).start_pipeline(get_planner().create_execution_plan())
        assert run["large"] == (50_000_000, os.environ.get("OMP_NUM_THREADS"))
        assert child.poll() is None
        child.kill()


def test_a_task_computes_in_as_many_threads_as_it_asked_for():
    """Resources: libraries and children read it from the environment, which is put back."""

    @task(cpus=1.5)
    def asked() -> str | None:
        return os.environ.get("OMP_NUM_THREADS")

    @task
    def after(asked: str | None) -> str | None:
        return os.environ.get("OMP_NUM_THREADS")

    run = Orchestrator(workers=2).start_pipeline(get_planner().create_execution_plan()).wait(60)
    assert run["asked"] == "2"
    assert run["after"] == os.environ.get("OMP_NUM_THREADS")
