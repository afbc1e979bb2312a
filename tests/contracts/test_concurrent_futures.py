"""What anyone may expect of a `concurrent.futures.Executor`, asked of the standard one too, so that it is fair.

The points are those that CPython checks of its own executors. Where a dead worker is concerned the answers differ: it
breaks the standard pool, and costs ours one call.
"""

from __future__ import annotations

import gc
import itertools
import multiprocessing
import os
import pickle
import subprocess
import sys
import textwrap
import threading
import time
import weakref
from concurrent.futures import (
    ALL_COMPLETED,
    FIRST_COMPLETED,
    FIRST_EXCEPTION,
    BrokenExecutor,
    CancelledError,
    ProcessPoolExecutor,
    as_completed,
    wait,
)
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from dpnb.errors import WorkerStartError
from dpnb.orchestrator.pool import PoolOptions, ProcessPool
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Executor

pytestmark = [
    pytest.mark.integration,
    # The standard pools have semaphores, which the collector may find while another is being let go; ours have none.
    pytest.mark.filterwarnings("ignore:ResourceTracker called reentrantly:UserWarning"),
]

LONG_S = 30


@dataclass(frozen=True)
class Kind:
    """A way to make executors, and what differs in what they promise."""

    make: Callable[..., Executor]
    source: str  # the same, in a script
    start_failure: type[Exception]
    is_ours: bool = True

    def pids(self, executor: Any) -> list[int]:
        return executor.worker_pids if self.is_ours else list(executor._processes)

    def thread(self, executor: Any) -> threading.Thread:
        thread: threading.Thread = executor._manager._thread if self.is_ours else executor._executor_manager_thread
        return thread


def make_standard(workers=2, *, initializer=None, initargs=(), tasks_per_worker=None):
    return ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("forkserver"),
        initializer=initializer,
        initargs=initargs,
        max_tasks_per_child=tasks_per_worker,
    )


def make_ours(method):
    def make(workers=2, *, initializer=None, initargs=(), tasks_per_worker=None):
        options = PoolOptions(
            start_method=method,
            preload=(),
            initializer=initializer,
            initargs=initargs,
            max_tasks_per_worker=tasks_per_worker,
        )
        return ProcessPool(workers, options=options)

    return make


OURS = (
    "from dpnb.orchestrator.pool import PoolOptions, ProcessPool\n"
    "def make(): return ProcessPool(2, options=PoolOptions({}))"
)
KINDS = {
    "standard": Kind(
        make_standard,
        "import multiprocessing\nfrom concurrent.futures import ProcessPoolExecutor\n"
        "def make(): return ProcessPoolExecutor(2, mp_context=multiprocessing.get_context('forkserver'))",
        BrokenExecutor,
        is_ours=False,
    ),
    "forkserver": Kind(make_ours("forkserver"), OURS.format("preload=()"), WorkerStartError),
    "spawn": Kind(make_ours("spawn"), OURS.format("preload=(), start_method='spawn'"), WorkerStartError),
}


@pytest.fixture(params=KINDS)
def kind(request) -> Kind:
    return KINDS[request.param]


@pytest.fixture(params=["forkserver", "spawn"])
def our_kind(request) -> Kind:
    return KINDS[request.param]


@pytest.fixture
def executor(kind: Kind) -> Iterator[Executor]:
    with kind.make() as made:
        yield made


def before_timeout(items):
    taken = []
    try:
        for item in items:
            taken.append(item)  # noqa: PERF402 - what came before the exception counts
    except TimeoutError:
        return taken
    pytest.fail("it did not run out of time")


def capture(*args, **kwargs):
    return args, kwargs


def multiply(x, y):
    return x * y


def touch_and_sleep(path, seconds):
    with open(path, "w"):  # noqa: PTH123 - a plain file
        time.sleep(seconds)
    return path


class Thing:
    def method(self) -> None: ...


def make_thing(_: object) -> Thing:
    return Thing()


# submit


def test_positions_and_keywords_arrive_even_those_named_like_submits_own(executor):
    assert executor.submit(pow, 2, 8).result(LONG_S) == 256
    assert executor.submit(multiply, 2, y=8).result(LONG_S) == 16
    assert executor.submit(capture, 1, self=2, fn=3).result(LONG_S) == ((1,), {"self": 2, "fn": 3})


def test_the_function_must_be_given_by_position(executor):
    for kwargs in ({"fn": capture, "arg": 1}, {"arg": 1}):
        with pytest.raises(TypeError):
            executor.submit(**kwargs)


