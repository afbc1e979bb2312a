"""What the resolver is told, and what it answers: frozen records of names and numbers, but for a task's own rule.

::

    driver ── AttemptEnded, FirstChunkStored, DelayKnown, RetryDue, CancelRequested, CapacityChanged ──▶ resolver
    driver ◀── StartAttempt, AskDelay, ScheduleRetry, CancelAttempt, VoidAttempt, SettleTask, FinishRun ── resolver

Of each task comes one `SettleTask`, its terminal state; of each run one `FinishRun`, after all else. What comes with
every attempt is a named tuple: it is made in a fraction of a frozen dataclass's time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from dpnb.results.records import RunStatus, TaskState


class AttemptEnded(NamedTuple):
    """An attempt is over: succeeded, reused (a stored result stood in for it), failed, timed out or cancelled.

    One that failed or timed out may say that it is not to be retried, or that it was killed for want of memory; one
    that is cancelled, that it had not begun.
    """

    task: str
    attempt: int
    state: TaskState
    is_retryable: bool = True
    is_out_of_memory: bool = False
    has_begun: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstChunkStored:
    """A running attempt has stored the first chunk of its stream; needed only where `TaskFacts.live` names the task."""

    task: str
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayKnown:
    """The answer to an `AskDelay`: finite seconds ≥ 0, or, where `problem` tells something, none that is of use."""

    task: str
    delay_s: float = 0.0
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryDue:
    """The delay of a `ScheduleRetry` has passed."""

    task: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRequested:
    """Someone wants the run to end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityChanged:
    """From now on there are `capacity` places for attempts; 0 starts nothing new.

    `ahead` more attempts may be started to wait for a place where they are, if all tasks of the run are alike in that
    they need one place and nothing else.
    """

    capacity: int
    ahead: int = 0

    def __post_init__(self) -> None:
        if self.capacity < 0:
            raise ValueError(f"capacity is {self.capacity}, it must be 0 or more")


class StartAttempt(NamedTuple):
    """Run the task now; parameters bound to the tasks in `missing` take their default, or None."""

    task: str
    attempt: int  # from 1
    missing: tuple[str, ...] = ()  # sorted


@dataclass(frozen=True, slots=True, kw_only=True)
class AskDelay:
    """Ask the task's own rule how long to wait after so many failed attempts, and send `DelayKnown`.

    The rule is the user's code and may take its time, or never return; the task holds no place meanwhile.
    """

    task: str
    rule: Callable[[int], float]
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRetry:
    """Send `RetryDue` in `delay_s` seconds; `attempt` is the number of the attempt to come."""

    task: str
    attempt: int
    delay_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelAttempt:
    """End this running attempt; its `AttemptEnded` is still awaited."""

    task: str
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallAttempt:
    """Take this attempt back unless it has begun; its `AttemptEnded` is awaited either way."""

    task: str
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VoidAttempt:
    """Nothing of this attempt counts: a stream that it read broke off, as `reason` tells.

    One that still runs is to be ended, and its `AttemptEnded` is awaited; of one that had succeeded nothing is.
    """

    task: str
    attempt: int
    reason: str


class SettleTask(NamedTuple):
    """The task's terminal state. `reason` is empty where the last attempt's own outcome says it all."""

    task: str
    state: TaskState
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishRun:
    """Every task is settled."""

    status: RunStatus
    reason: str = ""


type Event = AttemptEnded | FirstChunkStored | DelayKnown | RetryDue | CancelRequested | CapacityChanged
type Command = (
    StartAttempt | AskDelay | ScheduleRetry | CancelAttempt | RecallAttempt | VoidAttempt | SettleTask | FinishRun
)
