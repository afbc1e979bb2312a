"""The fork server: a small process with pandas preloaded that starts, watches and kills workers.

::

    kernel ──control socket──▶ spawner ──fork──▶ worker, worker, …
           ◀──started, ended──         ◀──marks──

It is single-threaded, so forking it is safe, and it does not know ``__main__``, so scripts need no guard. It is the
workers' parent: it reaps them, tells how they ended and what they had used (see `usage`), kills the process groups of
those that must go and whatever they leave behind, and takes all of them with it when the kernel ends, however that
ends. Process ids cannot be mistaken, since only their parent, which has not reaped them yet, sends the signals.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import select
import signal
import socket
import struct
import sys
import time
from enum import IntEnum
from typing import TYPE_CHECKING, NoReturn

from dpnb.orchestrator.pool import linux
from dpnb.orchestrator.pool.usage import NO_USAGE, UsageMark, bytes_of, descriptor_for_mark, pack_usage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dpnb.orchestrator.pool.usage import Usage

MESSAGE = struct.Struct("<BqQ")  # verb, process id or status, request number or value
_WATCH_PARENT_MS = 1000
_REAP_S = 1.0
_OURS = (
    "cloudpickle",
    "dpnb.orchestrator.pool.by_value",
    "dpnb.orchestrator.pool.worker",
    "dpnb.orchestrator.worker",
    "dpnb.results.adapters.filesystem",
)


class Verb(IntEnum):
    """What a control message asks or tells."""

    START = 1  # with descriptors: the worker's channel, the pipe of its output, the lane of its calls
    KILL = 2  # pid, signal number
    STARTED = 3  # pid, request number
    ENDED = 4  # pid, wait status
    REFUSED = 5  # errno, request number: fork failed


class Spawner:
    """The server's loop and its table of live workers."""

    def __init__(self, control: socket.socket, parent_pid: int, *, fresh: bool) -> None:
        self._control = control
        self._parent_pid = parent_pid
        self._fresh = fresh
        self._workers: dict[int, UsageMark] = {}  # by process id
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_write, False)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    def serve(self) -> None:
        """Answer requests until the kernel closes its end or ends."""
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(self._wake_read, select.POLLIN)
        while os.getppid() == self._parent_pid:
            for descriptor, _ in poll.poll(_WATCH_PARENT_MS):
                if descriptor == self._wake_read:
                    os.read(self._wake_read, 4096)
                elif not self._answer():
                    return
            self._reap()

    def kill_all(self) -> None:
        """End every worker and what it started."""
        for pid in list(self._workers):
            self._kill(pid, signal.SIGKILL)
        self._kill_left_behind()
        deadline = time.monotonic() + _REAP_S
        while linux.children_of_self() and time.monotonic() < deadline:  # none is left to an init that may be slow
            self._reap()
            time.sleep(0.002)

    def _answer(self) -> bool:
        try:
            data, descriptors, _, _ = socket.recv_fds(self._control, MESSAGE.size, 3)
        except OSError:  # the kernel was killed
            return False
        if len(data) < MESSAGE.size:
            return False
        verb, pid, value = MESSAGE.unpack(data)
        if verb == Verb.START:
            self._start(value, descriptors)
        elif verb == Verb.KILL and pid in self._workers:
            self._kill(pid, value)
        return True

    def _start(self, request: int, descriptors: list[int]) -> None:
        shared = -1
        try:
            if self._fresh:
                shared = descriptor_for_mark()
            mark = UsageMark(shared)
            pid = os.fork()
        except OSError as error:
            self._tell(Verb.REFUSED, error.errno or 0, request)
        else:
            if pid == 0:
                self._become_worker(descriptors, shared if self._fresh else mark)
            self._workers[pid] = mark
            self._tell(Verb.STARTED, pid, request)
        for descriptor in (*descriptors, shared):
            if descriptor >= 0:
                os.close(descriptor)

    def _become_worker(self, descriptors: list[int], mark: UsageMark | int) -> NoReturn:
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            spawner_pid = os.getppid()
            os.setsid()
            linux.die_with_parent(spawner_pid)
            linux.adopt_orphans()  # a daemon of a task stays ours to kill, and lives no longer than its worker
            for descriptor in (self._control.fileno(), self._wake_read, self._wake_write):
                os.close(descriptor)
            self._workers.clear()
            self._run_worker(descriptors, mark)
            status = 0
        finally:
            os._exit(status)

    def _run_worker(self, descriptors: list[int], mark: UsageMark | int) -> None:
        if self._fresh:
            for descriptor in (*descriptors, mark):
                if isinstance(descriptor, int) and descriptor >= 0:
                    os.set_inheritable(descriptor, True)  # noqa: FBT003 - the standard library's
            code = bootstrap("dpnb.orchestrator.pool.worker", f"main(*{descriptors}, mark={mark})")
            os.execv(sys.executable, [sys.executable, "-c", code])  # noqa: S606 - no shell is wanted
        from dpnb.orchestrator.pool import worker

        worker.main(*descriptors, mark=mark)

    def _reap(self) -> None:
        ended = False
        while (pid := _ended_child()) is not None:
            ended = True
            total_bytes = bytes_of(pid)
            _, status, total = os.wait4(pid, 0)
            if pid in self._workers:
                mark = self._workers.pop(pid)
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(pid, signal.SIGKILL)  # the rest of its group
                self._tell(Verb.ENDED, pid, status, mark.used_since(total, total_bytes))
        if ended:
            self._kill_left_behind()

    def _kill(self, pid: int, signum: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signum)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signum)

    def _kill_left_behind(self) -> None:
        for pid in linux.children_of_self():
            if pid not in self._workers:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def _tell(self, verb: Verb, pid: int, value: int, used: Usage = NO_USAGE) -> None:
        with contextlib.suppress(OSError):
            self._control.sendall(MESSAGE.pack(verb, pid, value) + pack_usage(used))


def _ended_child() -> int | None:
    """Return a child that has ended and is not buried yet."""
    try:
        ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return None
    return ended.si_pid if ended is not None else None


def bootstrap(module: str, call: str) -> str:
    """Return code for ``python -c`` that calls a function of a module with this process's import path."""
    return f"import sys; sys.path[:] = {sys.path!r}; from {module} import main; {call}"


def main(control: int, parent_pid: int, preload: list[str], *, fresh: bool) -> None:
    """Serve on the inherited descriptor `control` until `parent_pid` ends."""
    linux.adopt_orphans()
    linux.go_on_after_parent()
    spawner = Spawner(socket.socket(fileno=control), parent_pid, fresh=fresh)
    if not fresh:
        _import_all(_OURS)
        importlib.import_module("dpnb.orchestrator.worker.imports").watch_imports()  # of the user's, which come next
        _import_all(preload)
        gc.collect()
        gc.freeze()  # keeps the collector from touching, and so copying, the pages shared with the workers
    try:
        spawner.serve()
    finally:
        spawner.kill_all()


def _import_all(names: Iterable[str]) -> None:
    for name in names:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
