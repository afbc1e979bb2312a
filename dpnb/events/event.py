"""What is published: a frozen record of facts, with an id of its own.

Users subclass `EventBase`, either with an ``__init__`` of their own that calls ``super().__init__(topic=…, data=…)``,
or as a frozen dataclass with further fields. It is sealed when the outermost ``__init__`` is through.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from abc import ABCMeta
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from dpnb.errors import EventDataError, EventFrozenError, EventKindError
from dpnb.events.plain_data import plain
from dpnb.events.topics import check_topic

if TYPE_CHECKING:
    from collections.abc import Iterator

_CORE = ("topic", "data", "event_id", "timestamp", "source")
_SEAL = "_is_sealed"

_kinds: dict[str, type[EventBase]] = {}  # by qualified name; a cell that is run again replaces its class


class _Sealing(ABCMeta):
    """Seals instances once they are made."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        event = super().__call__(*args, **kwargs)
        if not hasattr(event, "topic"):
            raise TypeError(f"{cls.__name__}.__init__ has to call super().__init__(topic=…, data=…)")
        if not event.event_id:  # a subclass's __post_init__ has not called ours
            EventBase.__post_init__(event)
        object.__setattr__(event, _SEAL, True)
        return event


def _ids() -> Iterator[str]:
    """Yield ids that grow with time, and are unique whatever process makes them."""
    maker = secrets.token_hex(6)
    latest = 0
    while True:
        latest = max(latest + 1, time.time_ns())
        yield f"{latest:016x}-{maker}"


class _Ids:
    """Hands out ids to any thread; a process that was forked has its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids = _ids()
        self._pid = 0

    def __call__(self) -> str:
        from os import getpid

        with self._lock:
            if self._pid != getpid():
                self._ids, self._pid = _ids(), getpid()
            return next(self._ids)


new_event_id = _Ids()


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, eq=False)
class EventBase(metaclass=_Sealing):
    """Something that happened.

    Two events are equal if they have the same id.

    Parameters
    ----------
    topic
        What it is about; see `dpnb.events.topics`.
    data
        What there is to say: anything within this process; what JSON can carry where the event is to leave it.
    event_id
        Unique; made up, growing with time, where it is not given.
    timestamp
        When it happened, with its time zone; kept as UTC. Now, where it is not given.
    source
        Who says it: a publisher's name. Order is kept per source.

    Raises
    ------
    TopicError
        The topic is none.
    ValueError
        The timestamp has no time zone.

    Examples
    --------
    >>> event = EventBase("data.ingested", {"rows": 100}, source="loader")
    >>> event.data["rows"]
    100
    >>> EventBase.from_json(event.to_json()) == event
    True
    """

    topic: str
    data: Any = None
    event_id: str = field(default="", kw_only=True)
    timestamp: datetime = field(default_factory=_now, kw_only=True)
    source: str = field(default="", kw_only=True)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        _kinds[_kind_name(cls)] = cls

    def __post_init__(self) -> None:
        check_topic(self.topic)
        if not self.event_id:
            object.__setattr__(self, "event_id", new_event_id())
        if self.timestamp.tzinfo is None:
            raise ValueError(f"timestamp must name its time zone, as datetime.now(UTC) does, not {self.timestamp!r}")
        if self.timestamp.tzinfo is not UTC:
            object.__setattr__(self, "timestamp", self.timestamp.astimezone(UTC))

    def replace(self, **changes: Any) -> Self:
        """Return a copy with other attributes; it is another event, of another id, unless `event_id` is given."""
        if "event_id" not in changes:
            changes["event_id"] = new_event_id()
        copy = _made_of(type(self), {**_facts(self), **changes})
        EventBase.__post_init__(copy)
        return copy

    def to_json(self) -> str:
        """Return the event as JSON text.

        Raises
        ------
        EventDataError
            It holds something that JSON cannot carry.
        """
        extra = {name: value for name, value in _facts(self).items() if name not in _CORE}
        facts = {
            "type": _kind_name(type(self)),
            "topic": self.topic,
            "data": plain(self.data, "data"),
            "event_id": self.event_id,
            "timestamp": self.timestamp.isoformat(),
            "source": self.source,
        }
        if extra:
            facts["attributes"] = {name: plain(value, name) for name, value in extra.items()}
        try:
            text = json.dumps(facts, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        except ValueError as error:  # an integer of more digits than Python writes
            raise EventDataError("data", found=str(error).partition(";")[0], hint=_WRITTEN) from None
        # Half a letter becomes an escape, as JSON writes it; servers take no text that UTF-8 cannot write.
        return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()

    @staticmethod
    def from_json(text: str | bytes) -> EventBase:
        """Return the event that `to_json` wrote: of its own class where this process knows it, else an `EventBase`.

        Its ``__init__`` is not called again.

        Raises
        ------
        EventDataError
            The text is not of an event.
        """
        try:
            facts = json.loads(text)
            state = {
                "topic": check_topic(facts["topic"]),
                "data": facts["data"],
                "event_id": str(facts["event_id"]),
                "timestamp": datetime.fromisoformat(facts["timestamp"]).astimezone(UTC),
                "source": str(facts["source"]),
                **facts.get("attributes", {}),
            }
            return _made_of(_kinds.get(facts.get("type", ""), EventBase), state)
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise EventDataError(
                "this text", found=f"it is not the JSON of an event ({error})", hint=_FOREIGN
            ) from None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, EventBase) and self.event_id == other.event_id

    def __hash__(self) -> int:
        return hash(self.event_id)

    def __repr__(self) -> str:
        said = [repr(self.topic)]
        for name, value in _facts(self).items():
            if name not in {"topic", "event_id", "timestamp"} and not (
                value is None or (isinstance(value, str) and not value)
            ):
                said.append(f"{name}={value!r}")
        return f"{type(self).__name__}({', '.join(said)})"


_WRITTEN = "send it as a text."
_FOREIGN = "something else writes to the same queue or stream; give dpnb one of its own."


def signed[E: EventBase](event: E, source: str) -> E:
    """Return an event as that source's, unless it has one; it stays the same event, of the same id.

    Raises
    ------
    EventKindError
        It is none.
    """
    if not isinstance(event, EventBase):
        raise EventKindError(event)
    return event if event.source or not source else event.replace(event_id=event.event_id, source=source)


def _kind_name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _facts(event: EventBase) -> dict[str, Any]:
    """Return an event's attributes, those in the slots of a dataclass too."""
    declared = {one.name: getattr(event, one.name) for one in fields(event) if hasattr(event, one.name)}
    facts = declared | vars(event)
    facts.pop(_SEAL, None)
    return facts


def _made_of[E: EventBase](kind: type[E], facts: dict[str, Any]) -> E:
    """Return an event of these attributes, sealed; its ``__init__`` is not called."""
    event = object.__new__(kind)
    for name, value in facts.items():
        object.__setattr__(event, name, value)
    object.__setattr__(event, _SEAL, True)
    return event


def _set(event: EventBase, name: str, value: Any) -> None:
    if _SEAL in vars(event):
        raise EventFrozenError(type(event).__name__, name)
    object.__setattr__(event, name, value)


def _delete(event: EventBase, name: str) -> None:
    raise EventFrozenError(type(event).__name__, name)


# `dataclass` refuses assignments also within a subclass's own __init__, where they are right.
EventBase.__setattr__ = _set  # type: ignore[method-assign, assignment]
EventBase.__delattr__ = _delete  # type: ignore[method-assign, assignment]
