"""The panel's widget: what the page is told of a run, and what it may ask for."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from dpnb.notebook.panel.assets import css, esm
from dpnb.notebook.panel.board import Board, palette
from dpnb.notebook.panel.clicks import Clicks
from dpnb.notebook.panel.details import details_of
from dpnb.render.quantities import duration

if TYPE_CHECKING:
    from dpnb.orchestrator import Run
    from dpnb.telling import RunSnapshot

ETA_S = 1.0  # it asks the ledger for every task, so not at the pace of the colours
DETAILS_S = 0.5


class RunPanel(anywidget.AnyWidget):
    """Shows a run that is going, or one that has ended.

    Its traits hold all that a page needs that comes late, as after a reload. `picture` and `names` are sent once.
    """

    _esm = esm()
    _css = css()

    run_id = traitlets.Unicode().tag(sync=True)
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    picture = traitlets.Unicode().tag(sync=True)
    palette: traitlets.List[Any] = traitlets.List().tag(sync=True)
    edges: traitlets.List[Any] = traitlets.List().tag(sync=True)
    states = traitlets.Unicode().tag(sync=True)
    moment = traitlets.Dict().tag(sync=True)
    bars: traitlets.List[Any] = traitlets.List().tag(sync=True)
    details = traitlets.Dict().tag(sync=True)

    def __init__(self, run: Run, **kwargs: Any) -> None:
        from dpnb.notebook.panel.picture import picture_of

        self._run = run
        self._snapshot: RunSnapshot | None = None
        self._eta: tuple[float, str] = (0.0, "")
        self._opened: str | None = None
        self._details_told = 0.0
        self._lock = threading.RLock()
        names = list(run)
        drawn = picture_of(run.outline)
        super().__init__(
            run_id=run.run_id, names=names, palette=palette(), picture=drawn.svg, edges=drawn.edges, **kwargs
        )
        self._clicks = Clicks(
            {"cancel": self._cancel, "rerun": self._rerun, "resume": self._resume, "open": self._open}
        )
        self.on_msg(self._hear)

    # Told to the page

    def tell(self, snapshot: RunSnapshot) -> None:
        """Show how the run stands."""
        with self._lock, self.hold_sync():
            self._snapshot = snapshot
            board = Board(names=self.names, snapshot=snapshot)
            now_us = time.time_ns() // 1000
            self.states = board.letters()
            self.bars = [[bar.task, bar.lane, bar.start_s, bar.end_s] for bar in board.bars()]
            self.moment = {
                "status": str(snapshot.status),
                "reason": snapshot.reason,
                "is_over": snapshot.is_over,
                "elapsed_s": round(board.elapsed_s(now_us), 3),
                "eta": "" if snapshot.is_over else self._eta_text(),
                "counts": board.counts(),
                "progress": board.progress(),
                "critical": board.critical_path(),
            }
            self._refresh_details()

    def _eta_text(self) -> str:
        told, text = self._eta
        if time.monotonic() - told >= ETA_S:
            left = self._run.eta
            text = "" if left is None else duration(left.total_seconds())
            self._eta = (time.monotonic(), text)
        return text

    def _refresh_details(self) -> None:
        """Tell anew of the task that is open: its log grows, and its state changes."""
        if self._opened is None or time.monotonic() - self._details_told < DETAILS_S:
            return
        self._tell_details(self._opened)

    def _tell_details(self, task: str) -> None:
        self._details_told = time.monotonic()
        self.details = details_of(self._run, task).to_plain()

    # Asked by the page

    def _hear(self, _: object, content: object, __: object) -> None:
        answered = self._clicks.take(content) if isinstance(content, dict) else None
        if answered is not None:
            self.send({"answered": answered[0], "word": answered[1]})

    def _cancel(self, _: dict[str, Any]) -> str:
        self._run.cancel()
        return "cancelling; once more kills what is running"

    def _rerun(self, _: dict[str, Any]) -> str:
        from dpnb.notebook.panel.showing import show_beside

        again = self._run.rerun()
        show_beside(again)
        return f"runs again as {again.run_id}"

    def _resume(self, _: dict[str, Any]) -> str:
        self._run.resume()
        self.follow()
        return "goes on"

    def follow(self) -> None:
        """Tell the page how the run goes, until it has ended."""
        from dpnb.notebook.panel.feed import Feed

        Feed(self._run, self.tell, lambda: None).start()

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
