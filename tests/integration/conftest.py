"""What integration tests share."""

from __future__ import annotations

import pytest

from dpnb import Orchestrator
from dpnb.orchestrator.pool import PoolOptions, ProcessPool
from tests.noted_pipeline import NotedPipeline
from tests.terminal import Terminal


@pytest.fixture
def orchestrator():
    """Give one with two workers."""
    return Orchestrator(workers=2)


@pytest.fixture
def pipeline(tmp_path):
    """Give a pipeline without tasks yet, in a folder of its own."""
    return NotedPipeline(tmp_path)


@pytest.fixture
def pool():
    """Give one worker, so that each call follows the one before in the same process."""
    made = ProcessPool(1, options=PoolOptions(preload=()))
    yield made
    made.kill_workers()


@pytest.fixture
def terminal(tmp_path, home):
    """Give a terminal in a folder of its own."""
    folder = tmp_path / "공책"
    folder.mkdir()
    return Terminal(folder, home)
