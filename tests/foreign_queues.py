"""Queues that live in another process, so that a test is the one that reaches them from outside."""

from __future__ import annotations

from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

from dpnb.events import MultiprocessQueue

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

    from dpnb.events import Queue


class QueueKeeper:
    """A process that makes queues and holds them."""

    def __init__(self, method: str = "spawn") -> None:
        context: Any = get_context(method)
        self._pipe, other = context.Pipe()
        self.process = context.Process(target=_keep, args=(other,), daemon=True)
        self.process.start()
        other.close()

    def make(self, maxsize: int = 0, overflow: Any = "block") -> Queue[object]:
        self._pipe.send((maxsize, overflow))
        made = self._pipe.recv()
        if isinstance(made, Exception):
            raise made
        return made  # type: ignore[no-any-return]

    def close(self) -> None:
        self._pipe.close()
        self.process.join()
        self.process.close()


def _keep(pipe: Connection) -> None:
    made: list[Queue[object]] = []
    make: Callable[..., Queue[object]] = MultiprocessQueue
    while True:
        try:
            made.append(make(*pipe.recv()))
            pipe.send(made[-1])
        except EOFError:
            return
        except ValueError as error:
            pipe.send(error)


def echo(questions: Queue[object], answers: Queue[object]) -> None:
    """Put into one queue what comes out of another."""
    for item in questions:
        answers.put_sync(item)
