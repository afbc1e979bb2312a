"""Takes requests, and answers them beside the kernel's own threads.

Pages have a thread of their own, so have bars of column heads: a sort of millions of rows keeps nobody from reading a
cell. Of pages only the newest is wanted: one that asks for another order ends what is being sorted.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dpnb.errors import BrowsingStoppedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dpnb.results.browsing import Browsed

_LANES = ("page", "histogram", "other")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    id: str
    request: Mapping[str, Any]
    stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def lane(self) -> str:
        asked = self.request.get("ask")
        return str(asked) if asked in _LANES else "other"

    @property
    def scene(self) -> Any:
        """What has to be looked up first, which takes the time; pages of one scene share it."""
        return self.request.get("at"), self.request.get("view")


class Desk:
    """Answers requests by their ids, in any order.

    Parameters
    ----------
    browsed
        What is asked about.
    reply
        Is given each answer, from any thread: ``{"id": …}`` with ``answer``, ``error`` or ``stopped``.
    """

    def __init__(self, browsed: Browsed, reply: Callable[[dict[str, Any]], None]) -> None:
        self._browsed = browsed
        self._reply = reply
        self._lock = threading.Lock()
        self._lanes: dict[str, ThreadPoolExecutor] = {}
        self._going: dict[str, _Asked] = {}  # by id
        self._is_closed = False

    def take(self, message: Mapping[str, Any]) -> None:
        """Take a request; one that is sent again while it is being answered is not answered twice."""
        asked_id = message.get("id")
        if message.get("ask") == "stop":
            self._stop_pages()
        elif isinstance(asked_id, str):
            self._queue(_Asked(id=asked_id, request=message))

    def close(self) -> None:
        """Stop all that goes on; nothing is answered any more."""
        with self._lock:
            self._is_closed = True
            for asked in self._going.values():
                asked.stopped.set()
            lanes = list(self._lanes.values())
        for lane in lanes:
            lane.shutdown(wait=False, cancel_futures=True)
        self._browsed.close()

    def _queue(self, asked: _Asked) -> None:
        with self._lock:
            if self._is_closed or asked.id in self._going:
                return
            if asked.lane == "page":
                self._give_way(asked)
            self._going[asked.id] = asked
            if asked.lane not in self._lanes:
                self._lanes[asked.lane] = ThreadPoolExecutor(1, thread_name_prefix=f"dpnb-browse-{asked.lane}")
            self._lanes[asked.lane].submit(self._answer, asked)

    def _give_way(self, to: _Asked) -> None:
        for asked in self._going.values():
            if asked.lane == "page" and asked.scene != to.scene:
                asked.stopped.set()

    def _stop_pages(self) -> None:
        with self._lock:
            for asked in self._going.values():
                if asked.lane == "page":
                    asked.stopped.set()

    def _answer(self, asked: _Asked) -> None:
        try:
            said: dict[str, Any] = {"answer": self._browsed.answer(asked.request, stop=asked.stopped.is_set)}
        except BrowsingStoppedError:
            said = {"stopped": True}
        except Exception as error:  # noqa: BLE001  # told to whoever asked; in a thread nobody else would see it
            said = {"error": f"{error}" if str(error) else type(error).__name__}
        with self._lock:
            self._going.pop(asked.id, None)
            is_closed = self._is_closed
        if not is_closed:
            self._reply({"id": asked.id, **said})
