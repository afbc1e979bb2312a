"""Schedules that would make themselves fire: by the topic on which they publish, or by the runs that they start.

No trigger chooses among the events that it hears, so that such a circle never ends. Of topics it is seen before it
begins, and refused. A run is known only when it speaks: what the schedule itself has brought about is not heard.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dpnb.scheduler.targets import TopicTarget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from dpnb.events import EventBase
    from dpnb.scheduler.ports import Trigger
    from dpnb.scheduler.records import FireRecord, ScheduleRecord

MOST_RUNS = 100  # what comes of a run comes of a run, and so on: so far back it is looked


def topic_circle(
    name: str, source: str, target: str, others: Iterable[ScheduleRecord], sources: Mapping[str, str]
) -> list[str] | None:
    """Return the schedules by which one that publishes on `target` makes itself fire; None where it does not.

    Parameters
    ----------
    name, source, target
        A schedule, what it hears and where it publishes.
    others
        The other schedules.
    sources
        By their names, what those of them hear that hear events.
    """
    from dpnb.events import TopicPattern

    hears = {one: TopicPattern(pattern) for one, pattern in sources.items() if one != name}
    publishes = {one.name: one.target.topic for one in others if isinstance(one.target, TopicTarget)}
    ways, seen = [([name], target)], {name}
    while ways:
        way, topic = ways.pop(0)
        if TopicPattern(source).matches(topic):
            return way
        for other, pattern in hears.items():
            if other in publishes and other not in seen and pattern.matches(topic):
                seen.add(other)
                ways.append(([*way, other], publishes[other]))
    return None


def source_of(trigger: Trigger | None, spec: Mapping[str, Any] | None) -> str | None:
    """Return the topics that a trigger hears; None where it hears no events."""
    heard = getattr(trigger, "source_topic", None) or (spec or {}).get("source_topic")
    return heard if isinstance(heard, str) else None


def comes_of(schedule: str, event: EventBase, fire_of: Callable[[str], FireRecord | None]) -> bool:
    """Tell whether an event is of a run that a schedule has started, or that has come of one by other schedules.

    Parameters
    ----------
    schedule
        Its name.
    event
        What is heard.
    fire_of
        Returns the fire whose run has this id.
    """
    data = event.data if event.topic.startswith("run.") else None
    for _ in range(MOST_RUNS):
        run_id = data.get("run_id") if isinstance(data, dict) else None
        fire = fire_of(run_id) if isinstance(run_id, str) else None
        if fire is None:
            return False
        if fire.schedule == schedule:
            return True
        data = fire.data
    return True
