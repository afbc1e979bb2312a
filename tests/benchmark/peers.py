"""The peers: two workers each, warm, and started from a server that has not forked pytest's threads.

A peer that is not installed is left out; ``make bench`` installs them all.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor, wait
from contextlib import contextmanager
from importlib.util import find_spec
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

import pytest

from tests.benchmark.workload import noop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    type Submit = Callable[..., Any]

WORKERS = 2
WARM_UP = 200
OBJECT_STORE_BYTES = 4_000_000_000


@contextmanager
def process_pool_executor() -> Iterator[Submit]:
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("forkserver")) as pool:
        yield _warm(pool.submit)


@contextmanager
def loky() -> Iterator[Submit]:
    with pytest.importorskip("loky").ProcessPoolExecutor(WORKERS) as pool:
        yield _warm(pool.submit)


@contextmanager
def pebble() -> Iterator[Submit]:
    with pytest.importorskip("pebble").ProcessPool(WORKERS, context=get_context("forkserver")) as pool:
        yield _warm(pool.schedule)


def _warm(submit: Submit) -> Submit:
    wait([submit(noop) for _ in range(WARM_UP)])
    return submit


def installed_pools() -> Mapping[str, Callable[[], AbstractContextManager[Submit]]]:
    """Return what opens each executor that is installed, by name."""
    every = {"ProcessPoolExecutor": process_pool_executor, "loky": loky, "pebble": pebble}
    return {name: pool for name, pool in every.items() if name == "ProcessPoolExecutor" or find_spec(name) is not None}


@contextmanager
def dask_client() -> Iterator[Any]:
    """Give a client of Dask's local cluster: processes of one thread each, without a dashboard."""
    distributed = pytest.importorskip("distributed")
    cluster = distributed.LocalCluster(
        n_workers=WORKERS, threads_per_worker=1, processes=True, dashboard_address="localhost:0", silence_logs="ERROR"
    )
    with cluster, distributed.Client(cluster) as client:
        client.gather(client.map(noop, range(WARM_UP)))
        yield client


@contextmanager
def ray_session() -> Iterator[Any]:
    """Give Ray, with an object store that has room for all that the benchmarks put there."""
    ray = pytest.importorskip("ray")
    ray.init(num_cpus=WORKERS, include_dashboard=False, log_to_driver=False, object_store_memory=OBJECT_STORE_BYTES)
    try:
        ray.get([ray.remote(noop).remote() for _ in range(WARM_UP)])
        yield ray
    finally:
        ray.shutdown()
