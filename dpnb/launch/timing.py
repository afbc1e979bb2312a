"""What people say of when, and how, becomes a trigger and options."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, TypedDict

from dpnb.errors import RunCriterionError, ScheduleOptionError, TriggerOptionError, closest
from dpnb.results.points_in_time import span_us
from dpnb.scheduler import ScheduleOptions, Trigger
from dpnb.scheduler.triggers.moments import instant, last_instant
from dpnb.scheduler.zones import local_zone_name, zone_named

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dpnb.events import Consumer
    from dpnb.scheduler.options import Misfire, Overlap

type Moment = dt.datetime | dt.date | str
type Span = float | dt.timedelta | str


class Timing(TypedDict, total=False):
    """When something is due, by one of the first seven, and how its fires are dealt with."""

    cron: str
    every: Span
    at: Moment
    once: Moment
    on_event: str
    files: str
    trigger: Trigger
    zone: str
    start: Moment
    end: Moment
    jitter: Span
    misfire: Misfire
    grace: Span
    most: int
    overlap: Overlap
    retries: int
    retry_delay: Span
    pause_after: int


_WAYS = ("cron", "every", "at", "once", "on_event", "files", "trigger")
_SPANS = ("jitter", "grace", "retry_delay")
_OPTIONS = ("misfire", "most", "overlap", "retries", "pause_after", *_SPANS)
_HEARD = ("on_event", "files")  # by these, nothing comes a second time that was dropped


def read_timing(
    given: Mapping[str, Any], consumer: Consumer | Callable[[], Consumer]
) -> tuple[Trigger, ScheduleOptions]:
    """Return the trigger and the options that were given; `consumer`, or what makes it, hears events.

    Raises
    ------
    ScheduleOptionError
        None or several ways were given, one that does not go with the others, or an option that makes no sense.
    TriggerError
        The trigger is refused: a cron expression, a time zone, an instant.
    """
    for name in given:
        if name not in Timing.__annotations__:
            near = closest(name, Timing.__annotations__)
            hint = f"did you mean {' or '.join(near)}?" if near else f"give one of {', '.join(_WAYS)}."
            raise ScheduleOptionError(name, given[name], rule="is not known", hint=hint)
    ways = [way for way in _WAYS if given.get(way) is not None]
    if len(ways) != 1:
        hint = f"give one of {', '.join(f'{way}=' for way in _WAYS)}."
        raise ScheduleOptionError("when", ways, rule="is not one way to say when", hint=hint)
    asked = {name: given[name] for name in _OPTIONS if given.get(name) is not None}
    asked |= {name: _seconds(name, asked[name]) for name in _SPANS if name in asked}
    if ways[0] in _HEARD:
        asked = {"overlap": "queue", **asked}
    zone = _zone(given.get("zone"))
    bounds = _bounds(given, zone, way=ways[0])
    if ways[0] == "trigger":
        return _checked(given["trigger"]), ScheduleOptions(**asked, **bounds)
    given = {**given, "zone": zone}
    return _MAKERS[ways[0]](given, bounds, consumer), ScheduleOptions(**asked)


def _zone(name: str | None) -> str | None:
    """Return the zone of local times: the one that was named, else this machine's; None where that cannot be told."""
    if name is not None:
        return zone_named(name).key
    try:
        return local_zone_name()
    except TriggerOptionError:
        return None


def _bounds(given: Mapping[str, Any], zone: str | None, *, way: str) -> dict[str, Any]:
    """Return when it begins and ends, as instants."""
    bounds = {
        name: read(name, given[name], zone)
        for name, read in (("start", instant), ("end", last_instant))
        if given.get(name) is not None
    }
    if bounds and way in ("at", "once"):
        name = next(iter(bounds))
        raise ScheduleOptionError(name, given[name], rule=f"does not go with {way}=", hint="leave one of them out.")
    return bounds


def _checked(trigger: object) -> Trigger:
    if not isinstance(trigger, Trigger):
        hint = "give what create_cron_trigger or another factory of dpnb.scheduler returns; or cron='0 9 * * *'."
        raise ScheduleOptionError("trigger", trigger, rule="is no trigger", hint=hint)
    return trigger


def _cron(given: Mapping[str, Any], bounds: Mapping[str, Any], _: Any) -> Trigger:
    from dpnb.scheduler import create_cron_trigger

    return create_cron_trigger(cron_expression=given["cron"], zone=given.get("zone"), **bounds)


def _interval(given: Mapping[str, Any], bounds: Mapping[str, Any], _: Any) -> Trigger:
    from dpnb.scheduler import create_interval_trigger

    return create_interval_trigger(every=_seconds("every", given["every"]), **bounds)


def _once(given: Mapping[str, Any], _: Mapping[str, Any], __: Any) -> Trigger:
    from dpnb.scheduler import create_once_trigger

    return create_once_trigger(at=given.get("at") or given["once"], zone=given.get("zone"))


def _event(given: Mapping[str, Any], bounds: Mapping[str, Any], consumer: Any) -> Trigger:
    from dpnb.scheduler import create_event_trigger

    hears: Consumer = consumer() if callable(consumer) else consumer
    return create_event_trigger(consumer=hears, source_topic=given["on_event"], **bounds)


def _files(given: Mapping[str, Any], bounds: Mapping[str, Any], _: Any) -> Trigger:
    from dpnb.scheduler import create_file_trigger

    return create_file_trigger(pattern=given["files"], **bounds)


_MAKERS: dict[str, Callable[[Mapping[str, Any], Mapping[str, Any], Any], Trigger]] = {
    "cron": _cron,
    "every": _interval,
    "at": _once,
    "once": _once,
    "on_event": _event,
    "files": _files,
}


def _seconds(option: str, span: Span) -> float:
    if isinstance(span, dt.timedelta):
        return span.total_seconds()
    if not isinstance(span, str):
        return span
    try:
        return span_us(span, option=option) / 1e6
    except RunCriterionError:
        hint = "give seconds, a timedelta, or text such as '30s', '5min', '1d 6h'."
        raise ScheduleOptionError(option, span, rule="is no span of time", hint=hint) from None
