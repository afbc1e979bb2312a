"""A scheduler in a process of its own: ``python -m tests.scheduler_process HOME [DATABASE]``, until it is killed."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from dpnb import InlineExecutor, Workspace
from dpnb.launch import WorkspaceLauncher
from dpnb.scheduler import Scheduler

if TYPE_CHECKING:
    from collections.abc import Iterator


def make(workspace: Workspace) -> Scheduler:
    """Return a scheduler that runs tasks in its own process: no worker has to start first."""
    return Scheduler(workspace=workspace, launcher=WorkspaceLauncher(workspace, InlineExecutor()))


@contextmanager
def started(workspace: Workspace, **env: str) -> Iterator[subprocess.Popen[str]]:
    """Start such a process, and yield it when it serves; it is killed in the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.scheduler_process", str(workspace.home), workspace.database],
        cwd=Path(__file__).parents[1],
        env=os.environ | env,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "serving\n"
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


async def _serve(workspace: Workspace) -> None:
    scheduler = make(workspace)
    await scheduler.start()
    print("serving", flush=True)
    await scheduler.join()


if __name__ == "__main__":
    asyncio.run(_serve(Workspace(sys.argv[1], database=sys.argv[2])))
