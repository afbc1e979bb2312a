"""One child process as its pool sees it."""

from __future__ import annotations

import math
import os
import pickle
import signal
import socket
import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

from dpnb.orchestrator.pool import lane
from dpnb.orchestrator.pool.call import describe_status
from dpnb.orchestrator.pool.wire import Kind, PoolChannel

if TYPE_CHECKING:
    from dpnb.orchestrator.pool.call import Call, Stop
    from dpnb.orchestrator.pool.spawner_client import SpawnerClient, WorkerOwner

_OUTPUT_READ_BYTES = 1 << 16
ALL_READS = 16  # a pipe holds 64 KiB; more than that came after the call had ended
_AHEAD_S = 0.008  # work that may wait for a busy worker; stealing it back costs less than that
MOST_AHEAD = 64


class WorkerHandle:
    """A worker's private sockets, the pipe of its output, and the calls that it has: the first runs, the others wait.

    Raises `OSError` at construction where the fork server cannot be asked.
    """

    def __init__(self, spawner: SpawnerClient, owner: WorkerOwner, setup: bytes) -> None:
        self.calls: deque[Call] = deque()
        self.announced: Call | None = None  # the last call that was reported as begun
        self.stop_cause: Stop | None = None
        self.pid: int | None = None
        self.is_ready = False
        self.refusal = ""  # why the system has not started it
        self.setup_error: BaseException | None = None  # what its initializer has raised
        self.is_leaving = False
        self._spawner = spawner
        self._shared: set[bytes] = set()
        self._awaits_pid: list[int] = []
        self._planned = math.inf  # when somebody looks at the worker
        self._due = 0.0  # when the announced call runs out of time
        self._since = 0.0  # when the call that runs began, as far as is known
        self._pace_s = _AHEAD_S  # what its calls have lately taken
        ours, theirs = socket.socketpair()
        self.output, write_end = os.pipe()
        os.set_blocking(self.output, False)
        self.channel = PoolChannel(ours)
        self._lane = lane.CallLane() if lane.IS_SUPPORTED else None
        ends = [theirs.fileno(), write_end]
        if self._lane is not None:
            ends.append(self._lane.worker_end().fileno())
        try:
            self.request = spawner.start(owner, ends)
        except OSError:
            self.close()
            raise
        finally:
            theirs.close()
            os.close(write_end)
        with suppress(OSError):  # refused or dead already, which will be reported
            self.channel.send(Kind.SETUP, 0, setup)

    @staticmethod
    def is_large(call: Call) -> bool:
        """Tell whether a call is too large for the lane, and travels through the channel."""
        return len(call.payload) > lane.LARGEST_PACKET_BYTES

    def describe_failed_start(self, status: int | None) -> str:
        """Say why this worker has never been ready."""
        if self.setup_error is not None:
            return f"its initializer raised {self.setup_error!r}"
        return f"fork: {self.refusal}" if self.refusal else f"it ended while it started, {describe_status(status)}"

    @property
    def call(self) -> Call | None:
        """The call that runs."""
        return self.calls[0] if self.calls else None

    def has_room(self, now: float) -> bool:
        """Tell whether another call may wait here: only behind short ones, and not behind one that turned out long."""
        waiting_s = len(self.calls) * self._pace_s
        return (
            waiting_s < _AHEAD_S
            and len(self.calls) < MOST_AHEAD
            and now - self._since < _AHEAD_S
            and self.stop_cause is None
            and self._lane is not None
        )

    def hand_over(self, call: Call) -> bool:
        """Send a call and what it shares; False where it does not fit. Raises `OSError` where the process is gone."""
        for digest, blob in call.shares.items():
            if digest not in self._shared:
                self._shared.add(digest)
                self.channel.send(Kind.SHARE, 0, pickle.dumps((digest, blob), protocol=5))
        if self._lane is None:
            self.channel.send(Kind.CALL, call.call_id, call.payload)
        elif not self.is_large(call):
            if not self._lane.put(call.call_id, call.payload):
                return False
        else:
            if self.calls or not self._lane.put(call.call_id, b""):
                return False
            self.channel.send(Kind.CALL, call.call_id, call.payload)
        if not self.calls:
            self._since = time.monotonic()
        self.calls.append(call)
        return True

    def take_back(self) -> list[Call]:
        """Take back the calls that the process has not read, in their order; it will not run them now.

        The first of them may be large: it then lies in the channel, from where nothing can be taken, and has to be
        given again to a process that lives.
        """
        if self._lane is None:
            return []
        unread = set(self._lane.take_back())
        returned = [call for call in self.calls if call.call_id in unread]
        self.calls = deque(call for call in self.calls if call.call_id not in unread)
        return returned

    def give_again(self, call: Call) -> None:
        """Undo the taking back of the first call."""
        if self._lane is not None:
            self._lane.put(call.call_id, b"" if self.is_large(call) else call.payload)
            self.calls.append(call)

    def end_calls(self, ended: int) -> None:
        """Take note that so many calls have ended since the last time."""
        now = time.monotonic()
        self._pace_s = (self._pace_s + (now - self._since) / ended) / 2
        self._since = now

    def set_deadline(self, timeout_s: float) -> bool:
        """Count the announced call's time from now; tells whether somebody has to be sent to look when it is up."""
        self._due = time.monotonic() + timeout_s
        if self._planned <= self._due:
            return False
        self._planned = self._due
        return True

    def look_at_deadline(self) -> float:
        """Return the seconds that the announced call has left, 0 where none; nobody else is on the way to look."""
        left_s = self._due - time.monotonic()
        self._planned = self._due if left_s > 0 else math.inf
        return max(0.0, left_s)

    def ask_to_stop(self) -> None:
        """Tell a cooperative call that it should return."""
        self._send_about_call(Kind.CANCEL)

    def tell(self, content: object) -> None:
        """Send something to the call that runs."""
        self._send_about_call(Kind.TELL, pickle.dumps(content, protocol=5))

    def confirm_drained(self) -> None:
        """Let the call that runs end: what it has printed has been read."""
        self._send_about_call(Kind.DRAINED)

    def _send_about_call(self, kind: Kind, payload: bytes = b"") -> None:
        if self.calls:
            try:
                self.channel.send(kind, self.calls[0].call_id, payload)
            except OSError:
                return  # its end will be reported

    def started(self, pid: int) -> None:
        """Take note of the process id, and send the signals that were waiting for it."""
        self.pid = pid
        for signum in self._awaits_pid:
            self._spawner.kill(pid, signum)

    def kill(self, signum: int = signal.SIGKILL) -> None:
        """Send a signal to the process and its group."""
        if self.pid is None:
            self._awaits_pid.append(signum)
        else:
            self._spawner.kill(self.pid, signum)

    def expect_end(self) -> None:
        """Take note that the process ends: the fork server is to say so."""
        if self.pid is not None:
            self._spawner.expect_end(self.pid)

    def read_output(self, most_reads: int = ALL_READS) -> bytes | None:
        """Return what the worker has printed; None once the pipe is at its end."""
        parts: list[bytes] = []
        for _ in range(most_reads):
            try:
                data = os.read(self.output, _OUTPUT_READ_BYTES)
            except (BlockingIOError, InterruptedError):
                break
            if not data:
                return b"".join(parts) or None
            parts.append(data)
        return b"".join(parts)

    def close(self) -> None:
        """Give up the descriptors."""
        self.channel.close()
        if self._lane is not None:
            self._lane.close()
        os.close(self.output)
