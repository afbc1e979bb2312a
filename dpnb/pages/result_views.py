"""Results that are looked through: opened once for all pages, and nobody's lookups go on that nobody waits for.

A page's view of a result names itself, and counts its `turn` on whenever it wants other rows, or the same in another
order. What is still looked up for an earlier turn is then given up, in whatever order the questions have come.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dpnb.errors import BrowsingStoppedError
from dpnb.orchestrator import get_run
from dpnb.pages.open_results import OpenResults

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dpnb.pages.messages import ResultAsked
    from dpnb.results.browsing import Browsed
    from dpnb.workspace import Workspace


@dataclass(slots=True, eq=False)
class _Look:
    """One answer that is being looked up."""

    viewer: str
    turn: int
    is_page: bool
    stopped: threading.Event = field(default_factory=threading.Event)


class ResultViews:
    """The results of a workspace's runs, as pages look through them. May be asked from several threads."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._open = OpenResults()
        self._going: set[_Look] = set()
        self._lock = threading.Lock()

    def answer(self, asked: ResultAsked) -> dict[str, Any]:
        """Return what `Browsed.answer` does, or ``{"stopped": True}`` where the view wants something else by now.

        Raises
        ------
        RunNotFoundError, UnknownTaskError, TaskNotFinishedError, TaskFailedError
            There is no such result.
        BrowseRequestError
            What is asked for makes no sense for this result.
        """
        browsed = self._browsed(asked)
        look = self._begin(asked)
        try:
            return browsed.answer(asked.question(), stop=look.stopped.is_set)
        except BrowsingStoppedError:
            return {"stopped": True}
        finally:
            with self._lock:
                self._going.discard(look)

    def stop(self, viewer: str) -> None:
        """Give up all that is looked up for a view."""
        with self._lock:
            for look in self._going:
                if look.viewer == viewer:
                    look.stopped.set()

    def leave(self, viewer: str) -> None:
        """Give up what a view has looked up, and close its result if nobody else looks at that."""
        self.stop(viewer)
        if viewer:
            self._open.leave(viewer)

    def forget(self, run_ids: Iterable[str]) -> None:
        """Let go of the results of runs."""
        self._open.forget(run_ids)

    def close(self) -> None:
        """Let go of all."""
        self._open.close()

    def _browsed(self, asked: ResultAsked) -> Browsed:
        key = asked.run_id, asked.task
        found = None if asked.begins else self._open.get(key, asked.viewer)
        return found or self._open.keep(key, asked.viewer, get_run(asked.run_id, self._workspace).browse(asked.task))

    def _begin(self, asked: ResultAsked) -> _Look:
        look = _Look(viewer=asked.viewer, turn=asked.turn, is_page=asked.ask == "page")
        with self._lock:
            if look.is_page and look.viewer:
                for other in self._going:
                    if other.is_page and other.viewer == look.viewer and other.turn != look.turn:
                        min(look, other, key=lambda one: one.turn).stopped.set()
            self._going.add(look)
        return look
