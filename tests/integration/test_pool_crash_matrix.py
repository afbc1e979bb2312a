"""Every way to go wrong × every point of a call at which a user's code runs: only that call fails.

After loky's crash matrix. The points are: pickling the argument in this process, unpickling it in the worker, running,
pickling the result in the worker, unpickling it in this process. Here, what would crash this process is the user's own
doing and left out; whatever else happens, the calls that run beside, wait behind, or wait in the same worker's lane
come to their ends.
"""

from __future__ import annotations

import ctypes
import faulthandler
import os
import pickle
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from dpnb.errors import RemoteCallError, WorkerDiedError
from dpnb.orchestrator.pool import PoolOptions, ProcessPool

pytestmark = pytest.mark.integration


def segfault():
    faulthandler.disable()
    ctypes.string_at(0)


def leave():
    os._exit(3)


def be_killed():
    os.kill(os.getpid(), signal.SIGKILL)


def exit_politely():
    sys.exit(1)


def interrupt():
    raise KeyboardInterrupt


def fail():
    raise LookupError("on purpose")


def run_out_of_memory():
    raise MemoryError


def recurse():
    recurse()


def abort():
    os.abort()


DEADLY = {
    segfault: "signal 11 (SIGSEGV)",
    leave: "exit code 3",
    be_killed: "signal 9 (SIGKILL)",
    abort: "signal 6 (SIGABRT)",
}
RAISING = {
    exit_politely: SystemExit,
    interrupt: KeyboardInterrupt,
    fail: LookupError,
    run_out_of_memory: MemoryError,
    recurse: RecursionError,
}


@dataclass
class BadToPickle:
    """Misbehaves where it is pickled."""

    how: Callable[[], object]

    def __reduce__(self):
        self.how()
        return BadToPickle, (fail,)


@dataclass
class BadToUnpickle:
    """Misbehaves where it is unpickled."""

    how: Callable[[], object]

    def __reduce__(self):
        return self.how, ()


def take(_: object) -> str:
    return "taken"


def run(how):
    return how()


def give_bad_to_pickle(how):
    return BadToPickle(how)


def give_bad_to_unpickle(how):
    return BadToUnpickle(how)


AT_WORKER = {
    "unpickling the argument": (take, BadToUnpickle),
    "running": (run, lambda how: how),
    "pickling the result": (give_bad_to_pickle, lambda how: how),
}


@pytest.fixture(scope="module", params=["forkserver", "spawn"])
def pool(request):
    made = ProcessPool(2, options=PoolOptions(start_method=request.param, preload=()))
    yield made
    made.kill_workers()


def fails_alone(pool, function, argument):
    """Run it among many short calls, which wait in the same lanes; return what became of it."""
    before = [pool.submit(pow, number, 2) for number in range(20)]
    bad = pool.submit(function, argument)
    after = [pool.submit(pow, number, 2) for number in range(20)]
    error = bad.exception(30)
    assert [future.result(30) for future in before + after] == [number**2 for number in range(20)] * 2
    return error


@pytest.mark.parametrize("point", AT_WORKER)
@pytest.mark.parametrize("how", DEADLY, ids=lambda how: how.__name__)
def test_a_crash_in_the_worker_costs_one_call(pool, point, how):
    function, wrap = AT_WORKER[point]
    error = fails_alone(pool, function, wrap(how))
    assert isinstance(error, WorkerDiedError)
    assert error.how == DEADLY[how]


@pytest.mark.parametrize("point", AT_WORKER)
@pytest.mark.parametrize("how", RAISING, ids=lambda how: how.__name__)
def test_whatever_is_raised_in_the_worker_costs_one_call_and_no_worker(pool, point, how):
    function, wrap = AT_WORKER[point]
    pool.submit(abs, 1).result(30)
    workers = set(pool.worker_pids)
    error = fails_alone(pool, function, wrap(how))
    assert isinstance(error, RAISING[how])
    assert isinstance(error.__cause__, RemoteCallError)
    assert workers <= set(pool.worker_pids)


@pytest.mark.parametrize("how", [fail, run_out_of_memory, recurse], ids=lambda how: how.__name__)
def test_an_argument_that_cannot_be_pickled_costs_one_call(pool, how):
    assert isinstance(fails_alone(pool, take, BadToPickle(how)), (RAISING[how], pickle.PicklingError))


@pytest.mark.parametrize("how", [exit_politely, interrupt], ids=lambda how: how.__name__)
def test_an_argument_that_exits_as_it_is_pickled_does_so_where_it_is_submitted(pool, how):
    with pytest.raises(RAISING[how]):
        pool.submit(take, BadToPickle(how))
    assert pool.submit(abs, -1).result(30) == 1


@pytest.mark.parametrize("how", RAISING, ids=lambda how: how.__name__)
def test_a_result_that_cannot_be_unpickled_costs_one_call(pool, how):
    assert isinstance(fails_alone(pool, give_bad_to_unpickle, how), RAISING[how])


def test_crashes_in_a_row_cost_their_own_calls_each(pool):
    futures = [
        pool.submit(run, how) if number % 3 == 0 else pool.submit(pow, number, 2)
        for number, how in enumerate([*DEADLY] * 6)
    ]
    for number, future in enumerate(futures):
        if number % 3 == 0:
            assert isinstance(future.exception(60), WorkerDiedError)
        else:
            assert future.result(60) == number**2


def test_a_worker_that_dies_after_shutdown_does_not_hold_it_up():
    pool = ProcessPool(2, options=PoolOptions(preload=()))
    dead, others = pool.submit(run, segfault), [pool.submit(abs, -number) for number in range(20)]
    pool.shutdown(wait=True)
    assert isinstance(dead.exception(0), WorkerDiedError)
    assert [future.result(0) for future in others] == list(range(20))


def test_workers_that_die_over_large_arguments_leave_nobody_hanging(pool):
    data = bytes(2_000_000)
    futures = [pool.submit(crash_with, data) for _ in range(6)]
    assert all(isinstance(future.exception(60), WorkerDiedError) for future in futures)
    assert pool.submit(len, data).result(60) == len(data)


def crash_with(_: bytes) -> None:
    be_killed()


def test_listeners_and_messages_that_misbehave_cost_nobody_anything(pool):
    from dpnb.orchestrator.pool import CallOptions
    from dpnb.orchestrator.pool.call import pack_call

    def stumble(_: object) -> None:
        raise SystemExit(1)

    noisy = pool.submit_call(pack_call(say_and_print, (), {}), CallOptions(on_output=stumble, on_message=stumble))
    assert noisy.result(30) == "said"
    assert pool.submit(abs, -1).result(30) == 1


def say_and_print():
    from dpnb.orchestrator.pool.worker import send_message

    send_message(BadToUnpickle(exit_politely))
    send_message("fine")
    print("out")
    return "said"
