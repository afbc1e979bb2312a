"""Tells IPython which of dpnb's objects show themselves alive; the objects themselves know no widget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dpnb.orchestrator.watching import watch_with

if TYPE_CHECKING:
    from dpnb.orchestrator import Run


def register(shell: Any) -> None:
    """Have a kernel's shell show runs that are going, and those that are watched, as panels. May be called again."""
    shell.display_formatter.ipython_display_formatter.for_type_by_name("dpnb.orchestrator.run", "Run", _show_run)
    watch_with(_watch)


def _show_run(run: Run) -> None:
    from dpnb.notebook.panel import show_run

    show_run(run)


def _watch(run: Run) -> None:
    from dpnb.notebook.panel import watch

    watch(run)
