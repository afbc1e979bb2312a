"""Puts panels into a notebook's outputs, and true pictures in their place once the run has ended.

An output holds the live view and the static picture side by side: where no widget can be shown, the picture is. When
the run ends, the output is replaced through its display id, so that the saved file holds nothing that needs a kernel.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from dpnb.notebook.panel.feed import Feed

if TYPE_CHECKING:
    from IPython.display import DisplayHandle

    from dpnb.notebook.panel.widget import RunPanel
    from dpnb.orchestrator import Run

WIDGET_MIME = "application/vnd.jupyter.widget-view+json"


def watch(run: Run) -> None:
    """Show the run's panel: live while it goes, as a static picture in its place once it has ended."""
    from IPython.display import display

    if not can_be_live():
        display(run)
    elif run.is_running:
        _show_live(run)
    else:
        _show_ended(run)


def show_run(run: Run) -> None:
    """Show a run that a cell ends with. Raises `NotImplementedError` where its static display is all there is to show.

    IPython then goes on to that one.
    """
    if not (can_be_live() and run.is_running):
        raise NotImplementedError
    _show_live(run)


def show_beside(run: Run) -> None:
    """Show a run that was started from another run's panel, below it."""
    _show_live(run)


def can_be_live() -> bool:
    """Tell whether somebody may look at widgets: a kernel with a front end, not one that is executed headless."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None and "DPNB_HEADLESS" not in os.environ


def _show_live(run: Run) -> None:
    from IPython.display import display

    from dpnb.notebook.panel.widget import RunPanel

    panel = RunPanel(run)
    panel.tell(run.snapshot())
    handle = display(_bundle(panel, run), raw=True, display_id=True)
    Feed(run, panel.tell, lambda: _settle(handle, panel, run)).start()


def _show_ended(run: Run) -> None:
    """Show a panel of a run that has ended; the saved file keeps the picture beside it."""
    from IPython.display import display

    from dpnb.notebook.panel.widget import RunPanel

    panel = RunPanel(run)
    panel.tell(run.snapshot())
    display(_bundle(panel, run), raw=True)


def _settle(handle: DisplayHandle | None, panel: RunPanel, run: Run) -> None:
    if handle is not None:
        handle.update(run._repr_mimebundle_(), raw=True)
    panel.close()


def _bundle(panel: RunPanel, run: Run) -> dict[str, Any]:
    view = {"version_major": 2, "version_minor": 1, "model_id": panel.model_id}
    return {**run._repr_mimebundle_(), WIDGET_MIME: view}