@pytest.mark.parametrize("workers", [0, -1])
def test_a_pool_needs_a_worker(kind, workers):
    with pytest.raises(ValueError, match="max_workers must be greater than 0"):
        kind.make(workers)


def test_what_cannot_be_pickled_fails_in_its_future_and_alone(executor):
    future = executor.submit(len, [threading.Lock()])
    with pytest.raises((TypeError, pickle.PicklingError)):
        future.result(LONG_S)
    assert executor.submit(len, [1]).result(LONG_S) == 1


def test_the_original_traceback_is_in_the_cause_and_in_what_is_printed(executor):
    import traceback

    with pytest.raises(ZeroDivisionError) as caught:
        executor.submit(divide_here, 1).result(LONG_S)
    printed = "".join(traceback.format_exception(caught.value))
    assert "return number / 0  # just here" in str(caught.value.__cause__)
    assert "return number / 0  # just here" in printed


def divide_here(number):
    return number / 0  # just here


def test_arguments_are_let_go_at_once_in_this_process(executor):
    thing = Thing()
    gone = threading.Event()
    watched = weakref.ref(thing, lambda _: gone.set())
    executor.submit(thing.method)
    del thing
    assert gone.wait(LONG_S)
    assert watched() is None


def test_arguments_and_results_are_let_go_in_the_worker(executor):
    executor.submit(leave_trace_when_freed, Freed()).result(LONG_S)
    assert executor.submit(freed_count).result(LONG_S) == executor.submit(freed_count).result(LONG_S) == 1


class Freed:
    count = 0

    def __del__(self):
        Freed.count += 1


def leave_trace_when_freed(_: Freed) -> None: ...


def freed_count():
    return Freed.count


def test_results_and_calls_are_let_go_without_the_collector(our_kind):
    with our_kind.make(1) as pool:
        pool.submit(abs, 1).result(LONG_S)
        gc.disable()
        try:
            future = pool.submit(make_thing, 1)
            watched = weakref.ref(future)
            assert isinstance(future.result(LONG_S), Thing)
            del future
            until(lambda: watched() is None, seconds=5)
        finally:
            gc.enable()


# map


def test_map_keeps_order_whatever_the_chunks(executor):
    expected = [n**n for n in range(40)]
    for chunksize in (1, 6, 40, 50):
        assert list(executor.map(pow, range(40), range(40), chunksize=chunksize)) == expected


def test_map_ends_with_the_shortest(executor):
    assert list(executor.map(pow, [2, 3, 4], itertools.count(1))) == [2, 9, 64]
    assert list(executor.map(abs, [])) == []


@pytest.mark.parametrize("chunksize", [0, -1])
def test_map_refuses_chunks_without_anything_in_them(executor, chunksize):
    with pytest.raises(ValueError, match="chunksize must be >= 1"):
        executor.map(abs, [1], chunksize=chunksize)


@pytest.mark.parametrize("chunksize", [1, 2])
def test_map_raises_where_the_exception_was(executor, chunksize):
    outcomes = executor.map(divmod, [1, 1, 1, 1], [2, 3, 0, 5], chunksize=chunksize)
    assert next(outcomes) == (0, 1)
    assert next(outcomes) == (0, 1)
    with pytest.raises(ZeroDivisionError):
        next(outcomes)
    assert list(outcomes) == []


def test_map_runs_out_of_time_after_what_was_ready(executor):
    executor.submit(abs, 1).result(LONG_S)
    executor.submit(abs, 1).result(LONG_S)
    assert before_timeout(executor.map(time.sleep, [0, 0, 3], timeout=1.5)) == [None, None]


@pytest.mark.parametrize("chunksize", [1, 2])
def test_a_map_that_is_left_cancels_what_waits(executor, tmp_path, chunksize):
    names = [str(tmp_path / str(number)) for number in range(40)]
    outcomes = executor.map(touch_and_sleep, names, [0.05] * 40, chunksize=chunksize)
    assert next(outcomes) == names[0]
    outcomes.close()
    executor.shutdown()
    assert len(list(tmp_path.iterdir())) < 20


@pytest.mark.parametrize("chunksize", [1, 3])
def test_map_keeps_no_result(executor, chunksize):
    for thing in executor.map(make_thing, range(10), chunksize=chunksize):
        watched = weakref.ref(thing)
        del thing
        gc.collect()
        assert watched() is None


# futures


def test_results_and_exceptions_can_be_waited_for_in_vain(executor):
    future = executor.submit(time.sleep, 1)
    with pytest.raises(TimeoutError):
        future.result(0)
    with pytest.raises(TimeoutError):
        future.exception(0)
    assert future.exception(LONG_S) is None


