"""What tasks do to their workers, fault by fault, with real processes and signals.

Deaths and hangs (1, 4), junk on dpnb's own channel (6), `fork` that fails (9) and the fork server's end (10) are in
`test_process_pool.py`.
"""

from __future__ import annotations

import ctypes
import gc
import io
import locale
import logging
import mmap
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import cloudpickle
import pandas as pd
import psutil
import pytest

from dpnb import InlineExecutor, Orchestrator, get_planner, get_run, runs, task
from dpnb.errors import CallTimedOutError, MemoryLimitError, WorkerDiedError
from dpnb.orchestrator.pool import CallOptions, PoolOptions, ProcessPool
from dpnb.orchestrator.worker.memory_limit import held_to
from dpnb.planner import DAGBuilder, Planner
from tests.processes import is_gone
from tests.waiting import until

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("registry")]


@pytest.fixture
def pool():
    """Give one worker, so that each call follows the one before in the same process."""
    made = ProcessPool(1, options=PoolOptions(preload=()))
    yield made
    made.kill_workers()


def submit(pool, function, *args, **options):
    return pool.submit_call(cloudpickle.dumps((function, args, {}), protocol=5), CallOptions(**options))


# Faults 1, 2 and 4: how it ends is in the log


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
    pool.submit(_look).result(30)  # this module is imported
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


# Fault 3 and limits: memory, processors


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


# Faults 5 and 6: children, threads, and what a task changes in its process


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
        return subprocess.Popen(["sleep", "600"]).pid, os.getpid()

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


# Fault 8: output


def _print_bytes(block: bytes, times: int) -> None:
    for _ in range(times):
        os.write(1, block)
    print("the end")


@pytest.mark.parametrize(
    ("block", "times"),
    [(b"y" * 2**20, 200), (bytes(range(128, 256)) * 1000 + b"\n", 800), (b"\r 37% of it" * 5000, 2000)],
    ids=["one endless line", "invalid UTF-8", "carriage returns"],
)
def test_a_flood_of_output_is_bounded_and_ends_with_its_end(block, times, home):
    """Fault 8: ≥ 100 MB of each; the log keeps head and tail, says what is missing, and can be read."""

    @task
    def flood() -> None:
        _print_bytes(block, times)

    run = Orchestrator(workers=1).start_pipeline(get_planner().create_execution_plan())
    largest = 0
    while run.is_running:
        largest = max([largest, *[log.stat().st_size for log in home.rglob("attempt_1.log")]])
        time.sleep(0.01)
    log = run.wait(60).logs("flood")
    assert log.endswith("the end\n")
    assert largest <= 10 * 2**20 + 2**16
    assert len(log.encode()) <= 3 * (10 * 2**20)  # a replacement character takes three bytes
    assert ("bytes left out here" in log) is (b"\r" not in block)


def test_a_flood_of_output_costs_other_tasks_nothing_much(home):
    """Fault 8: tasks beside one that prints a gigabyte are not held up."""

    @task
    def flood() -> None:
        _print_bytes(b"some words\n" * 2**16, 1500)

    def small() -> int:
        return 1

    for number in range(200):
        task(name=f"small_{number}")(small)

    run = Orchestrator(workers=2).start_pipeline(get_planner().create_execution_plan()).wait(120)
    tasks = run.tasks.set_index("task")
    assert run.status == "succeeded"
    ends = tasks["started"] + tasks["duration"]
    assert ends.drop("flood").max() - tasks["started"].min() < (ends["flood"] - tasks["started"].min()) * 0.7


# Fault 11: runs in tasks


def test_a_task_may_run_tasks_of_its_own_and_leaves_nothing_of_it():
    """Fault 11: it works, in the same workspace, and the worker is as it was before."""

    @task
    def outer() -> tuple[int, int]:
        from dpnb.registry import TaskRegistry

        own = TaskRegistry()

        @task(registry=own)
        def inner() -> int:
            return 21

        run = Orchestrator(workers=2).start_pipeline(Planner(DAGBuilder(own)).create_execution_plan())
        return run.wait(60)["inner"] * 2, os.getpid()

    @task
    def after(outer: tuple[int, int]) -> bool:
        return outer[1] == os.getpid() and not psutil.Process().children() and threading.active_count() == 1

    run = Orchestrator(workers=1).start_pipeline(get_planner().create_execution_plan()).wait(60)
    assert run["outer"][0] == 42
    assert run["after"] is True
    assert run.logs("outer") == ""


def test_a_run_that_a_task_does_not_wait_for_ends_with_its_attempt():
    """Fault 11: as a run ends with the process that started it."""

    @task
    def outer() -> str:
        from dpnb.registry import TaskRegistry

        own = TaskRegistry()

        @task(registry=own)
        def endless() -> None:
            time.sleep(600)

        return Orchestrator(workers=1).start_pipeline(Planner(DAGBuilder(own)).create_execution_plan()).run_id

    run = Orchestrator(workers=1).start_pipeline(get_planner().create_execution_plan()).wait(60)
    assert get_run(run["outer"]).status == "cancelled"


def _dig(depth: int) -> int:
    from dpnb.registry import TaskRegistry

    own = TaskRegistry()

    @task(registry=own)
    def deeper() -> int:
        return _dig(depth + 1)

    plan = Planner(DAGBuilder(own)).create_execution_plan()
    run = Orchestrator(workers=1).start_pipeline(plan).wait(60)
    return depth if run.status == "failed" else run["deeper"]


def test_tasks_that_start_themselves_come_to_an_end():
    """Fault 11: no fork bomb; the innermost attempt fails and says why."""
    assert _dig(0) == 2
    reasons = [get_run(run_id).failures["error_type"].tolist() for run_id in runs()["run_id"]]
    assert reasons.count(["NestedRunError"]) == 1
