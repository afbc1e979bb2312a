"""One child process as its pool sees it."""

from __future__ import annotations

import os
import pickle
import signal
import socket
from typing import TYPE_CHECKING

from dpnb.orchestrator.pool.wire import Kind, PoolChannel

if TYPE_CHECKING:
    from dpnb.orchestrator.pool.call import Call, Stop
    from dpnb.orchestrator.pool.spawner_client import SpawnerClient, WorkerOwner

_OUTPUT_READ_BYTES = 1 << 16
_OUTPUT_DRAIN_READS = 16  # a pipe holds 64 KiB; more than that came after the call had ended


class WorkerHandle:
    """A worker's private socket, the pipe of its output, and the call that it has.

    Raises `OSError` at construction where the fork server cannot be asked.
    """

    def __init__(self, spawner: SpawnerClient, owner: WorkerOwner, setup: bytes) -> None:
        self.call: Call | None = None
        self.stop_cause: Stop | None = None
        self.pid: int | None = None
        self.is_ready = False
        self.is_leaving = False
        self._spawner = spawner
        self._shared: set[bytes] = set()
        self._awaits_pid: list[int] = []
        ours, theirs = socket.socketpair()
        self.output, write_end = os.pipe()
        os.set_blocking(self.output, False)
        self.channel = PoolChannel(ours)
        try:
            self.request = spawner.start(owner, theirs, write_end)
        except OSError:
            self.close()
            raise
        finally:
            theirs.close()
            os.close(write_end)
        self.channel.send(Kind.SETUP, 0, setup)

    def hand_over(self, call: Call) -> None:
        """Send a call and what it shares. Raises `OSError` where the process is gone."""
        for digest, blob in call.options.shares.items():
            if digest not in self._shared:
                self._shared.add(digest)
                self.channel.send(Kind.SHARE, 0, pickle.dumps((digest, blob), protocol=5))
        self.channel.send(Kind.CALL, call.call_id, call.payload)
        self.call = call

    def ask_to_stop(self) -> None:
        """Tell a cooperative call that it should return."""
        if self.call is not None:
            try:
                self.channel.send(Kind.CANCEL, self.call.call_id)
            except OSError:
                return  # its end will be reported

    def tell(self, content: object) -> None:
        """Send something to the call that runs."""
        if self.call is not None:
            try:
                self.channel.send(Kind.TELL, self.call.call_id, pickle.dumps(content, protocol=5))
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

    def drain_output(self, most_reads: int = _OUTPUT_DRAIN_READS) -> bool:
        """Hand on what the worker has printed; False once the pipe is at its end."""
        for _ in range(most_reads):
            try:
                data = os.read(self.output, _OUTPUT_READ_BYTES)
            except (BlockingIOError, InterruptedError):
                return True
            if not data:
                return False
            if self.call is not None and self.call.options.on_output is not None:
                self.call.options.on_output(data)
        return True

    def close(self) -> None:
        """Give up the descriptors."""
        self.channel.close()
        os.close(self.output)
