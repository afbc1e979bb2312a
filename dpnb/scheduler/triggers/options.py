"""What all triggers have in common: from when to when, spread by how much, and which event they make."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

from dpnb.errors import TriggerOptionError
from dpnb.scheduler.triggers.event_making import check_factory, made_event, plain_event
from dpnb.scheduler.triggers.moments import duration, instant, last_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime, timedelta

    from dpnb.events import EventBase
    from dpnb.scheduler.ports import Signal
    from dpnb.scheduler.triggers.event_making import EventFactory
    from dpnb.scheduler.triggers.moments import Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerOptions:
    """What all triggers have in common.

    Attributes
    ----------
    start, end:
        The first and the last instant at which it may fire, in UTC; None where there is no bound.
    jitter:
        By how many seconds a fire may be put off. By how many it is, is drawn from `name` and the time, so that all
        schedulers agree; never past the next fire.
    name:
        The schedule's, which makes its fires differ from those of others that are due together.
    event_factory:
        Makes the event; plain facts, where there is none.
    """

    start: datetime | None = None
    end: datetime | None = None
    jitter: float = 0.0
    name: str = ""
    event_factory: Callable[..., EventBase] | None = None

    @property
    def period(self) -> str:
        """From when to when, in words; empty where there are no bounds."""
        bounds = (("from", self.start), ("until", self.end))
        return " ".join(f"{word} {when:%Y-%m-%d %H:%M} UTC" for word, when in bounds if when is not None)

    def covers(self, when: datetime) -> bool:
        """Whether an instant is within start and end."""
        return (self.start is None or self.start <= when) and (self.end is None or when <= self.end)

    def facts(self) -> dict[str, Any]:
        """Return what differs from the defaults and JSON can carry."""
        facts: dict[str, Any] = {}
        if self.start is not None:
            facts["start"] = self.start.isoformat()
        if self.end is not None:
            facts["end"] = self.end.isoformat()
        if self.jitter:
            facts["jitter"] = self.jitter
        if self.name:
            facts["name"] = self.name
        return facts


def make_options(
    *,
    event_factory: EventFactory | None = None,
    start: Moment | None = None,
    end: Moment | None = None,
    jitter: float | timedelta = 0.0,
    zone: str | None = None,
) -> TriggerOptions:
    """Return options as people give them; local times and days are of `zone`.

    Raises
    ------
    TriggerOptionError
        One of them makes no sense.
    """
    check_factory(event_factory)
    first = None if start is None else instant("start", start, zone)
    last = None if end is None else last_instant("end", end, zone)
    if first and last and last < first:
        raise TriggerOptionError("end", end, rule="it is before the start", hint=f"the start is {first.isoformat()}.")
    spread = duration("jitter", jitter, least=0).total_seconds()
    return TriggerOptions(start=first, end=last, jitter=spread, event_factory=event_factory)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class OptionedTrigger(ABC):
    """A trigger with the options that all have."""

    kind: ClassVar[str]
    options: TriggerOptions = field(default_factory=TriggerOptions)

    @abstractmethod
    def describe(self) -> str:
        """Say in words when it fires."""

    @abstractmethod
    def facts(self) -> dict[str, Any]:
        """Return what is its own and JSON can carry, apart from its kind and its options."""

    @abstractmethod
    def given(self, topic: str, due: datetime, signal: Signal | None) -> Any:
        """Return what its event factory gets, where that takes an argument."""

    def spec(self) -> Mapping[str, Any] | None:
        """Return what makes an equal trigger in another process; None where it has an event factory."""
        if self.options.event_factory is not None:
            return None
        return {"kind": self.kind, **self.facts(), **self.options.facts()}

    def named(self, name: str) -> Self:
        """Return the same trigger for the schedule of this name, of which its jitter is drawn."""
        return replace(self, options=replace(self.options, name=name))

    def event_for(self, topic: str, due: datetime, signal: Signal | None = None) -> EventBase:
        """Return the event that says that it has fired: what `event_factory` makes, else one of the plain facts.

        Raises
        ------
        EventFactoryError
            The factory raised, or returned no event.
        """
        if self.options.event_factory is None:
            return plain_event(self.kind, topic, due, signal)
        return made_event(self.options.event_factory, self.given(topic, due, signal))

    def __repr__(self) -> str:
        return f"<{self.kind} trigger: {self.describe()}>"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        from dpnb.scheduler.triggers.display import trigger_bundle

        return trigger_bundle(self)
