"""How long a run will take, by what its tasks took before: facts that are handed in, wherever they come from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING

from dpnb.render.quantities import duration, number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dpnb.planner.outline import OutlineTask


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """How long a run will take on so many workers, when the durations of `known` of its `tasks` are known."""

    duration: timedelta
    workers: int
    known: int
    tasks: int

    def __str__(self) -> str:
        workers = "1 worker" if self.workers == 1 else f"{number(self.workers)} workers"
        told = f"about {duration(self.duration.total_seconds())} on {workers}"
        if self.known == self.tasks:
            return told
        return f"{told}; {number(self.known)} of {number(self.tasks)} tasks have run before"


def forecast_of(tasks: Sequence[OutlineTask], known: Mapping[str, float], workers: int) -> Forecast | None:
    """Say how long tasks in execution order will take; None where none of them is known.

    A task that is not known counts as the mean of the others.
    """
    names = [task.name for task in tasks]
    found = [known[name] for name in names if name in known]
    if not found:
        return None
    mean = sum(found) / len(found)
    seconds = {name: known.get(name, mean) for name in names}
    shortest = timedelta(seconds=shortest_s(tasks, seconds, workers))
    return Forecast(duration=shortest, workers=workers, known=len(found), tasks=len(names))


def shortest_s(tasks: Sequence[OutlineTask], seconds: Mapping[str, float], workers: int) -> float:
    """Return the seconds that tasks in execution order take at least.

    That is the longest of their paths, of their work shared by the workers, and of each concurrency group's work
    shared by as many as may run at once. A schedule that starts the longest path first comes close to it.
    """
    until: dict[str, float] = {}
    work = 0.0
    groups: dict[str, float] = {}
    for task in tasks:
        own = seconds[task.name]
        until[task.name] = own + max((until[name] for name in task.upstream if name in until), default=0.0)
        work += own * min(max(1, ceil(task.cpus or 1)), workers)
        for group in task.groups:
            groups[group] = groups.get(group, 0.0) + own / int(group.rpartition(":")[2])
    return max(work / workers, *until.values(), *groups.values(), 0.0)
