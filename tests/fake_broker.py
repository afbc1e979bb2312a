"""A broker that is as bad as a test needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable

    from dpnb.events import EventBase


class FakeBroker:
    """Remembers the ids of what was published; `before` is called first, and may raise or wait."""

    def __init__(self, before: Callable[[Any], object] = lambda _event: None) -> None:
        self.taken: list[str] = []
        self.before = before

    def publisher(self, source: str = "") -> Self:  # noqa: ARG002 - the port's
        return self

    def consumer(self) -> Any:
        raise NotImplementedError

    def has_listeners(self, topic: str) -> bool:  # noqa: ARG002 - the port's
        return True

    def close(self) -> None: ...

    async def publish(self, topic: str, event: EventBase) -> None:
        raise NotImplementedError

    def publish_sync(self, topic: str, event: EventBase) -> None:  # noqa: ARG002 - the port's
        self.before(event)
        self.taken.append(event.event_id)
