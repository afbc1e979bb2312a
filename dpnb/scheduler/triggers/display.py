"""How a trigger shows itself: in words, and by its next fires."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dpnb.render import Note, TableFacts, mimebundle
from dpnb.scheduler.fire_frames import fires_after
from dpnb.scheduler.triggers.cron_trigger import CronTrigger
from dpnb.scheduler.triggers.timed import TimedTrigger
from dpnb.scheduler.zones import zone_named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dpnb.render import Part
    from dpnb.scheduler.triggers.options import OptionedTrigger

_FIRES = 5


def trigger_bundle(trigger: OptionedTrigger, now: datetime | None = None) -> dict[str, str]:
    """Return the MIME bundle of a trigger: what it is, when it fires in words, and its next fires after `now`."""
    parts: list[Part] = [Note(text=_sentence(trigger.describe()))]
    if isinstance(trigger, TimedTrigger):
        parts.append(_next_fires(trigger, datetime.now(UTC) if now is None else now))
    told = f": {trigger.expression}" if isinstance(trigger, CronTrigger) else ""
    return mimebundle(f"{trigger.kind.capitalize()} trigger{told}", parts)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"


def _next_fires(trigger: TimedTrigger, now: datetime) -> Part:
    fires = fires_after(trigger.next_fire, now, _FIRES)
    if not fires:
        return Note(text="It fires no more.", level="warning")
    zone = zone_named(trigger.local_zone)
    rows = [
        {
            "next fires": f"{fire.astimezone(zone):%a %Y-%m-%d %H:%M:%S %z}",
            "UTC": f"{fire:%Y-%m-%d %H:%M:%S}",
            "note": trigger.note(fire, earlier),
        }
        for fire, earlier in zip(fires, [now, *fires], strict=False)
    ]
    columns = tuple(name for name in rows[0] if any(row[name] for row in rows))
    return TableFacts(columns=columns, rows=tuple(_cells(row, columns) for row in rows))


def _cells(row: Mapping[str, str], columns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(row[name] for name in columns)
