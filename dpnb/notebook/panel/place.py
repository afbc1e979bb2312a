"""One output of a notebook with panels in it: that of a run, and below it those of its reruns."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from ipywidgets import VBox

from dpnb.notebook.panel.feed import Feed
from dpnb.notebook.panel.widget import Aims, RunPanel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from IPython.display import DisplayHandle

    from dpnb.orchestrator import Run

WIDGET_MIME = "application/vnd.jupyter.widget-view+json"


class Place:
    """Shows panels until a run that went in one of them has ended and none goes; then the runs' static pictures.

    A rerun's panel joins those that are there rather than being an output of its own: what is displayed while a click
    is heard belongs to no cell, and would be seen nowhere.
    """

    def __init__(self, run: Run) -> None:
        self._runs = [run]
        self._panels: list[RunPanel] = []
        self._box: VBox | None = None
        self._handle: DisplayHandle | None = None
        self._going = 0
        self._lock = threading.RLock()

    def show(self) -> None:
        """Put it into the output of the cell that is executed."""
        from IPython.display import display

        (run,) = self._runs
        is_going = run.is_running
        panel = self._take_in(run)
        self._handle = display(self._bundle(), raw=True, display_id=True)
        if is_going:
            self._follow(panel)

    def _take_in(self, run: Run) -> RunPanel:
        panel = RunPanel(run, Aims(rerun=self._add, resume=self._follow))
        panel.tell(run.snapshot())
        self._panels.append(panel)
        if self._box is None:
            self._box = VBox()
        self._box.children = tuple(self._panels)
        return panel

    def _add(self, run: Run) -> None:
        with self._lock:
            self._runs.append(run)
            was_settled = self._box is None
            panel = self._take_in(run)
            if was_settled and self._handle is not None:
                self._handle.update(self._bundle(), raw=True)
        self._follow(panel)

    def _follow(self, panel: RunPanel) -> None:
        with self._lock:
            self._going += 1
        Feed(panel.run, panel.tell, self._one_has_ended).start()

    def _one_has_ended(self) -> None:
        with self._lock:
            self._going -= 1
            if not self._going:
                self._settle()

    def _settle(self) -> None:
        if self._handle is not None:
            self._handle.update(pictures(self._runs), raw=True)
        for widget in (*self._panels, *([] if self._box is None else [self._box])):
            widget.layout.close()
            widget.close()
        self._panels, self._box = [], None

    def _bundle(self) -> dict[str, Any]:
        model_id = "" if self._box is None else self._box.model_id
        view = {"version_major": 2, "version_minor": 0, "model_id": model_id}
        return {**pictures(self._runs), WIDGET_MIME: view}


def pictures(runs: Sequence[Run]) -> dict[str, str]:
    """Return the static mimes of runs, one below the other; the picture alone is that of the last."""
    bundles: list[Mapping[str, str]] = [run._repr_mimebundle_() for run in runs]
    joined = {"text/html": "".join, "text/plain": "\n\n".join}
    return {**bundles[-1], **{mime: join(bundle[mime] for bundle in bundles) for mime, join in joined.items()}}
