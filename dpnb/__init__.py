"""dpnb turns the functions in your notebook's cells into data pipelines.

Names load their packages when they are first used, so that ``import dpnb`` stays light.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from dpnb.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from dpnb.errors import DpnbError
    from dpnb.launch import schedule
    from dpnb.notebook.tasks import inputs, notebook_task, output
    from dpnb.orchestrator import InlineExecutor, Orchestrator, Run, browse, compare, get_run
    from dpnb.pages import ui
    from dpnb.planner import ExecutionPlan
    from dpnb.registry import TaskContext, TaskRegistry, get_registry, task
    from dpnb.results import Stream
    from dpnb.scheduler import fires, schedules
    from dpnb.workspace import Workspace, get_planner, prune, runs

__version__ = "0.1.0"

__all__ = [
    "DpnbError",
    "ExecutionPlan",
    "InlineExecutor",
    "Orchestrator",
    "Run",
    "Stream",
    "TaskContext",
    "TaskRegistry",
    "Workspace",
    "browse",
    "compare",
    "fires",
    "get_planner",
    "get_registry",
    "get_run",
    "inputs",
    "notebook_task",
    "output",
    "prune",
    "runs",
    "schedule",
    "schedules",
    "task",
    "ui",
]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "errors": ["DpnbError"],
        "launch": ["schedule"],
        "notebook.tasks": ["inputs", "notebook_task", "output"],
        "orchestrator": ["InlineExecutor", "Orchestrator", "Run", "browse", "compare", "get_run"],
        "pages": ["ui"],
        "planner": ["ExecutionPlan"],
        "registry": ["TaskContext", "TaskRegistry", "get_registry", "task"],
        "results": ["Stream"],
        "scheduler": ["fires", "schedules"],
        "workspace": ["Workspace", "get_planner", "prune", "runs"],
    },
)


def load_ipython_extension(shell: Any) -> None:
    """Give a notebook ``%%task``, ``%plan``, ``%run_plan`` and ``%runs``: what ``%load_ext dpnb`` calls."""
    from dpnb.notebook.magics import load

    load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """Take the magics away again, as ``%unload_ext dpnb`` asks."""
    from dpnb.notebook.magics import unload

    unload(shell)


def _live_displays() -> None:
    """Have objects shown as well as the front end can that imports this: a notebook, or IPython in a terminal."""
    if "marimo" in sys.modules:
        from dpnb.notebook.marimo_cells import register as register_in_marimo

        register_in_marimo()
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if getattr(shell, "kernel", None) is not None:
        from dpnb.notebook.displays import register

        register(shell)
    elif hasattr(shell, "pt_app"):  # IPython in a terminal
        from dpnb.notebook.terminal import register as register_in_terminal

        register_in_terminal(shell)


_live_displays()
