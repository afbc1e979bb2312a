"""How a schedule's fires are dealt with: what is asked for, and how nonsense is refused."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Literal, Self, get_args

from dpnb.errors import ScheduleOptionError

type Misfire = Literal["coalesce", "skip", "all"]
"""What becomes of fires that were missed: one run for all of them, none, or one each."""

type Overlap = Literal["skip", "queue", "cancel_running", "allow"]
"""What becomes of a fire while an earlier one of its schedule is not through."""

GRACE_S: dict[str, float] = {"coalesce": 86_400.0, "skip": 60.0, "all": math.inf}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleOptions:
    """What a schedule is given beside its trigger and what it starts.

    Parameters
    ----------
    misfire
        What becomes of fires that were missed, because nothing ran, the machine slept or the clock was set:
        ``"coalesce"`` makes up for all of them by one run, that of the latest, if it is not older than `grace`;
        ``"skip"`` makes up for none; ``"all"`` for each, up to the latest `most`.
    grace
        How many seconds late a fire may start, or be made up for: a day with ``"coalesce"``, a minute with ``"skip"``,
        no bound with ``"all"``, where it is None.
    most
        How many missed fires ``"all"`` makes up for, and how many ``"queue"`` lets wait.
    overlap
        What becomes of a fire while an earlier one is not through: ``"skip"`` drops it, ``"queue"`` lets it wait,
        ``"cancel_running"`` cancels the earlier one and then starts it, ``"allow"`` starts it beside. Fires that are
        made up for wait for each other in any case but the last.
    start, end
        Nothing is due before, and after.
    jitter
        Each fire starts up to so many seconds later than it is due; how many is decided by the name and the instant,
        the same in every process.
    retries
        How many more runs a fire gets whose run has not succeeded.
    retry_delay
        Seconds before the first of them; each later one waits twice as long.
    pause_after
        The schedule pauses after so many fires in a row that have failed for good; None never does.

    Raises
    ------
    ScheduleOptionError
        One of them makes no sense.
    """

    misfire: Misfire = "coalesce"
    grace: float | None = None
    most: int = 100
    overlap: Overlap = "skip"
    start: datetime | None = None
    end: datetime | None = None
    jitter: float = 0.0
    retries: int = 0
    retry_delay: float = 60.0
    pause_after: int | None = None

    def __post_init__(self) -> None:
        _check_word("misfire", self.misfire, get_args(Misfire.__value__))
        _check_word("overlap", self.overlap, get_args(Overlap.__value__))
        for option, least in (("most", 1), ("retries", 0), ("pause_after", 1)):
            _check_count(option, getattr(self, option), least)
        for option in ("grace", "jitter", "retry_delay"):
            _check_seconds(option, getattr(self, option))
        for option in ("start", "end"):
            _check_instant(option, getattr(self, option))
        if self.start is not None and self.end is not None and self.start > self.end:
            raise ScheduleOptionError("end", self.end, rule="lies before start", hint="let it end later.")

    @property
    def grace_s(self) -> float:
        """How late a fire may be, in seconds."""
        return GRACE_S[self.misfire] if self.grace is None else self.grace

    def retry_delay_s(self, attempt: int) -> float:
        """Return the seconds to wait after this attempt, counted from 1, has failed."""
        return float(self.retry_delay * 2 ** min(attempt - 1, 20))

    def to_json(self) -> str:
        """Return what differs from the defaults as JSON text."""
        defaults = asdict(ScheduleOptions())
        given = {name: value for name, value in asdict(self).items() if value != defaults[name]}
        return json.dumps(given, default=datetime.isoformat)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote."""
        facts = json.loads(text)
        for option in ("start", "end"):
            if option in facts:
                facts[option] = datetime.fromisoformat(facts[option]).astimezone(UTC)
        return cls(**facts)


def _check_word(option: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ScheduleOptionError(option, value, rule="is not known", hint=f"give {', '.join(map(repr, allowed))}.")


def _check_count(option: str, value: object, least: int) -> None:
    is_whole = isinstance(value, int) and not isinstance(value, bool) and value >= least
    if not is_whole and not (option == "pause_after" and value is None):
        raise ScheduleOptionError(option, value, rule="is no such number", hint=f"give a whole number from {least} on.")


def _check_seconds(option: str, value: object) -> None:
    is_span = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf
    if not is_span and not (option == "grace" and value is None):
        raise ScheduleOptionError(option, value, rule="is no span of time", hint="give seconds, 0 or more.")


def _check_instant(option: str, value: object) -> None:
    if value is None:
        return
    if not isinstance(value, datetime) or value.tzinfo is None:
        hint = "give a datetime with its time zone: datetime(2026, 12, 1, tzinfo=ZoneInfo('Asia/Seoul'))."
        raise ScheduleOptionError(option, value, rule="names no instant", hint=hint)
