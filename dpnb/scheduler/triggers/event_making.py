"""The event that says that a trigger has fired."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from dpnb.errors import EventFactoryError, TriggerOptionError
from dpnb.events import EventBase

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from dpnb.scheduler.ports import Signal

    type EventFactory = Callable[..., EventBase]
    """Makes the event; it may take one argument, what made the trigger fire."""

_FORMS = "write lambda: EventBase('reports.daily'), or lambda event: … where something is given."


def check_factory(factory: EventFactory | None) -> None:
    """Refuse what cannot make an event.

    Raises
    ------
    TriggerOptionError
        It cannot be called, is a coroutine function, or needs more than one argument.
    """
    if factory is None:
        return
    rule = ""
    given: object = factory  # whatever the annotation says
    if not callable(given):
        rule = "it cannot be called"
    elif inspect.iscoroutinefunction(factory):
        rule = "it is a coroutine function, and the event is needed at once"
    elif _needed(factory) > 1:
        rule = "it needs more than one argument"
    if rule:
        raise TriggerOptionError("event_factory", factory, rule=rule, hint=_FORMS)


def _parameters(factory: EventFactory) -> list[inspect.Parameter]:
    try:
        parameters = inspect.signature(factory).parameters.values()
    except (TypeError, ValueError):  # some of C's callables do not tell
        return []
    return [one for one in parameters if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]


def _needed(factory: EventFactory) -> int:
    return sum(one.default is one.empty for one in _parameters(factory))


def made_event(factory: EventFactory, given: Any) -> EventBase:
    """Return what a factory makes: of `given` if it needs an argument, else of nothing.

    Raises
    ------
    EventFactoryError
        It raised, which is the cause, or it returned no event.
    """
    name = getattr(factory, "__qualname__", repr(factory))
    try:
        event = factory(given) if _needed(factory) else factory()
    except Exception as error:
        raise EventFactoryError(name, found=f"it raised {type(error).__name__}: {error}") from error
    if not isinstance(event, EventBase):
        raise EventFactoryError(name, found=f"it returned {event!r}")
    return event


def plain_event(kind: str, topic: str, due: datetime, signal: Signal | None) -> EventBase:
    """Return an event of the facts: which kind of trigger fired, when it was due, and what made it fire."""
    facts: dict[str, Any] = {"trigger": kind, "due": due.isoformat()}
    if signal is not None:
        facts["data"] = signal.data
        if signal.event is not None:
            facts |= {"source_topic": signal.event.topic, "source_event_id": signal.event.event_id}
    return EventBase(topic, facts)
