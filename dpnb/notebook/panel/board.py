"""What a panel shows of a run, as plain values made of its snapshot: small, since they travel ten times a second."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from heapq import heappop, heappush
from string import ascii_lowercase
from typing import TYPE_CHECKING, Any, NamedTuple

from dpnb.orchestrator.run_display import nothing_ran
from dpnb.render.palette import look_of
from dpnb.results.records import TaskState
from dpnb.run_events.placing import placing_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dpnb.run_events import RunSnapshot, TaskSnapshot

LETTERS: Mapping[TaskState, str] = dict(zip(TaskState, ascii_lowercase, strict=False))
"""The letter that stands for each state."""


class Bar(NamedTuple):
    """A task's time on the timeline; `lane` is one of those that are drawn one below the other.

    Microseconds count from the run's start; `end_us` is None while the task runs.
    """

    task: int
    lane: int
    start_us: int
    end_us: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """How a run stands, task by task in the order of `names`."""

    names: Sequence[str]
    snapshot: RunSnapshot
    _tasks: list[TaskSnapshot | None] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_tasks", [self.snapshot.tasks.get(name) for name in self.names])

    def letters(self) -> str:
        """Return one letter a task, that of its state."""
        return "".join(LETTERS[state] for state in self._states())

    def _states(self) -> Iterator[TaskState]:
        return (TaskState.PENDING if task is None else task.state for task in self._tasks)

    def counts(self) -> dict[str, int]:
        """Return how many tasks are in each state, as its letter; states without tasks are missing."""
        found = Counter(self.letters())
        return {letter: found[letter] for letter in LETTERS.values() if found[letter]}

    def progress(self) -> list[tuple[int, float | None, str]]:
        """Return task, fraction from 0 to 1 (None: unknown) and note of what runs and has said how far it is."""
        return [
            (place, task.fraction, _said(task))
            for place, task in enumerate(self._tasks)
            if task is not None and task.state is TaskState.RUNNING and (task.fraction is not None or task.chunks)
        ]

    def elapsed_s(self, now_us: int) -> float:
        """Return the seconds since the run began, until it ended."""
        began = self.snapshot.started_us
        return 0.0 if began is None else max(0.0, ((self.snapshot.finished_us or now_us) - began) / 1e6)

    def moment(self, now_us: int, *, is_cancelling: bool = False) -> dict[str, Any]:
        """Return all that the line above the picture tells."""
        snapshot = self.snapshot
        return {
            "status": str(snapshot.status),
            "look": look(str(snapshot.status)),
            "reason": snapshot.reason,
            "note": nothing_ran(Counter(self._states())) if snapshot.is_over else "",
            "missing": placing_line(snapshot.executor, snapshot.missing),
            "is_over": snapshot.is_over,
            "is_cancelling": is_cancelling,
            "elapsed_s": round(self.elapsed_s(now_us), 3),
            "counts": self.counts(),
            "progress": self.progress(),
        }

    def bars(self) -> list[Bar]:
        """Return the bars of all tasks that have begun, by their start.

        A task takes the first lane that is free as it begins, so that a lane is what one worker could have done. What
        begins later moves no earlier bar.
        """
        begun = sorted((began_us, place) for place, task in enumerate(self._tasks) if (began_us := _began_us(task)))
        if not begun:
            return []
        origin_us = self.snapshot.started_us or begun[0][0]
        lanes = _Lanes()
        bars = []
        for start_us, place in begun:
            end_us = _ended_us(self._tasks[place])
            end = None if end_us is None else end_us - origin_us
            bars.append(Bar(place, lanes.take(start_us, end_us), start_us - origin_us, end))
        return bars

    def critical_path(self) -> list[int]:
        """Return the tasks that the latest end waited for, from first to last.

        Back from the task that ended last, it is each time the upstream task that ended last: shortening any other task
        would not have made the run shorter. What runs ends last of all; of several, what has run the longest.
        """
        places = {name: place for place, name in enumerate(self.names)}
        ends = {task.name: _end_and_age(task) for task in self._tasks if task is not None and _began_us(task)}
        path: list[int] = []
        last = max(ends, key=ends.__getitem__, default=None)
        while last is not None:
            path.append(places[last])
            upstream = [name for name in self.snapshot.tasks[last].upstream if name in ends]
            last = max(upstream, key=ends.__getitem__, default=None)
        return path[::-1]


class _Lanes:
    """Hands out the lowest lane that is free."""

    def __init__(self) -> None:
        self._free: list[int] = []
        self._busy: list[tuple[float, int]] = []

    def take(self, start_us: int, end_us: int | None) -> int:
        while self._busy and self._busy[0][0] <= start_us:
            heappush(self._free, heappop(self._busy)[1])
        lane = heappop(self._free) if self._free else len(self._busy)
        heappush(self._busy, (math.inf if end_us is None else end_us, lane))
        return lane


def look(state: str) -> dict[str, Any]:
    """Return how a state of a task or of a run looks."""
    looks = look_of(state)
    return {
        "word": looks.word,
        "glyph": looks.glyph,
        "accent": looks.accent,
        "fill": looks.fill,
        "ink": looks.ink,
        "dashed": looks.dashed,
    }


def palette() -> list[dict[str, Any]]:
    """Return the looks of all states that a task may have, with their letters."""
    return [
        {"letter": letter, "state": state.value, "ended": state.is_terminal, **look(state.value)}
        for state, letter in LETTERS.items()
    ]


def _said(task: TaskSnapshot) -> str:
    chunks = "" if not task.chunks else f"{task.chunks:,} chunk{'s' if task.chunks != 1 else ''}"
    return " · ".join(part for part in (task.note, chunks) if part)


def _began_us(task: TaskSnapshot | None) -> int | None:
    """Return when a task of this run began; None where it has not, or only another run's result stands for it."""
    return None if task is None or task.state is TaskState.REUSED else task.started_us


def _ended_us(task: TaskSnapshot | None) -> int | None:
    return task.finished_us if task is not None and task.state.is_terminal else None


def _end_and_age(task: TaskSnapshot) -> tuple[float, int]:
    ended_us = _ended_us(task)
    return math.inf if ended_us is None else ended_us, -(task.started_us or 0)
