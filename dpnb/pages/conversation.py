"""What a notebook's page and its kernel say to each other, whatever carries the messages.

::

    page ── {ask: id, method, params} ──▶ a thread ──▶ Pages.ask ──▶ {answer: id, result | problem} ──▶ page
         ── {watch: id, method, params} ─▶ now, and whenever the pulse changes ─▶ {seen: id, result | problem} ──▶
         ── {unwatch: id} · {leave: true}

A message is sent again until it is answered: a kernel may be busy for minutes, and its messages may come on another
thread than the one that is busy. What changes anything is therefore remembered by its id, and done once. Answers are
made in threads of their own, so that the kernel stays free, and watched pages stay true while a cell is executed.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from dpnb.errors import DpnbError
from dpnb.pages.pulse import PULSE_S, Pulse

if TYPE_CHECKING:
    from collections.abc import Callable

    from dpnb.pages.asking import Pages

_REMEMBERED = 1_000
_AT_ONCE = 4


class Conversation:
    """Answers one page.

    Parameters
    ----------
    pages
        What is asked.
    send
        Called with each message to the page, from any thread.
    leave
        Called when the page wants to be replaced by what needs no kernel.
    changed
        Called when something has changed, while the page watches anything.
    """

    def __init__(
        self,
        pages: Pages,
        send: Callable[[dict[str, Any]], object],
        leave: Callable[[], object],
        changed: Callable[[], object] = lambda: None,
    ) -> None:
        self._pages, self._send, self._leave, self._changed = pages, send, leave, changed
        self._answers: OrderedDict[str, dict[str, Any] | None] = OrderedDict()  # None while it is being done
        self._reading: set[str] = set()
        self._watches: dict[str, tuple[str, dict[str, Any]]] = {}
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="dpnb-page")
        self._pulse = Pulse(pages.workspace)
        self._beat: str | None = None
        self._closed = threading.Event()
        self._watcher: threading.Thread | None = None

    def hear(self, message: Any) -> None:
        """Take a message of the page; what is none is let pass."""
        match message:
            case {"ask": str(name), "method": str(method), "params": dict(params)}:
                self._hear_ask(name, method, params)
            case {"watch": str(name), "method": str(method), "params": dict(params)}:
                with self._lock:
                    self._watches[name] = (method, params)
                self._look_on()
                self._submit(lambda: self._show(name))
            case {"unwatch": str(name)}:
                with self._lock:
                    self._watches.pop(name, None)
            case {"leave": True}:
                self._leave()

    def beat(self) -> None:
        """Show all that is watched again, if anything has changed."""
        try:
            beat = self._pulse.beat()
        except DpnbError:  # a ledger that cannot be read at the moment; whoever asks is told so
            return
        if beat == self._beat:
            return
        self._beat = beat
        with self._lock:
            names = list(self._watches)
        for name in names:
            self._show(name)
        self._changed()

    def close(self) -> None:
        """Say nothing any more."""
        self._closed.set()
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._pages.close()

    def _hear_ask(self, name: str, method: str, params: dict[str, Any]) -> None:
        if not self._pages.changes(method):
            with self._lock:
                is_going = name in self._reading
                self._reading.add(name)
            if not is_going:  # to read through a long result once more would make nobody's wait shorter
                self._submit(lambda: self._read(name, method, params))
            return
        with self._lock:
            known = self._answers.get(name)
            is_known = name in self._answers
            self._answers[name] = known
            if len(self._answers) > _REMEMBERED:
                self._answers.popitem(last=False)
        if not is_known:
            self._submit(lambda: self._do(name, method, params))
        elif known is not None:
            self._send(known)

    def _read(self, name: str, method: str, params: dict[str, Any]) -> None:
        answer = {"answer": name, **self._answer(method, params)}
        with self._lock:
            self._reading.discard(name)
        self._send(answer)

    def _do(self, name: str, method: str, params: dict[str, Any]) -> None:
        answer = {"answer": name, **self._answer(method, params)}
        with self._lock:
            self._answers[name] = answer
        self._send(answer)
        self.beat()

    def _show(self, name: str) -> None:
        with self._lock:
            watched = self._watches.get(name)
        if watched is not None and not self._closed.is_set():
            self._send({"seen": name, **self._answer(*watched)})

    def _answer(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        try:
            return {"result": self._pages.ask(method, params)}
        except DpnbError as error:
            message, _, _ = str(error).partition("\nHint: ")
            return {"problem": {"message": message, "hint": error.hint}}
        except Exception as error:  # noqa: BLE001 - told to whoever looks at the page; a thread that raises is seen by nobody
            return {"problem": {"message": f"{type(error).__name__}: {error}", "hint": ""}}

    def _submit(self, work: Callable[[], object]) -> None:
        if not self._closed.is_set():
            self._threads.submit(work)

    def _look_on(self) -> None:
        with self._lock:
            if self._watcher is None:
                self._watcher = threading.Thread(target=self._watch, name="dpnb-page-pulse", daemon=True)
                self._watcher.start()

    def _watch(self) -> None:
        while not self._closed.wait(PULSE_S):
            if self._watches:
                self.beat()
