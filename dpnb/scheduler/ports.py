"""What is needed of a trigger and of whoever starts runs, and what they promise."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from datetime import datetime

    from dpnb.events import EventBase
    from dpnb.results.fire_claims import FireClaim
    from dpnb.scheduler.targets import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """Something other than the time that makes a trigger fire.

    Attributes
    ----------
    at:
        When it came, in UTC.
    data:
        What there is to say of it: the body of a call, the files that changed; facts that JSON can carry.
    event:
        The event that was heard, if it was one.
    key:
        What tells this signal from others of the same trigger, where it may be heard more than once: by several
        schedulers of one database, or again after a failure. Of the same key only the first counts. The event's id,
        where nothing else is said; without event and key each hearing of it counts.
    """

    at: datetime
    data: Any = None
    event: EventBase | None = None
    key: str | None = None

    def __post_init__(self) -> None:
        if self.key is None and self.event is not None:
            object.__setattr__(self, "key", self.event.event_id)


@runtime_checkable
class Trigger(Protocol):
    """Decides when something is due; it starts nothing by itself.

    Guarantees
    ----------
    - `next_fire` is a pure function of its argument: it reads no clock, may be called in any order, from any thread and
      process, and answers the same.
    - From fire to fire the instants grow strictly, in UTC, whatever the zone's clocks do.
    - What is said by `spec` in one process makes an equal trigger in another: `dpnb.scheduler.trigger_from(spec)`.
    """

    @property
    def kind(self) -> str:
        """One word: ``cron``, ``interval``, ``once``, ``event``, ``file``, ``api`` or ``manual``."""
        ...

    def describe(self) -> str:
        """Say in words when it fires."""
        ...

    def next_fire(self, after: datetime) -> datetime | None:
        """Return the first instant, in UTC, later than `after` at which it is due; None where the time has no say.

        Raises
        ------
        ValueError
            `after` has no time zone.
        """
        ...

    def signals(self) -> AsyncIterator[Signal]:
        """Return what else makes it fire, as it comes; empty where only the time does.

        Leaving the iteration, or closing it, lets go of all that it listens to.
        """
        ...

    def spec(self) -> Mapping[str, Any] | None:
        """Return what makes an equal trigger in another process, as JSON can carry it; None where nothing does."""
        ...

    def event_for(self, topic: str, due: datetime, signal: Signal | None = None) -> EventBase:
        """Return the event that says that it has fired: what `event_factory` makes, else one of the plain facts.

        Parameters
        ----------
        topic
            What the event is about, where the factory does not say.
        due
            When it was due, in UTC.
        signal
            What made it fire, if the time did not.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchOrder:
    """What is to be started.

    Attributes
    ----------
    target:
        A pipeline or a notebook.
    packed, signature:
        What `target` needs beside its facts: pickled, and signed by who pickled it. Empty without.
    params:
        Values that come before those of the target.
    metadata:
        What to remember of the run.
    claim:
        The fire that is to become a run; None where nobody's.
    """

    target: Target
    packed: bytes = b""
    signature: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    claim: FireClaim | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchOutcome:
    """How something that was launched has ended.

    Attributes
    ----------
    succeeded:
        Whether all went well.
    run_id:
        Its run; empty where none came of it.
    reason:
        Why it did not go well, or why there is no run.
    broke_off:
        Whether what led to the run, or went on beside it, did not come to its end: a cell of a notebook raised.
    cancelled:
        Whether somebody wanted its end; it is not tried again then.
    """

    succeeded: bool
    run_id: str = ""
    reason: str = ""
    broke_off: bool = False
    cancelled: bool = False


@runtime_checkable
class Launcher(Protocol):
    """Starts pipelines and notebooks, and sees them through.

    Guarantees
    ----------
    - With a claim, the transaction that creates the run makes it the run of that fire: of all who try, one succeeds;
      the others get `FireTakenError`, and nothing has been started.
    - A launch that is cancelled cancels its run, and ends when that has ended.
    - May be called from any event loop, which it does not block.
    """

    async def launch(self, order: LaunchOrder) -> LaunchOutcome:
        """Start a run, and return how it has ended.

        Raises
        ------
        FireTakenError
            The claim is void.
        DpnbError
            It could not be started.
        """
        ...

    def outcome_of(self, run_id: str) -> LaunchOutcome | None:
        """Return how a run of any process has ended; None while it goes on."""
        ...
