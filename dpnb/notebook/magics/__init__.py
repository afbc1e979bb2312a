"""``%load_ext dpnb``: tasks defined by cells, and plans, runs and lists of them from lines.

::

    %%task name=delays depends=flights     a cell becomes a task
    %plan delays --reuse                   what would run, and why
    %run_plan --workers 4                  the same, run
    %runs --status failed --since 7d       what has run

Each is what a call of dpnb's would be, and takes the options of that call, by the same names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["load", "unload"]

_MAGICS = {"cell": ("task",), "line": ("plan", "run_plan", "runs")}


def load(shell: Any) -> None:
    """Give a shell the magics and the completion of task names. May be called again."""
    from dpnb.notebook.magics.commands import Commands
    from dpnb.notebook.magics.completion import complete_names

    shell.register_magics(Commands(shell))
    complete_names(shell)


def unload(shell: Any) -> None:
    """Take them away again."""
    from dpnb.notebook.magics.completion import forget_names

    for kind, names in _MAGICS.items():
        magics: dict[str, Callable[..., Any]] = shell.magics_manager.magics[kind]
        for name in names:
            magics.pop(name, None)
    forget_names(shell)
