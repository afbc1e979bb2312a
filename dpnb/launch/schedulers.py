"""The schedulers of this process, one for each workspace, in the background."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from dpnb.scheduler import BackgroundScheduler, Scheduler
from dpnb.workspace import get_workspace

if TYPE_CHECKING:
    from pathlib import Path

    from dpnb.events import Broker
    from dpnb.workspace import Workspace

_running: dict[tuple[Path, str], BackgroundScheduler] = {}
_lock = threading.Lock()


def make_scheduler(workspace: Workspace | None = None, broker: Broker | None = None) -> Scheduler:
    """Return a scheduler of a workspace's pipelines, notebooks, topics and events.

    It is not started; whoever makes it chooses the event loop.

    Parameters
    ----------
    workspace
        The default workspace where it is None.
    broker
        Where topics and events are; the workspace's own where it is None.
    """
    from dpnb.launch.launcher import WorkspaceLauncher

    workspace = workspace or get_workspace()
    broker = broker or workspace.broker
    return Scheduler(
        broker.publisher("scheduler"),
        consumer=broker.consumer(),
        workspace=workspace,
        launcher=WorkspaceLauncher(workspace),
    )


def get_scheduler(workspace: Workspace | None = None) -> BackgroundScheduler:
    """Return the scheduler that serves a workspace in the background of this process, started if need be."""
    workspace = workspace or get_workspace()
    with _lock:
        background = _running.get(_key(workspace))
        if background is None:
            background = _running[_key(workspace)] = BackgroundScheduler(lambda: make_scheduler(workspace))
        return background.start()


def running_scheduler(workspace: Workspace) -> BackgroundScheduler | None:
    """Return the scheduler that serves a workspace in this process; None where none does."""
    background = _running.get(_key(workspace))
    return background if background is not None and background.is_running else None


def stop_scheduler(workspace: Workspace | None = None, patience: float | None = 0.0) -> None:
    """Stop what `get_scheduler` has started; `patience` as for `Scheduler.stop`."""
    if (background := running_scheduler(workspace or get_workspace())) is not None:
        background.stop(patience)


def _key(workspace: Workspace) -> tuple[Path, str]:
    return workspace.home, workspace.database
