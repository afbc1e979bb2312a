"""Events that cannot be named, sent or queued."""

from __future__ import annotations

from dpnb.errors.root import DpnbError


class EventError(DpnbError):
    """An event could not be published or taken."""


class TopicError(EventError, ValueError):
    """A text is no topic, or no pattern of topics."""

    def __init__(self, text: object, *, rule: str, hint: str, wanted: str = "a topic") -> None:
        super().__init__(f"{text!r} cannot be {wanted}: {rule}.", hint=hint)
        self.text, self.rule = text, rule


class EventDataError(EventError, TypeError):
    """An event holds something that JSON cannot carry, and so cannot leave its process."""

    def __init__(self, where: str, *, found: str, hint: str) -> None:
        super().__init__(f"{where} cannot leave this process: {found}.", hint=hint)
        self.where = where


class EventKindError(EventError, TypeError):
    """What was to be published is no event."""

    def __init__(self, given: object) -> None:
        super().__init__(
            f"{given!r} cannot be published: it is a {type(given).__name__}, not an event.",
            hint="give EventBase(topic, data), or an instance of a subclass of it.",
        )
        self.given = given


class EventFrozenError(EventError, AttributeError):
    """An event was to be changed after it was made."""

    def __init__(self, kind: str, attribute: str) -> None:
        super().__init__(
            f"Attribute {attribute!r} of {kind} cannot be set: many consumers may hold the same event.",
            hint="make another event, for instance with event.replace(data=…).",
        )
        self.attribute = attribute


class QueueFullError(EventError):
    """A bounded queue whose policy is ``"error"`` has no room, or none within the time given."""

    def __init__(self, queue: str, *, maxsize: int) -> None:
        super().__init__(
            f"The queue {queue} is full: it holds {maxsize}.",
            hint="take from it sooner, give it a larger maxsize, or another policy: overflow='block', 'drop_oldest' or "
            "'drop_newest'.",
        )
        self.maxsize = maxsize


class QueueClosedError(EventError):
    """A queue or subscription is closed, and empty."""

    def __init__(self, queue: str) -> None:
        super().__init__(f"{queue} is closed.", hint="make a new one; what was in it has been taken.")


class QueueLostError(QueueClosedError):
    """A queue between processes is gone with the process that made it, and with what was in it."""

    def __init__(self, queue: str) -> None:
        EventError.__init__(
            self,
            f"{queue} is gone: the process that made it has ended, or holds it no more.",
            hint="make the queue in a process that outlives the others, and keep it in a variable there until they are "
            "through.",
        )


class QueueItemError(EventError, TypeError):
    """An item cannot travel from one process to another: it cannot be pickled, or not be unpickled."""

    def __init__(self, item: str, *, reason: str, hint: str) -> None:
        super().__init__(f"{item} cannot travel between processes: {reason}.", hint=hint)
        self.item = item


class BrokerUnavailableError(EventError, ConnectionError):
    """A broker cannot be reached, or what it needs is not installed."""

    def __init__(self, broker: str, *, reason: str, hint: str) -> None:
        super().__init__(f"The broker {broker!r} cannot be reached: {reason}.", hint=hint)
        self.broker = broker
