"""Fires when an event is heard."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from dpnb.errors import EventDataError
from dpnb.events import EventBase, TopicPattern
from dpnb.events.plain_data import plain
from dpnb.scheduler.ports import Signal
from dpnb.scheduler.triggers.signalled import SignalledTrigger

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from dpnb.events import Consumer, Subscription


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class EventTrigger(SignalledTrigger):
    """Fires when an event is heard.

    An event is heard once however often it is delivered: its id is the signal's key. A scheduler refuses
    a trigger whose own event is one that it hears, which would fire for ever.

    Parameters
    ----------
    consumer
        Hears the events; of no account for whether two triggers are equal.
    source_topic
        A topic, or a pattern of topics: ``"run.*.finished"``.
    group
        The name of a group whose members share the events, or None to hear all of them.
    options
        See `TriggerOptions`; the event factory gets the event.

    Raises
    ------
    TopicError
        `source_topic` is no pattern.
    """

    kind: ClassVar[str] = "event"
    consumer: Consumer = field(compare=False)
    source_topic: str
    group: str | None = None

    def __post_init__(self) -> None:
        TopicPattern(self.source_topic)

    def describe(self) -> str:
        """Say in words when it fires."""
        shared = f", shared within the group {self.group!r}" if self.group is not None else ""
        return self._within_period(f"when an event of {self.source_topic!r} is heard{shared}")

    def signals(self) -> AsyncGenerator[Signal]:
        """Return the events as they come, from this call on."""
        return self._heard(self.consumer.consume(self.source_topic, group=self.group))

    async def _heard(self, subscription: Subscription) -> AsyncGenerator[Signal]:
        async with subscription:
            async for event in subscription:
                now = datetime.now(UTC)
                if self.options.covers(now):
                    yield Signal(at=now, data=_data_of(event), event=event)

    def given(self, topic: str, due: datetime, signal: Signal | None) -> EventBase:
        """Return the event; where somebody fired the trigger by hand, one in its place."""
        if signal is None or signal.event is None:
            return EventBase(topic, None if signal is None else signal.data, timestamp=due)
        return signal.event

    def facts(self) -> dict[str, Any]:
        """Return the source's topic, and the group if there is one."""
        return {"source_topic": self.source_topic} | ({} if self.group is None else {"group": self.group})


def _data_of(event: EventBase) -> Any:
    """Return an event's data where JSON can carry them: others are for those who hold the event."""
    with suppress(EventDataError):
        return plain(event.data, "data")
    return None
