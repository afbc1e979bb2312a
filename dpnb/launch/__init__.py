"""Starts pipelines and notebooks for whoever is not at a notebook: schedules, and servers.

`schedule` is the short way for users. `WorkspaceLauncher` runs a target in a workspace, `pipeline_order` and
`notebook_target` say what; `NotebookLaunches` does the same for callers who ask later what became of a notebook;
`get_scheduler` serves a workspace's schedules beside everything else in this process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from dpnb.launch.launcher import WorkspaceLauncher
    from dpnb.launch.notebook_launches import NotebookLaunches
    from dpnb.launch.orders import notebook_target, pipeline_order
    from dpnb.launch.schedulers import get_scheduler, make_scheduler, stop_scheduler
    from dpnb.launch.scheduling import Schedule, get_schedule, schedule

__all__ = [
    "NotebookLaunches",
    "Schedule",
    "WorkspaceLauncher",
    "get_schedule",
    "get_scheduler",
    "make_scheduler",
    "notebook_target",
    "pipeline_order",
    "schedule",
    "stop_scheduler",
]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "launcher": ["WorkspaceLauncher"],
        "notebook_launches": ["NotebookLaunches"],
        "orders": ["notebook_target", "pipeline_order"],
        "scheduling": ["Schedule", "get_schedule", "schedule"],
        "schedulers": ["get_scheduler", "make_scheduler", "stop_scheduler"],
    },
)