def test_a_call_that_waits_is_cancelled_and_one_that_runs_or_is_done_is_not(executor, tmp_path):
    running = [executor.submit(touch_and_sleep, str(tmp_path / str(number)), 1) for number in range(2)]
    until(lambda: len(list(tmp_path.iterdir())) == 2)
    queued = [executor.submit(touch_and_sleep, str(tmp_path / "never"), 0) for _ in range(10)]
    last = queued[-1]
    assert last.cancel()
    assert last.cancel()  # twice is as good
    assert last.cancelled()
    assert last.done()
    assert not any(future.cancel() for future in running)
    with pytest.raises(CancelledError):
        last.result(0)
    with pytest.raises(CancelledError):
        last.exception(0)
    assert [future.result(LONG_S) for future in running] == [str(tmp_path / "0"), str(tmp_path / "1")]
    assert not running[0].cancel()


def test_callbacks_come_in_order_once_and_a_raising_one_hurts_nobody(executor, caplog):
    heard: list[object] = []

    def spoil(_: object) -> None:
        raise RuntimeError("a listener's own trouble")

    future = executor.submit(time.sleep, 0.2)
    for listener in (lambda _: heard.append(1), spoil, lambda _: heard.append(2)):
        future.add_done_callback(listener)
    future.result(LONG_S)
    until(lambda: heard == [1, 2])
    assert "a listener's own trouble" in caplog.text
    future.add_done_callback(heard.append)  # at once
    assert heard == [1, 2, future]
    assert executor.submit(abs, -1).result(LONG_S) == 1


def test_a_cancelled_future_calls_back_too(executor):
    blockers = [executor.submit(time.sleep, 0.1) for _ in range(20)]
    heard: list[object] = []
    blockers[-1].add_done_callback(heard.append)
    assert blockers[-1].cancel()
    assert heard == [blockers[-1]]


def test_a_callback_may_submit(executor):
    second = []
    done = threading.Event()

    def submit_again(first):
        second.append(executor.submit(abs, first.result()))
        done.set()

    executor.submit(abs, -5).add_done_callback(submit_again)
    assert done.wait(LONG_S)
    assert second[0].result(LONG_S) == 5


def wait_for(gate):
    while not gate.exists():
        time.sleep(0.01)


def test_as_completed_yields_each_once_in_the_order_of_their_ends(executor, tmp_path):
    slow, quick = executor.submit(wait_for, tmp_path / "gate"), executor.submit(abs, 1)
    ended = as_completed([slow, quick, quick, slow], LONG_S)
    assert next(ended) is quick
    (tmp_path / "gate").touch()
    assert list(ended) == [slow]
    assert set(as_completed([slow, quick], 0)) == {slow, quick}


def test_as_completed_runs_out_of_time_after_what_was_ready(executor):
    done = executor.submit(abs, 1)
    done.result(LONG_S)
    slow = executor.submit(time.sleep, 1)
    assert before_timeout(as_completed([done, slow], timeout=0.1)) == [done]


def test_wait_returns_with_the_first_that_ends(executor, tmp_path):
    slow, quick = executor.submit(wait_for, tmp_path / "gate"), executor.submit(abs, 1)
    assert wait([slow, quick], return_when=FIRST_COMPLETED) == ({quick}, {slow})
    assert wait([slow, quick], return_when=FIRST_COMPLETED, timeout=0) == ({quick}, {slow})
    (tmp_path / "gate").touch()


def test_wait_returns_with_the_first_that_raises_or_when_none_does(executor, tmp_path):
    slow, failing = executor.submit(wait_for, tmp_path / "gate"), executor.submit(divide_here, 1)
    assert wait([slow, failing], return_when=FIRST_EXCEPTION) == ({failing}, {slow})
    (tmp_path / "gate").touch()
    quick = executor.submit(abs, 1)
    assert wait([slow, quick], return_when=FIRST_EXCEPTION) == ({slow, quick}, set())


def test_wait_returns_with_all_and_duplicates_count_once(executor):
    futures = [executor.submit(time.sleep, 0.1), executor.submit(divide_here, 1)]
    assert wait(futures * 2, return_when=ALL_COMPLETED) == (set(futures), set())


def test_wait_gives_up_in_time(executor):
    slow = executor.submit(time.sleep, 1)
    assert wait([slow], timeout=0.05) == (set(), {slow})


# workers


def test_more_calls_than_workers_start_no_more_workers(kind):
    with kind.make(2) as executor:
        futures = [executor.submit(time.sleep, 0.02) for _ in range(30)]
        wait(futures, timeout=LONG_S)
        assert len(kind.pids(executor)) <= 2


