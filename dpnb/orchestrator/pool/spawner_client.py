"""The kernel's end of the fork server: starts it when first needed, restarts it when it has died.

A task may stop the server, its parent, with SIGSTOP: see `SpawnerWatch`.
"""

from __future__ import annotations

import atexit
import contextlib
import itertools
import os
import signal
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Protocol

from dpnb.orchestrator.pool.spawner import MESSAGE, Verb, bootstrap
from dpnb.orchestrator.pool.spawner_watch import SpawnerWatch
from dpnb.orchestrator.pool.usage import USAGE_BYTES, unpack_usage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dpnb.orchestrator.pool.usage import Usage

PRELOAD = ("numpy", "pandas")
_PATIENCE_S = 2
_ANSWER_BYTES = MESSAGE.size + USAGE_BYTES


class WorkerOwner(Protocol):
    """Who is told about a worker that it asked for."""

    def worker_started(self, request: int, pid: int) -> None:
        """Hear that the process runs; its channel may have been used before."""
        ...

    def worker_ended(self, request: int, status: int | None, used: Usage | None) -> None:
        """Hear that it has ended, with a wait status, and what its last call used; None where its server died too."""
        ...

    def worker_refused(self, request: int, error_number: int) -> None:
        """Hear that it could not be started."""
        ...


class SpawnerClient:
    """Asks one fork server for workers and passes on what it says about them."""

    def __init__(self, preload: Sequence[str] = PRELOAD, *, fresh: bool = False) -> None:
        self._requests = itertools.count(1)
        self._lock = threading.Lock()
        self._owners: dict[int, WorkerOwner] = {}
        self._request_of: dict[int, int] = {}
        self._control, theirs = socket.socketpair()
        arguments = f"main({theirs.fileno()}, {os.getpid()}, {list(preload)!r}, fresh={fresh})"
        code = bootstrap("dpnb.orchestrator.pool.spawner", arguments)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", code],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._watch = SpawnerWatch(self._process)
        threading.Thread(target=self._listen, name="dpnb-spawner", daemon=True).start()

    @property
    def pid(self) -> int:
        """The fork server's process id."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether the server can still be asked."""
        return self._control.fileno() >= 0 and self._process.poll() is None

    def start(self, owner: WorkerOwner, descriptors: Sequence[int]) -> int:
        """Ask for a worker with these descriptors: channel, output, and, where there is one, lane of calls.

        Returns the request's number. Raises `OSError` when the server is gone.
        """
        with self._lock:
            request = next(self._requests)
            self._owners[request] = owner
            self._watch.expect((Verb.STARTED, request))
            message = MESSAGE.pack(Verb.START, 0, request)
            try:
                socket.send_fds(self._control, [message], descriptors)
            except OSError:
                del self._owners[request]
                self._watch.settle((Verb.STARTED, request))
                raise
        return request

    def kill(self, pid: int, signum: int) -> None:
        """Send a signal that ends it to a worker's process group; nothing happens where it has ended."""
        self.expect_end(pid)
        with self._lock, contextlib.suppress(OSError):
            self._control.sendall(MESSAGE.pack(Verb.KILL, pid, signum))

    def expect_end(self, pid: int) -> None:
        """Take note that a worker ends, or has ended, and that the server is to say so."""
        self._watch.expect((Verb.ENDED, pid))
        if pid not in self._request_of:  # the server has said so
            self._watch.settle((Verb.ENDED, pid))

    def forget(self) -> None:
        """Give up the control socket without a word: the server is another process's."""
        with contextlib.suppress(OSError):
            self._control.close()

    def close(self) -> None:
        """Let the server end, and with it every worker."""
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)
        self._process.send_signal(signal.SIGCONT)  # it may be stopped
        self._reap()

    def _reap(self) -> None:
        try:
            self._process.wait(timeout=_PATIENCE_S)
        except subprocess.TimeoutExpired:  # stopped, or stuck in the system: its workers end with it
            self._process.kill()
            self._process.wait()

    def _listen(self) -> None:
        while True:
            try:
                data = self._control.recv(_ANSWER_BYTES, socket.MSG_WAITALL)
            except OSError:
                data = b""
            if len(data) < _ANSWER_BYTES:
                break
            verb, pid, value = MESSAGE.unpack_from(data)
            self._pass_on(verb, pid, value, unpack_usage(data[MESSAGE.size :]))
        self._control.close()
        self._reap()
        self._watch.close()
        for request, owner in list(self._owners.items()):
            owner.worker_ended(request, None, None)
        self._owners.clear()

    def _pass_on(self, verb: int, pid: int, value: int, used: Usage) -> None:
        if verb == Verb.STARTED and value in self._owners:
            self._request_of[pid] = value
            self._watch.settle((Verb.STARTED, value))
            self._owners[value].worker_started(value, pid)
        elif verb == Verb.ENDED and pid in self._request_of:
            request = self._request_of.pop(pid)
            self._watch.settle((Verb.ENDED, pid))
            self._owners.pop(request).worker_ended(request, value, used)
        elif verb == Verb.REFUSED and value in self._owners:
            self._watch.settle((Verb.STARTED, value))
            self._owners.pop(value).worker_refused(value, pid)


_clients: dict[tuple[tuple[str, ...], bool], SpawnerClient] = {}
_clients_lock = threading.Lock()


def get_spawner(preload: Sequence[str] = PRELOAD, *, fresh: bool = False) -> SpawnerClient:
    """Return this process's fork server for these preloaded modules, started or restarted where need be."""
    key = (tuple(preload), fresh)
    with _clients_lock:
        client = _clients.get(key)
        if client is None or not client.is_alive:
            client = _clients[key] = SpawnerClient(preload, fresh=fresh)
        return client


def _forget_inherited() -> None:
    """After a fork of the kernel: the server belongs to the parent, and its control socket must not be held open."""
    for client in _clients.values():
        client.forget()
    _clients.clear()


@atexit.register
def close_all() -> None:
    """End this process's fork servers, and with them all workers that they have started."""
    for client in list(_clients.values()):
        client.close()
    _clients.clear()


os.register_at_fork(after_in_child=_forget_inherited)
