"""What becomes of a fire while earlier ones of its schedule are not through."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dpnb.scheduler.options import ScheduleOptions


class Admission(StrEnum):
    """What happens to one more fire."""

    START = "start"
    WAIT = "wait"
    REPLACE = "replace"  # it waits until the earlier ones, which are cancelled, have ended
    DROP = "drop"


def admit(options: ScheduleOptions, *, going: int, waiting: int, is_made_up: bool = False) -> Admission:
    """Decide on a fire that comes while `going` fires have begun and `waiting` wait for them.

    Parameters
    ----------
    options
        The schedule's.
    going, waiting
        Of the same schedule.
    is_made_up
        Whether it was missed, and comes with others that were.

    Examples
    --------
    >>> from dpnb.scheduler import ScheduleOptions
    >>> admit(ScheduleOptions(overlap="skip"), going=1, waiting=0)
    <Admission.DROP: 'drop'>
    """
    if options.overlap == "allow" or not going + waiting:
        return Admission.START
    if options.overlap == "queue" or is_made_up:
        return Admission.WAIT if waiting < options.most else Admission.DROP
    return Admission.REPLACE if options.overlap == "cancel_running" else Admission.DROP
