from __future__ import annotations

import asyncio
import logging
import threading
from dataclasses import dataclass, field

import pytest

from dpnb.errors import NotebookInterruptedError
from dpnb.notebook.tasks.loop_thread import run_in_thread

LAST = "cell 4"


@dataclass
class Context:
    """An attempt that is told to stop once it has been asked `asks` times."""

    asks: int = 10_000
    said: list[tuple[float, str]] = field(default_factory=list)
    heard: threading.Event = field(default_factory=threading.Event)
    run_id: str = "run"
    task_name: str = "보고"
    attempt: int = 1
    logger: logging.Logger = field(default_factory=lambda: logging.getLogger("test"))

    @property
    def cancelled(self) -> bool:
        self.asks -= 1
        return self.asks < 0

    def progress(self, fraction: float, note: str = "") -> None:
        self.said.append((fraction, note))
        if note == LAST:
            self.heard.set()


def test_the_last_thing_said_before_a_silence_is_passed_on():
    context = Context()

    async def work(report) -> None:
        for number in range(5):
            report(number / 5, f"cell {number}")
        await asyncio.to_thread(context.heard.wait)

    run_in_thread(work, context)
    assert context.said[-1] == (0.8, LAST)
    assert len(context.said) < 5


def test_what_is_to_be_done_meanwhile_holds_up_no_word_and_is_done_in_the_end():
    context, done = Context(), threading.Event()

    async def work(report) -> None:
        report(0.8, LAST)
        await asyncio.to_thread(context.heard.wait)

    def meanwhile() -> None:
        context.heard.wait()
        done.set()

    run_in_thread(work, context, meanwhile=meanwhile)
    assert done.is_set()


def test_an_attempt_that_is_told_to_stop_unwinds_its_work():
    unwound: list[str] = []

    async def work(report) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            unwound.append("kernel is gone")

    with pytest.raises(NotebookInterruptedError, match="보고"):
        run_in_thread(work, Context(asks=2))
    assert unwound == ["kernel is gone"]


class Stopped(BaseException):
    """What a signal raises in a worker's main thread."""


def test_what_interrupts_this_thread_unwinds_the_work_first():
    unwound: list[str] = []

    class Interrupted(Context):
        @property
        def cancelled(self) -> bool:
            raise Stopped

    async def work(report) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            unwound.append("kernel is gone")

    with pytest.raises(Stopped):
        run_in_thread(work, Interrupted())
    assert unwound in (["kernel is gone"], [])  # it may not have begun


def test_what_the_work_raises_is_raised_here():
    async def work(report) -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        run_in_thread(work, Context())


def test_it_can_be_called_where_a_loop_runs():
    async def outer() -> None:
        async def work(report) -> None:
            await asyncio.sleep(0)

        run_in_thread(work, Context())

    asyncio.run(outer())
