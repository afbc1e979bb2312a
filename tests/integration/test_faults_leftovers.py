"""What tasks leave running, or leaking, in their workers: faults 5 and 7, with real processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from dpnb.orchestrator.pool import PoolOptions, ProcessPool
from tests.calls import submit
from tests.processes import is_gone

pytestmark = pytest.mark.integration


def _daemonize(note: Path) -> None:
    code = "import os,time\nif os.fork(): os._exit(0)\nos.setsid()\nif os.fork(): os._exit(0)\n"
    code += f"open({str(note)!r},'w').write(str(os.getpid())); time.sleep(600)"
    subprocess.run([sys.executable, "-c", code], check=True)
    while not note.exists() or not note.read_text():
        time.sleep(0.01)


def test_children_and_daemons_end_with_an_attempt_that_succeeds(pool, tmp_path):
    """Fault 5: what an attempt started is gone when it is over, a daemon forked twice too; the worker lives."""

    def leave_family(note):
        _daemonize(note)
        sleeper = subprocess.Popen(["sleep", "600"]).pid
        while not psutil.Process(sleeper).cmdline():  # it has no name yet while the system is giving it its program
            time.sleep(0.01)
        return sleeper, os.getpid()

    printed: list[bytes] = []
    child, worker = submit(pool, leave_family, tmp_path / "daemon", on_output=printed.append).result(30)
    assert is_gone(child)
    assert is_gone(int((tmp_path / "daemon").read_text()))
    assert "killed what the task left running: " in (told := b"".join(printed).decode())
    assert "sleep 600" in told
    assert pool.submit(os.getpid).result(30) == worker


def test_a_child_that_ended_unnoticed_is_no_news(pool):
    """Fault 5: a zombie is reaped, and nobody is told."""

    def leave_zombie():
        child = os.posix_spawnp("true", ["true"], os.environ)
        while psutil.Process(child).status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.01)
        return child

    printed: list[bytes] = []
    child = submit(pool, leave_zombie, on_output=printed.append).result(30)
    assert not psutil.pid_exists(child)
    assert printed == []


def test_shared_memory_that_a_task_leaves_is_freed(pool):
    """Fault 5: multiprocessing's resource tracker goes with the attempt, and frees what it keeps track of."""

    def leave_shared_memory():
        from multiprocessing.shared_memory import SharedMemory

        return SharedMemory(create=True, size=1000).name, os.getpid()

    name, worker = pool.submit(leave_shared_memory).result(30)
    assert not Path("/dev/shm", name).exists()
    assert pool.submit(leave_shared_memory).result(30)[1] == worker


def test_files_that_tasks_leave_open_do_not_add_up(pool):
    """Fault 7: descriptors run out after a thousand; the worker is replaced long before."""

    def leak():
        for _ in range(40):
            os.open(os.devnull, os.O_RDONLY)
        return len(list(Path("/proc/self/fd").iterdir()))

    assert max(pool.submit(leak).result(30) for _ in range(60)) < 1000


def test_a_worker_is_replaced_after_so_many_tasks():
    """Fault 7: whatever leaks, it ends with its worker."""
    with ProcessPool(1, options=PoolOptions(preload=(), max_tasks_per_worker=3)) as pool:
        pids = [pool.submit(os.getpid).result(30) for _ in range(9)]
        assert [pids.count(pid) for pid in dict.fromkeys(pids)] == [3, 3, 3]


def test_a_worker_that_holds_too_much_memory_is_replaced():
    """Fault 7: memory that a task leaks goes back with the worker; mapped files do not count."""

    def leak(size):
        vars(sys).setdefault("leaked", []).append(b"x" * size)
        return os.getpid()

    with ProcessPool(1, options=PoolOptions(preload=(), max_worker_memory=150 * 2**20)) as pool:
        first = pool.submit(leak, 1).result(30)
        assert pool.submit(leak, 200 * 2**20).result(30) == first
        assert pool.submit(leak, 1).result(30) != first


@pytest.mark.parametrize("options", [{"max_tasks_per_worker": 0}, {"max_worker_memory": -1}])
def test_recycling_that_means_nothing_is_refused(options):
    """Fault 7: a worker serves at least one task."""
    with pytest.raises(ValueError, match="at least 1"):
        PoolOptions(**options)
