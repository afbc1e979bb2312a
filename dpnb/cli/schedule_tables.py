"""Schedules and fires as tables of the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from dpnb.cli.tables import empty_table, name_text, state_text
from dpnb.cli.wording import instant
from dpnb.render.quantities import number
from dpnb.scheduler import FireState

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from rich.table import Table

    from dpnb.scheduler import FireRecord, ScheduleRecord

_OWN_LOOKS = {FireState.MISSED: "○ missed", FireState.QUEUED: "◌ queued"}  # others are those of runs


def schedules_table(schedules: Sequence[ScheduleRecord]) -> Table:
    """Return one row per schedule; failures only where one has any."""
    failures = any(one.failures for one in schedules)
    table = empty_table("…name", "next", "~when", "~runs", *([">failures"] if failures else []))
    for one in schedules:
        due = Text("paused", "yellow") if one.paused else Text(instant(one.next_us))
        counted = [number(one.failures)] if failures else []
        table.add_row(name_text(one.name), due, Text(one.description), Text(str(one.target)), *counted)
    return table


def fires_table(fires: Sequence[FireRecord]) -> Table:
    """Return one row per fire; attempts only where one was tried again."""
    attempts = any(one.attempt > 1 for one in fires)
    table = empty_table("…schedule", "due", "state", "cause", *([">attempt"] if attempts else []), "…run", "~reason")
    for one in fires:
        tried = [number(one.attempt)] if attempts else []
        table.add_row(
            name_text(one.schedule),
            instant(one.due_us),
            _state_text(one.state),
            one.cause,
            *tried,
            name_text(one.run_id),
            Text(one.reason.partition("\n")[0]),
        )
    return table


def preview_table(frame: pd.DataFrame) -> Table:
    """Return when a schedule is due: in its zone, in UTC, and what is remarkable about it."""
    noted = any(frame["note"])
    table = empty_table("local", "UTC", *(["~note"] if noted else []))
    for row in frame.itertuples():
        local, utc = row.local.strftime("%a %Y-%m-%d %H:%M:%S %Z"), row.utc.strftime("%Y-%m-%d %H:%M:%S")  # type: ignore[union-attr]
        table.add_row(local, utc, *([Text(str(row.note))] if noted else []))
    return table


def _state_text(state: FireState) -> Text:
    return Text(_OWN_LOOKS[state], "dim") if state in _OWN_LOOKS else state_text(state)
