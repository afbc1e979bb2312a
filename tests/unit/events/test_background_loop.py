from __future__ import annotations

import asyncio
import os
import threading

import pytest

from dpnb.errors import QueueClosedError
from dpnb.events.background_loop import BackgroundLoop

PATIENCE_S = 30


async def thread_name() -> str:
    return threading.current_thread().name


async def forever() -> None:
    await asyncio.Event().wait()


def test_a_coroutine_runs_in_a_thread_of_its_own():
    background = BackgroundLoop("background")
    assert background.run(thread_name(), PATIENCE_S) == "background"
    background.close()
    assert "background" not in {thread.name for thread in threading.enumerate()}


def test_it_takes_nothing_after_its_end_and_needs_no_beginning():
    background = BackgroundLoop("background")
    background.close()
    background.close()
    with pytest.raises(QueueClosedError):
        background.submit(thread_name())
    background.soon(pytest.fail)
    background.say_last(thread_name())


def test_what_takes_too_long_is_cancelled():
    background = BackgroundLoop("background")
    cancelled = threading.Event()

    async def wait() -> None:
        try:
            await forever()
        finally:
            cancelled.set()

    with pytest.raises(TimeoutError):
        background.run(wait(), timeout=0.01)
    assert cancelled.wait(PATIENCE_S)
    background.close()


def test_at_the_end_last_words_are_said_then_all_else_is_cancelled_then_connections_are_let_go():
    background = BackgroundLoop("background")
    done: list[str] = []

    async def work() -> None:
        try:
            await forever()
        finally:
            done.append("cancelled")

    async def say() -> None:
        for _ in range(3):
            await asyncio.sleep(0)
        done.append("said")

    async def let_go() -> None:
        done.append("let go")

    async def fail() -> None:
        raise ConnectionError

    background.at_end(fail)
    background.at_end(let_go)
    background.submit(work())
    background.say_last(say())
    background.close()
    assert done == ["said", "cancelled", "let go"]


def test_another_error_of_last_words_is_nobodys():
    background = BackgroundLoop("background")

    async def fail() -> None:
        raise ConnectionError

    background.say_last(fail())
    background.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_forked_process_is_told_that_it_has_none():
    background = BackgroundLoop("background")
    background.run(thread_name(), PATIENCE_S)
    child = os.fork()
    if not child:
        try:
            background.submit(thread_name())
        except QueueClosedError:
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    background.close()
