"""Schedules and their fires, as they are kept.

::

                    ┌─▶ missed                      nothing ran when it was due
    due ──▶ judged ─┼─▶ skipped                     an earlier one was not through
                    ├─▶ queued ──┐                  it waits for an earlier one
                    └─▶ pending ◀┘──▶ running ──┬──▶ succeeded
                                                ├──▶ failed ──▶ pending, as the next attempt
                                                └──▶ cancelled

Instants are microseconds since 1970 UTC (``_us``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from dpnb.results.fire_claims import FireClaim
from dpnb.scheduler.options import ScheduleOptions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dpnb.scheduler.targets import Target

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


class FireState(StrEnum):
    """What has become of a fire."""

    PENDING = "pending"  # a scheduler is about to start it
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    MISSED = "missed"

    @property
    def is_open(self) -> bool:
        """Whether something is still to become of it."""
        return self in OPEN


OPEN = (FireState.PENDING, FireState.QUEUED, FireState.RUNNING)


class Cause(StrEnum):
    """Why a schedule fires."""

    TIME = "time"
    SIGNAL = "signal"  # an event, a file, a call
    MANUAL = "manual"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRecord:
    """One schedule: when (`spec`), what (`target`), how (`options`), and how far it is.

    `spec` is None where the trigger cannot be made again in another process: only the one that has registered it serves
    the schedule then. `next_us` is when the time has it do something; None where it never does.
    """

    name: str
    kind: str
    description: str
    spec: Mapping[str, Any] | None
    target: Target
    options: ScheduleOptions = field(default_factory=ScheduleOptions)
    paused: bool = False
    failures: int = 0
    after_us: int = 0
    next_us: int | None = None
    created_us: int = 0
    revision: int = 1
    user: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FireRecord:
    """One attempt at one fire of a schedule. Key: schedule, fire, attempt."""

    schedule: str
    fire: str
    attempt: int = 1
    due_us: int
    cause: Cause
    state: FireState
    reason: str = ""
    run_id: str = ""
    owner: str = ""
    starts_us: int = 0
    recorded_us: int = 0
    started_us: int | None = None
    finished_us: int | None = None
    is_unwanted: bool = False
    instants: int | None = 1
    data: Any = None

    @property
    def claim(self) -> FireClaim:
        """What it takes to start its run."""
        return FireClaim(schedule=self.schedule, fire=self.fire, attempt=self.attempt, owner=self.owner)


def to_us(instant: datetime) -> int:
    """Return an instant as the ledger counts."""
    return (instant - _EPOCH) // _TICK


def from_us(instant_us: int) -> datetime:
    """Return what `to_us` was given, in UTC."""
    return _EPOCH + instant_us * _TICK


def fire_of_instant(instant_us: int) -> str:
    """Return the id of what is due at an instant: the same for every scheduler."""
    return from_us(instant_us).isoformat(timespec="microseconds")
