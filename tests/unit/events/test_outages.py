from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import pytest

from dpnb.errors import BrokerUnavailableError, QueueClosedError
from dpnb.events import TopicPattern
from dpnb.events.adapters.inbox import Inbox
from dpnb.events.adapters.outages import pauses, reading_through


def translated(error: Exception) -> BrokerUnavailableError | None:
    is_outage = isinstance(error, ConnectionError)
    return BrokerUnavailableError("redis://host", reason=str(error), hint="wait.") if is_outage else None


@pytest.fixture
def inbox() -> Inbox:
    return Inbox(TopicPattern("a"), None, 10, "block")


def test_the_pauses_grow_up_to_a_bound_and_vary():
    pause = pauses(0.1, 5.0)
    for failures, most in [(1, 0.1), (2, 0.2), (3, 0.4), (10, 5.0), (10_000, 5.0)]:
        drawn = {pause(failures) for _ in range(50)}
        assert most / 2 <= min(drawn) < max(drawn) <= most


async def test_an_outage_is_waited_for_and_told_once(inbox, caplog):
    attempts: list[int] = []
    goes_on = asyncio.Event()

    async def serve(has_answered: Callable[[], None]) -> None:
        attempts.append(1)
        if len(attempts) < 5:
            raise ConnectionError("refused")
        has_answered()
        goes_on.set()
        await asyncio.Event().wait()

    with caplog.at_level(logging.WARNING):
        reading = asyncio.create_task(reading_through(serve, inbox, translated=translated, pause=lambda _: 0.0))
        await asyncio.wait_for(goes_on.wait(), 30)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    lost, back = caplog.messages
    assert "redis://host" in lost
    assert "refused" in lost
    assert "goes on" in back


async def test_any_other_failure_is_the_consumers_once(inbox):
    async def serve(_: Callable[[], None]) -> None:
        raise ZeroDivisionError("by zero")

    await reading_through(serve, inbox, translated=translated)
    with pytest.raises(BrokerUnavailableError, match="by zero") as caught:
        inbox.raise_error()
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    inbox.raise_error()
    with pytest.raises(QueueClosedError):
        await inbox.queue.get()
