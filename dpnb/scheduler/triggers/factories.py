"""Makes triggers of what people write."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dpnb.errors import TriggerOptionError
from dpnb.scheduler.triggers.api_trigger import ApiTrigger
from dpnb.scheduler.triggers.cron_trigger import CronTrigger
from dpnb.scheduler.triggers.event_trigger import EventTrigger
from dpnb.scheduler.triggers.file_trigger import FileTrigger
from dpnb.scheduler.triggers.interval_trigger import EPOCH, IntervalTrigger
from dpnb.scheduler.triggers.manual_trigger import ManualTrigger
from dpnb.scheduler.triggers.moments import duration, instant
from dpnb.scheduler.triggers.once_trigger import OnceTrigger
from dpnb.scheduler.triggers.options import make_options
from dpnb.scheduler.zones import local_zone_name

if TYPE_CHECKING:
    from datetime import timedelta

    from dpnb.events import Consumer
    from dpnb.scheduler.triggers.event_making import EventFactory
    from dpnb.scheduler.triggers.moments import Moment

_SHORTEST_S = 0.001


def create_cron_trigger(
    cron_expression: str,
    *,
    zone: str | None = None,
    event_factory: EventFactory | None = None,
    start: Moment | None = None,
    end: Moment | None = None,
    jitter: float | timedelta = 0.0,
) -> CronTrigger:
    """Return a trigger that fires by a cron expression.

    Parameters
    ----------
    cron_expression
        Minute, hour, day of month, month and day of week; or six fields, the first for seconds; or ``@daily``,
        ``@hourly``, ``@weekly``, ``@monthly``, ``@yearly``.
    zone
        The name of the time zone whose clocks count; this machine's, where it is not given.
    event_factory
        Makes the event; if it takes an argument, from the time at which it was due.
    start, end
        The first and the last instant at which it may fire; a local time or day is one of `zone`, and an end that is a
        day includes it.
    jitter
        By how many seconds, or by which timedelta, a fire is put off at most.

    Raises
    ------
    CronExpressionError
        The expression is refused; the error names the field.
    UnknownZoneError
        There is no such zone.
    TriggerOptionError
        Another option makes no sense.

    Examples
    --------
    >>> create_cron_trigger(cron_expression="0 9 * * *", zone="Asia/Seoul")
    <cron trigger: at 09:00, every day (Asia/Seoul)>
    """
    place = local_zone_name() if zone is None else zone
    options = make_options(event_factory=event_factory, start=start, end=end, jitter=jitter, zone=place)
    return CronTrigger(expression=cron_expression, zone=place, options=options)


def create_interval_trigger(
    every: float | timedelta,
    *,
    anchor: Moment | None = None,
    event_factory: EventFactory | None = None,
    start: Moment | None = None,
    end: Moment | None = None,
    jitter: float | timedelta = 0.0,
) -> IntervalTrigger:
    """Return a trigger that fires every so many seconds, or every timedelta, of elapsed time.

    Parameters
    ----------
    every
        At least a millisecond.
    anchor
        An instant at which it fires, and before which it does not. The epoch, where it is not given.
    event_factory, start, end, jitter
        As for `create_cron_trigger`; instants need their time zone.

    Raises
    ------
    TriggerOptionError
        An option makes no sense.

    Examples
    --------
    >>> create_interval_trigger(every=300)
    <interval trigger: every 5 minutes>
    """
    return IntervalTrigger(
        every=duration("every", every, least=_SHORTEST_S),
        anchor=EPOCH if anchor is None else instant("anchor", anchor),
        options=make_options(event_factory=event_factory, start=start, end=end, jitter=jitter),
    )


def create_once_trigger(
    at: Moment,
    *,
    zone: str | None = None,
    event_factory: EventFactory | None = None,
    jitter: float | timedelta = 0.0,
) -> OnceTrigger:
    """Return a trigger that fires once.

    Parameters
    ----------
    at
        When; a local time is one of `zone`.
    zone
        The name of a time zone.
    event_factory, jitter
        As for `create_cron_trigger`.

    Raises
    ------
    TriggerOptionError
        An option makes no sense, or `at` is a local time and there is no `zone`.
    UnknownZoneError
        There is no such zone.

    Examples
    --------
    >>> create_once_trigger(at="2026-05-01 09:00", zone="Asia/Seoul")
    <once trigger: once, at 2026-05-01 09:00:00 (Asia/Seoul)>
    """
    options = make_options(event_factory=event_factory, jitter=jitter)
    return OnceTrigger(at=instant("at", at, zone), zone=zone or "UTC", options=options)


def create_event_trigger(
    *,
    consumer: Consumer,
    source_topic: str,
    event_factory: EventFactory | None = None,
    group: str | None = None,
    start: Moment | None = None,
    end: Moment | None = None,
) -> EventTrigger:
    """Return a trigger that fires when an event is heard.

    Parameters
    ----------
    consumer
        Hears the events.
    source_topic
        A topic, or a pattern of topics: ``"run.*.finished"``.
    event_factory
        Makes the event from the one that was heard.
    group
        Shares the events with the other consumers of this group; where it is not given, it hears them all.
    start, end
        The first and the last instant at which it may fire, with their time zone.

    Raises
    ------
    TopicError
        `source_topic` is no pattern.
    TriggerOptionError
        Another option makes no sense.

    Examples
    --------
    >>> from dpnb.events import InMemoryBroker
    >>> create_event_trigger(consumer=InMemoryBroker().consumer(), source_topic="data.*")
    <event trigger: when an event of 'data.*' is heard>
    """
    options = make_options(event_factory=event_factory, start=start, end=end)
    return EventTrigger(consumer=consumer, source_topic=source_topic, group=group, options=options)


def create_file_trigger(
    pattern: str | os.PathLike[str],
    *,
    event_factory: EventFactory | None = None,
    debounce: float | timedelta = 0.5,
    each: bool = False,
    start: Moment | None = None,
    end: Moment | None = None,
) -> FileTrigger:
    """Return a trigger that fires when files are new or changed.

    Parameters
    ----------
    pattern
        A glob pattern, from the working directory where it is not absolute: ``"data/**/*.csv"``. The folders need not
        exist yet. Temporary names (``*.part``, ``~$*``, …) do not count.
    event_factory
        Makes the event; if it takes an argument, from ``{"files": […], "new": […]}``.
    debounce
        For how many seconds, or for which timedelta, a file must rest before it counts.
    each
        Whether each file fires by itself, rather than all that have changed together.
    start, end
        The first and the last instant at which it may fire, with their time zone.

    Raises
    ------
    TriggerOptionError
        An option makes no sense.
    """
    text = os.fspath(pattern)
    if not text.strip() or text.endswith(("/", os.sep)):
        raise TriggerOptionError(
            "pattern", text, rule="it names no files", hint="end it with a name or a pattern of names, as 'data/*.csv'."
        )
    return FileTrigger(
        pattern=os.path.abspath(os.path.expanduser(text)),  # noqa: PTH100, PTH111 - a pattern is no path
        debounce=duration("debounce", debounce, least=0).total_seconds(),
        each=each,
        options=make_options(event_factory=event_factory, start=start, end=end),
    )


def create_api_trigger(
    *, event_factory: EventFactory | None = None, start: Moment | None = None, end: Moment | None = None
) -> ApiTrigger:
    """Return a trigger that fires when it is called: ``await trigger.call(data)``, ``trigger.call_sync(data)``.

    Parameters
    ----------
    event_factory
        Makes the event; if it takes an argument, from the data of the call.
    start, end
        The first and the last instant at which it may be called, with their time zone.

    Raises
    ------
    TriggerOptionError
        An option makes no sense.
    """
    return ApiTrigger(options=make_options(event_factory=event_factory, start=start, end=end))


def create_manual_trigger(
    *, event_factory: EventFactory | None = None, start: Moment | None = None, end: Moment | None = None
) -> ManualTrigger:
    """Return a trigger that fires when a person says so: ``trigger.fire(data)``. As `create_api_trigger` else."""
    return ManualTrigger(options=make_options(event_factory=event_factory, start=start, end=end))
