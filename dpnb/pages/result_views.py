"""Results that are looked through: opened once for all pages, and nobody's lookups go on that nobody waits for.

A page's view of a result names itself, and counts its `turn` on whenever it wants other rows, or the same in another
order. What is still looked up for an earlier turn is then given up, in whatever order the questions have come.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dpnb.errors import BrowsingStoppedError
from dpnb.orchestrator import get_run
from dpnb.results.browsing.sources import StoredSource

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dpnb.pages.messages import ResultAsked
    from dpnb.results.browsing import Browsed
    from dpnb.workspace import Workspace

MOST_OPEN = 4
"""How many results are kept open; the one that nobody has asked about for the longest goes first."""


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
        self._open: OrderedDict[tuple[str, str], Browsed] = OrderedDict()
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

    def forget(self, run_ids: Iterable[str]) -> None:
        """Let go of the results of runs."""
        gone = set(run_ids)
        with self._lock:
            left = [self._open.pop(key) for key in list(self._open) if key[0] in gone]
        _close(left)

    def _browsed(self, asked: ResultAsked) -> Browsed:
        key = asked.run_id, asked.task
        if not asked.begins:
            with self._lock:
                if key in self._open:
                    self._open.move_to_end(key)
                    return self._open[key]
        return self._keep(key, get_run(asked.run_id, self._workspace).browse(asked.task))

    def _keep(self, key: tuple[str, str], found: Browsed) -> Browsed:
        """Return what is open of the same stored result, else what was found."""
        left: list[Browsed] = []
        with self._lock:
            kept = self._open.get(key)
            if kept is not None and _is_same(kept, found):
                found = kept
            elif kept is not None:
                left.append(kept)  # the run has gone on, and stored another
            self._open[key] = found
            self._open.move_to_end(key)
            while len(self._open) > MOST_OPEN:
                left.append(self._open.popitem(last=False)[1])
        _close(left)
        return found

    def _begin(self, asked: ResultAsked) -> _Look:
        look = _Look(viewer=asked.viewer, turn=asked.turn, is_page=asked.ask == "page")
        with self._lock:
            if look.is_page and look.viewer:
                for other in self._going:
                    if other.is_page and other.viewer == look.viewer and other.turn != look.turn:
                        min(look, other, key=lambda one: one.turn).stopped.set()
            self._going.add(look)
        return look


def _is_same(one: Browsed, other: Browsed) -> bool:
    """Tell whether both are of one stored result; values are not compared, which may be large."""
    a, b = one.source, other.source
    return isinstance(a, StoredSource) and isinstance(b, StoredSource) and a.record == b.record


def _close(left: Iterable[Browsed]) -> None:
    for browsed in left:
        browsed.close()
