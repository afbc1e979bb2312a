"""One output of a notebook with panels in it: that of a run, and below it those of its reruns.

What the output holds is always the static picture alone, so that a notebook that is saved while a run goes on, and
opened where there is no kernel, shows how the run stood. The panels' models have no views: the page puts them beside
the picture (see ``mounts.js``), by a mark that the picture bears as long as they live.

Some front ends make nothing of a model until it is displayed; there the output holds a view besides.
"""

from __future__ import annotations

import atexit
import math
import threading
import time
import uuid
import weakref
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dpnb.notebook.panel.ending import keep_ending
from dpnb.notebook.panel.feed import Feed
from dpnb.notebook.panel.front_ends import is_voila, needs_views
from dpnb.notebook.panel.widget import Aims, RunPanel
from dpnb.render import Note
from dpnb.render.plaintext import text_note
from dpnb.render.tables import html_note

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from IPython.display import DisplayHandle
    from ipywidgets import VBox

    from dpnb.orchestrator import Run
    from dpnb.run_events import RunSnapshot

WIDGET_MIME = "application/vnd.jupyter.widget-view+json"
RENEW_S = 5.0  # how old the picture may grow that is saved with a notebook
RENEW_REST = 50.0  # and how many times as long as it took to draw it rests
_with_views: weakref.WeakSet[Place] = weakref.WeakSet()


class Place:
    """Shows panels until a run that went in one of them has ended and none goes; then the runs' static pictures.

    A rerun's panel joins those that are there rather than being an output of its own: what is displayed while a click
    is heard belongs to no cell, and would be seen nowhere.
    """

    def __init__(self, run: Run) -> None:
        self._runs = [run]
        self._panels: list[RunPanel] = []
        self._mark = "" if needs_views() else uuid.uuid4().hex
        self._box: VBox | None = None  # the panels' view, where one is needed
        self._handle: DisplayHandle | None = None
        self._going = 0
        self._next_renewal = 0.0
        self._lock = threading.RLock()

    def show(self) -> None:
        """Put it into the output of the cell that is executed."""
        from IPython.display import display

        (run,) = self._runs
        is_going = run.is_running
        panel = self._take_in(run)
        self._handle = display(self._bundle(), raw=True, display_id=True)
        panel.begin_drawing()
        self._next_renewal = time.monotonic() + RENEW_S
        if not self._mark:
            _with_views.add(self)
        if is_going:
            self._follow(panel)

    def _take_in(self, run: Run) -> RunPanel:
        aims = Aims(rerun=self._add, resume=self._follow)
        panel = RunPanel(run, aims, place=self._mark, order=len(self._runs))
        panel.tell(run.snapshot())
        self._panels.append(panel)
        if not self._mark:
            self._put_in_box()
        return panel

    def _put_in_box(self) -> None:
        from ipywidgets import VBox

        if self._box is None:
            self._box = VBox()
        self._box.children = tuple(self._panels)

    def _add(self, run: Run) -> None:
        with self._lock:
            self._runs.append(run)
            was_settled = not self._panels
            panel = self._take_in(run)
            if self._handle is not None and (was_settled or self._mark):
                self._handle.update(self._bundle(), raw=True)
        panel.begin_drawing()
        self._follow(panel)

    def _follow(self, panel: RunPanel) -> None:
        def tell(snapshot: RunSnapshot) -> None:
            panel.tell(snapshot)
            self._renew_in_time()

        with self._lock:
            self._going += 1
        Feed(panel.run, tell, self._one_has_ended).start()

    def _renew_in_time(self) -> None:
        """Bring the picture up to date that lies behind the panels; a view would be made anew by that, and flicker.

        A large one takes a second to draw, for which the panels should not stand still.
        """
        if self._mark and time.monotonic() >= self._next_renewal:
            self._next_renewal = math.inf
            threading.Thread(target=self._renew, name="dpnb picture", daemon=True).start()

    def _renew(self) -> None:
        with self._lock:
            began = time.monotonic()
            if self._handle is not None and self._going:
                self._handle.update(self._bundle(), raw=True)
            ended = time.monotonic()
            self._next_renewal = ended + max(RENEW_S, RENEW_REST * (ended - began))

    def _one_has_ended(self) -> None:
        with self._lock:
            self._going -= 1
            if not self._going:
                self._settle()

    def leave(self) -> None:
        """Leave the pictures alone, also while a run goes: a view would be missed where no kernel is."""
        with self._lock:
            if self._panels:
                self._settle()

    def _settle(self) -> None:
        if is_voila():  # the panels, which tell the end too, are all that can change
            return
        shown = pictures(self._runs, note=_as_of_now(self._runs))
        if self._handle is not None:
            self._handle.update(shown, raw=True)
        if self._mark:
            keep_ending(self._mark, shown)
        for widget in (*self._panels, *([] if self._box is None else [self._box])):
            widget.layout.close()
            widget.close()
        self._panels, self._box = [], None

    def _bundle(self) -> dict[str, Any]:
        shown = pictures(self._runs, note=_as_of_now(self._runs))
        if self._mark:
            return {**shown, "text/html": f'<div data-dpnb-place="{self._mark}"></div>{shown["text/html"]}'}
        model_id = "" if self._box is None else self._box.model_id
        return {**shown, WIDGET_MIME: {"version_major": 2, "version_minor": 0, "model_id": model_id}}


@atexit.register
def leave_pictures() -> None:
    """Leave what needs no kernel wherever a view is shown."""
    for place in list(_with_views):
        with suppress(Exception):  # the front end may be gone before
            place.leave()


def _as_of_now(runs: Sequence[Run]) -> Note | None:
    going = any(run.is_running for run in runs)
    return Note(text=f"as of {datetime.now().astimezone():%H:%M:%S}, while the run was going") if going else None


def pictures(runs: Sequence[Run], note: Note | None = None) -> dict[str, str]:
    """Return the static mimes of runs, one below the other; the picture alone is that of the last."""
    bundles: list[Mapping[str, str]] = [run._repr_mimebundle_() for run in runs]
    if note is not None:
        bundles = [{"text/html": html_note(note), "text/plain": text_note(note)}, *bundles]
    joined = {"text/html": "".join, "text/plain": "\n\n".join}
    return {**bundles[-1], **{mime: join(bundle[mime] for bundle in bundles) for mime, join in joined.items()}}
