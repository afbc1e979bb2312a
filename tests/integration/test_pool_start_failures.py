"""A system that has no process to give: the pool waits, tries again, and says so in the end."""

from __future__ import annotations

import os
import signal
import textwrap
import time

import pytest

from dpnb.errors import WorkerStartError
from dpnb.orchestrator.pool import PoolOptions, ProcessPool
from dpnb.orchestrator.pool.spawner_client import get_spawner

pytestmark = pytest.mark.integration

ALWAYS = 10_000
# Stands in the fork server, where it is preloaded, for a system that is short of processes.
SCARCE = """
    import errno, os
    from pathlib import Path
    left, real_fork = Path({left!r}), os.fork
    def fork():
        refusals = int(left.read_text())
        if refusals:
            if refusals < {always}:  # else the count is changed by the test alone, perhaps at this moment
                left.write_text(str(refusals - 1))
            raise OSError(errno.EAGAIN, "fork")
        return real_fork()
    os.fork = fork
"""


@pytest.fixture
def scarce(tmp_path, monkeypatch):
    """Give the name of a module that makes forks fail, and a function that says how often."""
    name = f"scarce_{tmp_path.name.replace('-', '_')}"
    (tmp_path / f"{name}.py").write_text(textwrap.dedent(SCARCE).format(left=str(tmp_path / "left"), always=ALWAYS))
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "left").write_text("0")
    yield name, lambda count: (tmp_path / "left").write_text(str(count))
    get_spawner((name,)).close()


def test_forks_that_fail_for_a_while_cost_nothing_but_time(scarce):
    name, refuse = scarce
    refuse(3)
    with ProcessPool(2, options=PoolOptions(preload=(name,))) as pool:
        assert list(pool.map(abs, [-1, -2, -3])) == [1, 2, 3]


def test_forks_that_keep_failing_are_told_of_in_the_calls_that_wait_and_later_ones_are_tried(scarce):
    name, refuse = scarce
    refuse(ALWAYS)
    with ProcessPool(4, options=PoolOptions(preload=(name,))) as pool:
        started = time.monotonic()
        futures = [pool.submit(abs, -number) for number in range(8)]
        errors = [future.exception(30) for future in futures]
        assert time.monotonic() - started > 1  # it has waited for better times
        assert all(isinstance(error, WorkerStartError) for error in errors)
        assert os.strerror(11) in str(errors[0])
        refuse(0)
        assert pool.submit(abs, -1).result(30) == 1


def test_calls_are_run_by_the_workers_that_there_are_when_there_can_be_no_more(scarce):
    name, refuse = scarce
    with ProcessPool(4, options=PoolOptions(preload=(name,))) as pool:
        only = pool.submit(os.getpid).result(30)
        refuse(ALWAYS)
        futures = [pool.submit(sleep_and_tell) for _ in range(30)]
        assert {future.result(30) for future in futures} == {only}


def sleep_and_tell() -> int:
    time.sleep(0.15)
    return os.getpid()


def test_a_fork_server_that_dies_again_and_again_costs_time_only(tmp_path):
    with ProcessPool(2, options=PoolOptions(preload=("this_test_has_its_own",))) as pool:
        futures = [pool.submit(sleep_and_tell) for _ in range(12)]
        for number in range(2):
            futures[number].result(30)
            os.kill(get_spawner(("this_test_has_its_own",)).pid, signal.SIGKILL)
        assert all(isinstance(future.result(30), int) for future in futures)