def test_an_idle_worker_is_used_again(kind):
    with kind.make(4) as executor:
        assert len({executor.submit(os.getpid).result(LONG_S) for _ in range(4)}) == 1
        assert len(kind.pids(executor)) == 1


def test_a_worker_is_replaced_after_its_number_of_calls(kind):
    with kind.make(1, tasks_per_worker=3) as executor:
        pids = [executor.submit(os.getpid).result(LONG_S) for _ in range(7)]
    assert [len(set(pids[start : start + 3])) for start in (0, 3)] == [1, 1]
    assert len(set(pids)) == 3


@pytest.mark.parametrize("workers", [1, 2])
def test_calls_that_wait_survive_the_replacement_of_workers(our_kind, workers):  # the standard one hangs: gh-115634
    with our_kind.make(workers, tasks_per_worker=2) as executor:
        futures = [executor.submit(multiply, number, 2) for number in range(8)]
        assert [future.result(LONG_S) for future in futures] == [number * 2 for number in range(8)]


def test_the_replacement_of_workers_goes_on_after_shutdown(our_kind):
    pool = our_kind.make(1, tasks_per_worker=1)
    futures = [pool.submit(multiply, number, 2) for number in range(4)]
    pool.shutdown(wait=False)
    assert [future.result(LONG_S) for future in futures] == [0, 2, 4, 6]


_prepared: list[object] = []


def prepare(*values: object) -> None:
    _prepared.extend(values)


def prepared() -> list[object]:
    return _prepared


def test_each_worker_is_initialized_once(kind):
    with kind.make(2, initializer=prepare, initargs=("a", 1)) as executor:
        assert all(future.result(LONG_S) == ["a", 1] for future in [executor.submit(prepared) for _ in range(10)])


def fail_to_prepare() -> None:
    raise LookupError("nothing to prepare with")


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_where_no_worker_can_be_initialized_all_that_waits_fails(kind):
    executor = kind.make(2, initializer=fail_to_prepare)
    futures = [executor.submit(abs, 1) for _ in range(5)]
    assert all(isinstance(future.exception(LONG_S), kind.start_failure) for future in futures)
    executor.shutdown()


def test_a_failed_initializer_is_the_cause_and_later_calls_try_again(our_kind, tmp_path):
    def fail_unless(path: str) -> None:
        if not os.path.exists(path):  # noqa: PTH110 - runs in a worker that imports nothing
            raise LookupError("nothing to prepare with")

    with our_kind.make(2, initializer=fail_unless, initargs=(str(tmp_path / "there"),)) as pool:
        error = pool.submit(abs, 1).exception(LONG_S)
        assert isinstance(error, WorkerStartError)
        assert "its initializer raised LookupError" in str(error)
        assert isinstance(error.__cause__, LookupError)
        (tmp_path / "there").touch()
        assert pool.submit(abs, -2).result(LONG_S) == 2


def test_an_initializer_that_ends_its_process_is_given_up_after_some_tries(our_kind, tmp_path):
    def note_and_exit(path: str) -> None:
        with open(path, "a") as file:  # noqa: PTH123 - runs in a worker that imports nothing
            file.write("x")
        os._exit(7)

    with our_kind.make(1, initializer=note_and_exit, initargs=(str(tmp_path / "tries"),)) as pool:
        error = pool.submit(abs, 1).exception(LONG_S)
    assert isinstance(error, WorkerStartError)
    assert "exit code 7" in str(error)
    assert 2 <= len((tmp_path / "tries").read_text()) <= 10


# shutdown


def test_nothing_is_taken_after_shutdown(executor):
    executor.shutdown()
    executor.shutdown()  # twice is as good
    with pytest.raises(RuntimeError, match="cannot schedule new futures after shutdown"):
        executor.submit(pow, 2, 5)
    with pytest.raises(RuntimeError):
        executor.map(abs, [1])


def test_shutdown_waits_for_what_was_submitted(executor):
    futures = [executor.submit(time.sleep, 0.02) for _ in range(50)]
    executor.shutdown()
    assert all(future.done() and future.exception() is None for future in futures)


def test_shutdown_may_cancel_what_waits_and_finishes_the_rest(executor):
    futures = [executor.submit(time.sleep, 0.1) for _ in range(50)]
    until(futures[0].running)
    executor.shutdown(cancel_futures=True)
    assert all(future.done() for future in futures)
    others = [future for future in futures if not future.cancelled()]
    assert 0 < len(others) < 30
    assert all(future.exception() is None for future in others)


