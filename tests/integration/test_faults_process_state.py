"""What tasks change in their workers' processes, and close: fault 6, with real processes.

Junk on dpnb's own channel is in `test_process_pool.py`.
"""

from __future__ import annotations

import gc
import io
import locale
import logging
import os
import resource
import signal
import socket
import sys
import threading
import time
import warnings
from pathlib import Path

import pytest

from dpnb.errors import WorkerDiedError
from dpnb.orchestrator.pool import PoolOptions, ProcessPool
from tests.calls import submit
from tests.processes import is_gone
from tests.waiting import until

pytestmark = pytest.mark.integration


def _look() -> dict[str, object]:
    """Tell everything that a task may change in its process."""
    return {
        "cwd": os.getcwd(),  # noqa: PTH109
        "environment": dict(os.environ),
        "umask": (now := os.umask(0), os.umask(now))[0],
        "handlers": [repr(signal.getsignal(number)) for number in range(1, 30)],
        "blocked": signal.pthread_sigmask(signal.SIG_BLOCK, ()),
        "wakeup": signal.set_wakeup_fd(-1),
        "timers": [signal.getitimer(timer) for timer in (0, 1, 2)],
        "streams": [id(stream) for stream in (sys.stdin, sys.stdout, sys.stderr)],
        "descriptors": [os.fstat(number).st_ino for number in (0, 1, 2)],
        "path": list(sys.path),
        "argv": list(sys.argv),
        "filters": list(warnings.filters),
        "logging": [repr(logging.root.handlers), logging.root.level, logging.root.manager.disable],
        "locale": locale.setlocale(locale.LC_ALL),
        "recursion": sys.getrecursionlimit(),
        "tracing": [sys.gettrace(), sys.getprofile()],
        "gc": gc.isenabled(),
        "limits": [resource.getrlimit(kind) for kind in (resource.RLIMIT_AS, resource.RLIMIT_NOFILE)],
        "timeout": socket.getdefaulttimeout(),
    }


def _turn_upside_down() -> int:
    doomed = Path("doomed").absolute()
    doomed.mkdir()
    os.chdir(doomed)
    doomed.rmdir()
    os.environ["DPNB_LEFT"] = "behind"
    del os.environ["PATH"]
    os.umask(0o777)
    for each in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM, signal.SIGPROF, signal.SIGUSR1):
        signal.signal(each, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGUSR2])
    _, write = os.pipe()
    os.set_blocking(write, False)
    signal.set_wakeup_fd(write)
    signal.alarm(600)
    signal.setitimer(signal.ITIMER_PROF, 500)
    sys.stdin, sys.stdout, sys.stderr = io.StringIO(), io.StringIO(), None
    null = os.open(os.devnull, os.O_RDWR)
    for number in (1, 2):
        os.dup2(null, number)
    os.close(0)
    sys.path = ["/nowhere"]
    sys.argv.append("--left")
    warnings.simplefilter("error")
    logging.basicConfig(force=True, level=logging.ERROR)
    logging.disable(logging.CRITICAL)
    locale.setlocale(locale.LC_ALL, "C")
    sys.setrecursionlimit(200)
    sys.setprofile(lambda *_: None)
    gc.disable()
    resource.setrlimit(resource.RLIMIT_AS, (2**40, resource.getrlimit(resource.RLIMIT_AS)[1]))
    socket.setdefaulttimeout(0.001)
    return os.getpid()


def test_the_next_task_sees_a_clean_worker(pool, tmp_path, monkeypatch):
    """Fault 6: folder, environment, signals, streams, limits, … are put back; nothing of them is worth a new worker."""
    monkeypatch.chdir(tmp_path)
    pool.submit(_look).result(30)  # importing this module adds to the warning filters
    before = pool.submit(_look).result(30)
    worker = pool.submit(_turn_upside_down).result(30)
    after = pool.submit(_look).result(30)
    assert {name: after[name] for name in before if after[name] != before[name]} == {}
    assert pool.submit(os.getpid).result(30) == worker


def test_what_the_next_task_prints_still_arrives(pool):
    """Fault 6: after the streams were replaced and their descriptors pointed elsewhere."""

    def speak():
        print("out")
        logging.getLogger("user").info("logged")
        warnings.warn("careful", stacklevel=1)
        os.system("echo child")

    pool.submit(_turn_upside_down).result(30)
    printed: list[bytes] = []
    submit(pool, speak, on_output=printed.append).result(30)
    told = b"".join(printed).decode()
    assert all(word in told for word in ("out\n", "INFO user: logged", "UserWarning: careful", "child\n"))


def test_a_task_that_closes_all_descriptors_fails_and_is_told_so(pool):
    """Fault 6: its answer has no way back; the next task finds a new worker."""
    error = pool.submit(os.closerange, 0, 1024).exception(30)
    assert isinstance(error, WorkerDiedError)
    assert "having lost its channel: the call closed descriptors" in error.how
    assert pool.submit(abs, -1).result(30) == 1


def test_standard_input_is_empty(pool):
    """Fault 6: a task that asks for input gets an end of file, and never waits."""
    assert isinstance(pool.submit(input).exception(30), EOFError)
    assert pool.submit(lambda: os.read(0, 10)).result(30) == b""


def _close_stdout() -> None:
    sys.stdout.close()


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda: threading.Thread(target=time.sleep, args=(600,), name="loiterer").start(), "loiterer"),
        (lambda: threading.Thread(target=time.sleep, args=(600,), daemon=True, name="ghost").start(), "ghost"),
        (_close_stdout, "closed streams could not be restored"),
        (lambda: os.nice(5) and None, "priority could not be restored"),
        (lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100)), "resource limits could not be restored"),
    ],
    ids=["thread", "daemon thread", "closed stdout", "niceness", "hard limit"],
)
@pytest.mark.parametrize("start_method", ["forkserver", "spawn"])
def test_a_worker_that_cannot_be_cleaned_is_replaced_at_no_cost(spoil, why, start_method):
    """Fault 6: the attempt succeeds, its log says why, the next one finds a new process."""
    if os.geteuid() == 0 and why.startswith(("priority", "resource")):
        pytest.skip("root may raise its own limits again")
    with ProcessPool(1, options=PoolOptions(preload=(), start_method=start_method)) as pool:
        before = pool.submit(os.getpid).result(30)
        printed: list[bytes] = []
        future = submit(pool, spoil, on_output=printed.append)
        later = [pool.submit(os.getpid) for _ in range(20)]
        assert future.result(30) is None
        assert before not in {one.result(30) for one in later}
        assert why in b"".join(printed).decode()
        until(lambda: is_gone(before), seconds=10)
