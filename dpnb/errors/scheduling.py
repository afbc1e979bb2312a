"""Schedules that are refused, not found, or in other hands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.errors.root import DpnbError, closest

if TYPE_CHECKING:
    from collections.abc import Iterable


class SchedulingError(DpnbError):
    """Something could not be scheduled, or a schedule not be served."""


class ScheduleOptionError(SchedulingError, ValueError):
    """An option of a schedule makes no sense."""

    def __init__(self, option: str, value: object, *, rule: str, hint: str) -> None:
        super().__init__(f"{option}={value!r} {rule}.", hint=hint)
        self.option, self.value = option, value


class ScheduleExistsError(SchedulingError, ValueError):
    """The name of a schedule is taken."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"There is a schedule {name!r} already.",
            hint="give another name, or replace=True to put the new one in its place.",
        )
        self.name = name


class UnknownScheduleError(SchedulingError, LookupError):
    """There is no schedule of that name."""

    def __init__(self, name: str, *, known: Iterable[str]) -> None:
        near = closest(name, known)
        hint = f"did you mean {' or '.join(map(repr, near))}?" if near else "dpnb.schedules() lists those that exist."
        super().__init__(f"There is no schedule {name!r}.", hint=hint)
        self.name = name


class UnreadyScheduleError(SchedulingError):
    """A schedule is due, but nothing here can make its trigger or start what it asks for."""

    def __init__(self, name: str, *, reason: str, hint: str) -> None:
        super().__init__(f"The schedule {name!r} cannot be served here: {reason}.", hint=hint)
        self.name = name


class FireTakenError(SchedulingError):
    """A fire was about to start its run, but has one, or belongs to another scheduler by now; nothing was started."""

    def __init__(self, schedule: str, fire: str) -> None:
        super().__init__(
            f"The fire {fire!r} of schedule {schedule!r} is another scheduler's by now, or has its run already.",
            hint="nothing is to be done: dpnb.fires() shows which run came of it.",
        )
        self.schedule, self.fire = schedule, fire
