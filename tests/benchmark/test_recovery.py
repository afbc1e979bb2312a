"""From the SIGKILL of the busy worker to the result of the next call.

One worker each, and pandas is imported where workers are forked from: dpnb's default, asked of the peers' fork server.
`ProcessPoolExecutor` and loky break with their worker; whoever uses them makes a new one.
"""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

import pytest

from dpnb.errors import WorkerDiedError
from dpnb.orchestrator import ProcessPool
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

    type Prepare = Callable[[], tuple[tuple[Any, ...], dict[str, Any]]]

GOAL_S = 0.030
ROUNDS = 15

pytestmark = pytest.mark.benchmark(group="a worker is killed → the next call's result")


def kill_busy(pool: Any) -> Any:
    """Let the only worker begin with a long call, and return that and its process id."""
    pid = pool.submit(os.getpid).result()
    lost = pool.submit(time.sleep, 60)
    until(lost.running)
    time.sleep(0.05)  # the frame or pickle has left our process; both workers sleep in the call now
    return pid, lost


def test_worker_is_replaced(benchmark):
    benchmark.extra_info["goal_s"] = GOAL_S
    with ProcessPool(1) as pool:

        def recover(pid: int, lost: Any) -> None:
            os.kill(pid, signal.SIGKILL)
            assert pool.submit(os.getpid).result() != pid
            assert isinstance(lost.exception(), WorkerDiedError)

        benchmark.pedantic(recover, setup=lambda: (kill_busy(pool), {}), rounds=ROUNDS, warmup_rounds=2)


def test_pool_is_made_again_peer(benchmark):
    benchmark.extra_info["peer"] = "ProcessPoolExecutor made again"
    context = get_context("forkserver")
    context.set_forkserver_preload(["pandas"])
    pool = ProcessPoolExecutor(1, mp_context=context)

    def recover(pid: int, lost: Any) -> None:
        nonlocal pool
        os.kill(pid, signal.SIGKILL)
        assert isinstance(lost.exception(), BrokenProcessPool)
        pool.shutdown()
        pool = ProcessPoolExecutor(1, mp_context=context)
        assert pool.submit(os.getpid).result() != pid

    benchmark.pedantic(recover, setup=lambda: (kill_busy(pool), {}), rounds=ROUNDS, warmup_rounds=2)
    pool.shutdown()
