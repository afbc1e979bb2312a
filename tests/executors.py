"""The executors that the contracts are asked of, and a pipeline of tasks that runs on any of them."""

from __future__ import annotations

from concurrent.futures import Executor as FuturesOwner
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

import pytest

from dpnb import InlineExecutor, Orchestrator, Workspace
from dpnb.orchestrator import DaskExecutor, PoolExecutor, PoolOptions
from dpnb.orchestrator.pool import ProcessPool
from dpnb.planner import DAGBuilder, Planner
from dpnb.registry import TaskRegistry, task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dpnb.orchestrator import Guarantees

WORKERS = 2
PRELOAD = ("dpnb.orchestrator.worker.guest",)  # so that a process that is forked has it


def process_pool() -> ProcessPoolExecutor:
    context = get_context("forkserver")
    context.set_forkserver_preload(list(PRELOAD))
    return ProcessPoolExecutor(WORKERS, mp_context=context)


def loky() -> Any:
    return pytest.importorskip("loky").ProcessPoolExecutor(WORKERS)


@contextmanager
def dask_client() -> Iterator[Any]:
    distributed = pytest.importorskip("distributed")
    import dask

    with dask.config.set({"distributed.scheduler.work-stealing": False}):  # what waits at a worker stays there
        cluster = distributed.LocalCluster(
            n_workers=WORKERS,
            threads_per_worker=1,
            processes=True,
            dashboard_address="localhost:0",
            silence_logs="CRITICAL",
        )
    with cluster, distributed.Client(cluster) as client:
        yield client


OWN: dict[str, Callable[[], Any]] = {
    "inline": InlineExecutor,
    "forkserver": lambda: PoolExecutor(WORKERS, options=PoolOptions(preload=())),
    "one worker": lambda: PoolExecutor(1, options=PoolOptions(preload=())),
    "spawn": lambda: PoolExecutor(WORKERS, options=PoolOptions(preload=(), start_method="spawn")),
}
GIVEN: dict[str, Callable[[], Any]] = {
    "a pool that runs share": lambda: ProcessPool(WORKERS, options=PoolOptions(preload=())),
    "ProcessPoolExecutor": process_pool,
    "ThreadPoolExecutor": lambda: ThreadPoolExecutor(WORKERS),
    "loky": loky,
}


DASK = "Dask"


class Executors:
    """Makes executors by name; those of other libraries once, and anew when one is broken."""

    def __init__(self) -> None:
        self._given: dict[str, FuturesOwner] = {}
        self._opened = ExitStack()
        self._client: Any = None

    def __call__(self, name: str) -> Any:
        if name in OWN:
            return OWN[name]()
        if name == DASK:
            return DaskExecutor(self.client)
        if name not in self._given or is_broken(self._given[name]):
            self._given[name] = GIVEN[name]()
        return self._given[name]

    @property
    def client(self) -> Any:
        """A client of a Dask cluster of two processes on this machine, which is started when it is first asked for."""
        if self._client is None:
            self._client = self._opened.enter_context(dask_client())
        return self._client

    def forget(self, name: str) -> None:
        """Have the next one made anew."""
        if (executor := self._given.pop(name, None)) is not None:
            with suppress(Exception):
                executor.shutdown(wait=True, cancel_futures=True)

    def close(self) -> None:
        for name in list(self._given):
            self.forget(name)
        self._opened.close()


def is_broken(executor: FuturesOwner) -> bool:
    flags = getattr(executor, "_flags", None)
    return bool(getattr(executor, "_broken", False) or getattr(flags, "broken", None))


class Pipeline:
    """Tasks, and a way to run them all."""

    def __init__(self, executor, path) -> None:
        self.registry = TaskRegistry()
        self.workspace = Workspace(path)
        self.orchestrator = Orchestrator(executor=executor, workspace=self.workspace)

    @property
    def promises(self) -> Guarantees:
        return self.orchestrator.executor.guarantees

    def task(self, func=None, /, **options):
        return task(func, registry=self.registry, **options) if func else lambda f: self.task(f, **options)

    def start(self, params=None, **selection):
        plan = Planner(DAGBuilder(self.registry)).create_execution_plan(params=params, **selection)
        return self.orchestrator.start_pipeline(plan)

    def run(self, params=None, **selection):
        return self.start(params, **selection).wait(60)
