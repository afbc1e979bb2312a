"""Panels in marimo, whose cells show what they are handed rather than what is displayed.

marimo shows every object's static HTML; ``run.watch()`` in a cell adds the run's panel to the cell's output.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from dpnb.orchestrator.watching import show_as_text, watch_with

if TYPE_CHECKING:
    from dpnb.notebook.panel.widget import RunPanel
    from dpnb.orchestrator import Run


def register() -> None:
    """Have runs that are watched shown as panels where a marimo notebook runs this process. May be called again."""
    watch_with(_watch)


def _watch(run: Run) -> None:
    marimo: Any = sys.modules["marimo"]
    if not marimo.running_in_notebook():
        show_as_text(run)
        return
    from dpnb.notebook.panel.widget import Aims, RunPanel

    # A rerun has no panel here: what is not shown by a cell as it runs cannot be shown afterwards.
    panel = RunPanel(run, Aims(rerun=lambda _: None, resume=_follow))
    panel.tell(run.snapshot())
    if run.is_running:
        _follow(panel)
    marimo.output.append(marimo.ui.anywidget(panel))


def _follow(panel: RunPanel) -> None:
    from dpnb.notebook.panel.feed import Feed

    Feed(panel.run, panel.tell, lambda: None).start()
