"""The panel's widget: what the page is told of a run, and what it may ask for."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from dpnb.notebook.panel.assets import css, esm
from dpnb.notebook.panel.board import Board, palette
from dpnb.notebook.panel.clicks import Clicks
from dpnb.notebook.panel.details import details_of
from dpnb.notebook.panel.rerun_form import read_rerun, rerun_form

if TYPE_CHECKING:
    from collections.abc import Callable

    from dpnb.orchestrator import Run
    from dpnb.run_events import RunSnapshot

FORECAST_S = 1.0  # what looks at every task is told more rarely than the colours
_FORECAST_REST = 100.0  # and at most for a hundredth of the time
DETAILS_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Aims:
    """What becomes of a run that was started from a panel: `rerun` is given the new run, `resume` the panel itself."""

    rerun: Callable[[Run], object]
    resume: Callable[[RunPanel], object]


class RunPanel(anywidget.AnyWidget):
    """Shows a run that is going, or one that has ended.

    Its traits hold all that a page needs that comes late, as after a reload. `picture` and `names` are sent once.
    """

    _esm = esm()
    _css = css()

    place = traitlets.Unicode().tag(sync=True)  # the mark of the output that it is shown in; empty where it has a view
    order = traitlets.Int().tag(sync=True)  # among the panels of one output
    run_id = traitlets.Unicode().tag(sync=True)
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    picture = traitlets.Unicode().tag(sync=True)
    awaits_picture = traitlets.Bool().tag(sync=True)  # it is still being laid out
    palette: traitlets.List[Any] = traitlets.List().tag(sync=True)
    edges: traitlets.List[Any] = traitlets.List().tag(sync=True)
    states = traitlets.Unicode().tag(sync=True)
    moment = traitlets.Dict().tag(sync=True)
    forecast = traitlets.Dict().tag(sync=True)
    bars = traitlets.Unicode("[]").tag(sync=True)  # as JSON, which costs a tenth of what a list of lists does
    details = traitlets.Dict().tag(sync=True)
    form = traitlets.Dict().tag(sync=True)  # what is asked before a rerun, once somebody wants to be asked

    def __init__(self, run: Run, aims: Aims, **kwargs: Any) -> None:
        self.run = run
        self._aims = aims
        self._opened: str | None = None
        self._is_cancelling = False
        self._next_forecast = self._details_told = 0.0
        self._lock = threading.RLock()
        super().__init__(run_id=run.run_id, names=list(run), palette=palette(), **self._picture(), **kwargs)
        self._clicks = Clicks(
            {
                "cancel": self._cancel,
                "ask": self._ask,
                "rerun": self._rerun,
                "resume": self._resume,
                "open": self._open,
            }
        )
        self.on_msg(self._hear)

    def begin_drawing(self) -> None:
        """Lay the picture out while cells go on, where it is still to come."""
        if self.awaits_picture:
            threading.Thread(target=self._draw, name="dpnb layout", daemon=True).start()

    def _picture(self) -> dict[str, Any]:
        """Return what is known of the picture at once: all of one that is drawn in no time."""
        from dpnb.notebook.panel.picture import picture_of, takes_a_moment

        if takes_a_moment(self.run.outline):
            return {"awaits_picture": True}
        drawn = picture_of(self.run.outline)
        return {"picture": drawn.svg, "edges": drawn.edges}

    def _draw(self) -> None:
        from dpnb.notebook.panel.picture import LivePicture, picture_of

        drawn = LivePicture(svg="", edges=[])  # should it fail, the page lists the tasks
        try:
            drawn = picture_of(self.run.outline)
        finally:
            with self._lock, self.hold_sync():
                self.picture, self.edges, self.awaits_picture = drawn.svg, drawn.edges, False

    # Told to the page

    def tell(self, snapshot: RunSnapshot) -> None:
        """Show how the run stands."""
        with self._lock, self.hold_sync():
            board = Board(names=self.names, snapshot=snapshot)
            self.states = board.letters()
            self.bars = json.dumps(board.bars(), separators=(",", ":"))
            self._is_cancelling = self._is_cancelling and not snapshot.is_over
            self.moment = board.moment(time.time_ns() // 1000, is_cancelling=self._is_cancelling)
            if snapshot.is_over or time.monotonic() >= self._next_forecast:
                self._tell_forecast(board)
            if self._opened is not None and (snapshot.is_over or time.monotonic() - self._details_told >= DETAILS_S):
                self._tell_details(self._opened)

    def _tell_forecast(self, board: Board) -> None:
        began_s = time.thread_time()
        left = None if board.snapshot.is_over else self.run.eta
        self.forecast = {"left_s": None if left is None else left.total_seconds(), "critical": board.critical_path()}
        rest_s = max(FORECAST_S, _FORECAST_REST * (time.thread_time() - began_s))
        self._next_forecast = time.monotonic() + rest_s

    def _tell_details(self, task: str) -> None:
        """Tell of the task that is open; anew while the run goes, since its log grows and its state changes."""
        self.details = details_of(self.run, task).to_plain()
        self._details_told = time.monotonic()

    # Asked by the page

    def _hear(self, _: object, content: object, __: object) -> None:
        answered = self._clicks.take(content) if isinstance(content, dict) else None
        if answered is not None:
            self.send({"answered": answered.click_id, "word": answered.word, "failed": answered.failed})

    def _cancel(self, _: dict[str, Any]) -> str:
        is_second = self._is_cancelling
        self.run.cancel(at_once=is_second)
        with self._lock:
            self._is_cancelling = True
            self.moment = {**self.moment, "is_cancelling": True}
        return "killing what runs" if is_second else "cancelling; Kill ends what does not stop by itself"

    def _ask(self, _: dict[str, Any]) -> str:
        self.form = rerun_form(self.run)
        return ""

    def _rerun(self, click: dict[str, Any]) -> str:
        asked = read_rerun(
            self.run,
            tasks=click.get("tasks", "stale"),
            downstream=click.get("downstream", True),
            params=click.get("params", {}),
        )
        again = self.run.rerun(asked.tasks, downstream=asked.downstream, params=asked.params)
        self._aims.rerun(again)
        return f"runs again as {again.run_id}"

    def _resume(self, _: dict[str, Any]) -> str:
        self.run.resume()
        self._aims.resume(self)
        return "goes on"

    def _open(self, click: dict[str, Any]) -> str:
        place = click.get("task")
        with self._lock:
            if not isinstance(place, int) or not 0 <= place < len(self.names):
                self._opened = None
                self.details = {}
                return "closed"
            self._opened = self.names[place]
            self._tell_details(self._opened)
            return "opened"