def test_shutdown_without_waiting_finishes_what_was_submitted_and_leaves_nothing(kind):
    executor = kind.make(2)
    results = executor.map(abs, range(-5, 5))
    pids, thread = kind.pids(executor), kind.thread(executor)
    executor.shutdown(wait=False)
    thread.join(LONG_S)
    assert not thread.is_alive()
    until(lambda: not any(map(psutil.pid_exists, pids)), seconds=10)
    assert list(results) == [abs(number) for number in range(-5, 5)]


def test_a_pool_that_is_forgotten_finishes_and_leaves_nothing(kind):
    executor = kind.make(2)
    results = executor.map(abs, range(-5, 5))
    thread, watched = kind.thread(executor), weakref.ref(executor)
    del executor
    gc.collect()
    thread.join(LONG_S)
    assert not thread.is_alive()
    assert watched() is None
    assert list(results) == [abs(number) for number in range(-5, 5)]


def test_a_future_that_is_kept_does_not_keep_the_pool(our_kind):
    pool = our_kind.make(1)
    thread, future = our_kind.thread(pool), pool.submit(abs, -1)
    assert future.result(LONG_S) == 1
    del pool
    gc.collect()
    thread.join(LONG_S)
    assert not thread.is_alive()


def test_a_call_cancelled_just_before_shutdown_does_not_hold_it_up(kind):
    with kind.make(1) as executor:
        executor.submit(int).result(LONG_S)
        executor.submit(int).cancel()


def test_shutdown_races_with_nothing(kind):
    for _ in range(3):
        executor = kind.make(2)
        executor.map(str, [2] * 3)
        executor.shutdown()


def test_pools_leave_no_thread_no_descriptor_and_no_semaphore(our_kind):
    def held() -> tuple[int, int]:
        return threading.active_count(), psutil.Process().num_fds()

    with our_kind.make(1) as first:
        first.submit(abs, 1).result(LONG_S)  # starts the fork server, which stays
    before = held()
    for _ in range(5):
        with our_kind.make(2) as pool:
            list(pool.map(abs, range(20)))
            assert not pool.submit(shares_memory).result(LONG_S)
    until(lambda: held() == before, seconds=10)


def shares_memory() -> bool:
    """Tell whether this process has a named semaphore or segment, which could outlive it."""
    with open("/proc/self/maps") as maps:  # noqa: PTH123 - runs in a worker that imports nothing
        return "/dev/shm/" in maps.read()


def run_script(kind: Kind, body: str) -> subprocess.CompletedProcess[str]:
    script = f"{kind.source}\n{textwrap.dedent(body)}"
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, timeout=60, check=False
    )


SAY = """
import os, sys, time
from concurrent.futures import wait
def say(word, path=sys.argv[0]): print(word, flush=True)
if __name__ == "__main__":
    pool = make()
"""


def test_what_is_pending_when_the_interpreter_exits_is_finished(kind):
    body = f"""{SAY}
    futures = list(map(lambda n: pool.submit(time.sleep, 0.2), range(4)))
    for future in futures:
        future.add_done_callback(lambda _: say("apple"))
    {{ending}}
"""
    for ending in ("", "pool.shutdown(wait=False)"):
        done = run_script(kind, body.replace("{ending}", ending))
        assert (done.stdout, done.stderr, done.returncode) == ("apple\n" * 4, "", 0)


def test_submitting_while_the_interpreter_exits_is_refused(kind):
    done = run_script(
        kind,
        """
        import atexit
        @atexit.register
        def late():
            try:
                pool.submit(id, None)
            except RuntimeError as error:
                print(error)
        if __name__ == "__main__":
            pool = make()
            pool.submit(id, 42).result()
        """,
    )
    assert done.stdout.startswith("cannot schedule new futures")
    assert done.stderr == ""


def test_a_fork_of_the_process_has_no_pool_and_does_the_pool_no_harm(our_kind):
    done = run_script(
        our_kind,
        f"""
        import threading, warnings, os, sys
        warnings.simplefilter("ignore", DeprecationWarning)
        {our_kind.source.splitlines()[0]}
        if __name__ == "__main__":
            pool = make()
            pool.submit(id, 42).result()
            def fork():
                if os.fork() == 0:
                    try:
                        pool.submit(id, 42)
                    except RuntimeError as error:
                        print(error, flush=True)
                    pool.shutdown()
                    sys.stdout.flush()
                    os._exit(0)
                os.wait()
            thread = threading.Thread(target=fork)
            thread.start()
            thread.join()
            print(pool.submit(abs, -42).result())
        """,
    )
    assert (done.stdout, done.stderr) == ("cannot schedule new futures in a fork of the pool's process\n42\n", "")
