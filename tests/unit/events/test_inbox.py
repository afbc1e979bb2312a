from __future__ import annotations

import pytest

from dpnb.errors import QueueFullError
from dpnb.events import EventBase, TopicPattern
from dpnb.events.adapters.inbox import REMEMBERED, Inbox
from dpnb.events.ports import Overflow


def inbox(*, overflow: Overflow = "drop_oldest", group: str | None = None, maxsize: int = 2) -> Inbox:
    return Inbox(TopicPattern("a.*"), group, maxsize, overflow)


def waiting(box: Inbox) -> list[object]:
    return [box.queue.take().event.data for _ in range(box.queue.qsize())]


async def told(box: Inbox, *data: object) -> list[bool]:
    return [await box.tell("a.b", EventBase("a.b", one).to_json()) for one in data]


@pytest.mark.parametrize(("overflow", "left"), [("drop_oldest", [2, 3]), ("drop_newest", [0, 1]), ("error", [0, 1])])
async def test_what_has_no_room_is_dropped_as_was_asked_for_and_counted(overflow, left):
    box = inbox(overflow=overflow)
    await told(box, *range(4))
    assert (waiting(box), box.dropped) == (left, 2)
    if overflow == "error":
        with pytest.raises(QueueFullError):
            box.raise_error()
    box.raise_error()


async def test_only_events_that_the_pattern_chooses_are_told_once():
    box = inbox()
    event = EventBase("a.b", 1)
    assert await box.tell("a.b", event.to_json(), is_earlier=True)
    assert not await box.tell("a.b", event.to_json())
    assert not await box.tell("a", event.to_json())
    assert not await box.tell("a.b", "{}")
    assert not await box.tell("a.b", b"\xff")
    assert await box.tell("a.c", event.to_json())
    assert waiting(box) == [1, 1]


async def test_what_was_given_back_is_told_again():
    box = inbox()
    text = EventBase("a.b", 1).to_json()
    await box.tell("a.b", text)
    box.forget(box.queue.take())
    assert await box.tell("a.b", text)


async def test_no_more_is_remembered_than_it_says():
    box = inbox(maxsize=0)
    await told(box, *range(REMEMBERED + 10))
    assert len(box._told) == REMEMBERED


def test_a_policy_that_is_none_is_refused():
    with pytest.raises(ValueError, match="overflow"):
        inbox(overflow="wait")  # type: ignore[arg-type]
