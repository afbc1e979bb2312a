"""Fires that come to a schedule, one by one, and what the earlier ones make of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dpnb.scheduler.overlaps import Admission, admit
from dpnb.scheduler.records import Cause, FireRecord, FireState, fire_of_instant, to_us

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dpnb.scheduler.misfires import Missed
    from dpnb.scheduler.records import ScheduleRecord
    from dpnb.scheduler.timetable import Due

_IN_THE_WAY = "an earlier fire was not through"
_TOO_MANY = "too many fires were waiting already"


class Admissions:
    """Admits fires to one schedule. It does no I/O: what it decides is written by others.

    Parameters
    ----------
    schedule
        The schedule.
    fires
        Those of its fires that have not ended.
    owner
        The scheduler that sees to the new ones.
    now_us
        The instant.

    Attributes
    ----------
    dismissed:
        The earlier fires that later ones have replaced.
    """

    def __init__(self, schedule: ScheduleRecord, fires: Sequence[FireRecord], *, owner: str, now_us: int) -> None:
        self._schedule, self._owner, self._now_us = schedule, owner, now_us
        self._open = list(fires)
        self.dismissed: list[FireRecord] = []

    def due(self, instants: Iterable[Due]) -> list[FireRecord]:
        """Return the fires of some instants."""
        instants = list(instants)
        fires = (self._of(to_us(one.at), starts_us=to_us(one.starts)) for one in instants)
        return [self.admit(fire, is_made_up=len(instants) > 1) for fire in fires]

    def missed(self, instants: Iterable[Missed]) -> list[FireRecord]:
        """Return the rows of instants that do not fire."""
        return [
            replace(self._of(to_us(one.at)), state=FireState.MISSED, reason=one.reason, instants=one.instants, owner="")
            for one in instants
        ]

    def admit(self, fire: FireRecord, *, is_made_up: bool = False) -> FireRecord:
        """Return a fire as it is to be recorded: pending, queued or skipped."""
        waiting = sum(one.state is FireState.QUEUED for one in self._open)
        going = len(self._open) - waiting
        match admit(self._schedule.options, going=going, waiting=waiting, is_made_up=is_made_up):
            case Admission.START:
                fire = replace(fire, state=FireState.PENDING)
            case Admission.WAIT:
                fire = replace(fire, state=FireState.QUEUED)
            case Admission.REPLACE:
                self.dismissed += self._open
                self._open = [one for one in self._open if one.state is not FireState.QUEUED]
                fire = replace(fire, state=FireState.QUEUED)
            case Admission.DROP:
                reason = _TOO_MANY if self._schedule.options.overlap == "queue" else _IN_THE_WAY
                return replace(fire, state=FireState.SKIPPED, reason=reason, owner="")
        self._open.append(fire)
        return fire

    def _of(self, due_us: int, *, starts_us: int | None = None) -> FireRecord:
        return FireRecord(
            schedule=self._schedule.name,
            fire=fire_of_instant(due_us),
            due_us=due_us,
            cause=Cause.TIME,
            state=FireState.PENDING,
            owner=self._owner,
            starts_us=due_us if starts_us is None else starts_us,
            recorded_us=self._now_us,
        )
