"""Tells IPython which of dpnb's objects show themselves alive; the objects themselves know no widget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dpnb.orchestrator.watching import watch_with

if TYPE_CHECKING:
    from dpnb.orchestrator import Run
    from dpnb.registry import TaskRegistry
    from dpnb.results.browsing import Browsed


def register(shell: Any) -> None:
    """Have a kernel's shell show runs that are going or watched as panels, and what is browsed page by page.

    What is searchable gets its search. May be called again.
    """
    formatter = shell.display_formatter.ipython_display_formatter
    formatter.for_type_by_name("dpnb.orchestrator.run", "Run", _show_run)
    formatter.for_type_by_name("dpnb.registry.registry", "TaskRegistry", _show_registry)
    formatter.for_type_by_name("dpnb.results.browsing.browsed", "Browsed", _show_browsed)
    watch_with(_watch)


def _show_run(run: Run) -> None:
    from dpnb.notebook.panel import show_run

    show_run(run)


def _watch(run: Run) -> None:
    from dpnb.notebook.panel import watch

    watch(run)


def _show_registry(_: TaskRegistry) -> None:
    from dpnb.notebook.panel.showing import can_be_live
    from dpnb.notebook.search import let_tables_be_searched

    if can_be_live():
        let_tables_be_searched()
    raise NotImplementedError  # IPython goes on to the static display


def _show_browsed(browsed: Browsed) -> None:
    from dpnb.notebook.browser import show_browsed

    show_browsed(browsed)
