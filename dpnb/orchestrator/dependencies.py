"""Who waits for whom, and what a task must do without: the edges of a run, each followed once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.orchestrator.reasons import without_result
from dpnb.planner.node import WhenMissing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dpnb.orchestrator.task_facts import TaskFacts
    from dpnb.results.records import TaskState


class Dependencies:
    """The tasks by position, with what each still waits for.

    A task whose upstream left no result is released only once all of its upstream tasks are settled, whether it then
    runs or is skipped: so what comes after it in control flow keeps its place behind them all.

    Parameters
    ----------
    tasks
        Facts of the tasks.
    done
        Terminal states of tasks that ended before, among `tasks` or not. An upstream name that is in neither counts
        as satisfied.

    Raises
    ------
    ValueError
        Two tasks share a name, or a state in `done` is not terminal.
    """

    def __init__(self, tasks: Sequence[TaskFacts], done: Mapping[str, TaskState]) -> None:
        self.positions = {facts.name: position for position, facts in enumerate(tasks)}
        self.downstream: list[Sequence[int]] = []
        self._tasks = tasks
        self._waiting = [0] * len(tasks)  # what holds a task back: upstream tasks that are not settled, and blocks
        self._missing: dict[int, set[str]] = {}  # upstream tasks without a result that a parameter can do without
        self._blocked: dict[int, str] = {}  # why a task is going to be skipped
        if len(self.positions) < len(tasks):
            raise ValueError("two tasks of a run share a name")
        for name, state in done.items():
            if not state.is_terminal:
                raise ValueError(f"task {name!r} is given as done, but it is {state}")
        self.downstream += map(tuple, self._connect(done))  # tuples are half the size of lists

    def _connect(self, done: Mapping[str, TaskState]) -> list[list[int]]:
        """Return who waits for each task."""
        followers: list[list[int]] = [[] for _ in self._tasks]
        for facts, task in zip(self._tasks, self.positions.values(), strict=True):
            for name in facts.upstream if facts.name not in done else ():
                if name in done:
                    if not done[name].has_result:
                        self._note_missing(task, name, done[name])
                elif name in self.positions:
                    followers[self.positions[name]].append(task)
                    self._waiting[task] += 1
        return followers

    def is_free(self, task: int) -> bool:
        """Whether the task waits for nothing."""
        return self._waiting[task] == 0

    def release(self, task: int) -> list[int]:
        """Take the settled task off those that others wait for; return the ones that waited for it last."""
        return self.unblock(self.downstream[task])

    def unblock(self, tasks: Iterable[int]) -> list[int]:
        """Take one thing off those that each of the tasks waits for; return the ones that waited for it last."""
        waiting, released = self._waiting, []
        for task in tasks:
            waiting[task] -= 1
            if not waiting[task]:
                released.append(task)
        return released

    def block(self, task: int) -> None:
        """Let a task wait for one thing more, until it is unblocked."""
        self._waiting[task] += 1

    def miss(self, task: int, state: TaskState) -> None:
        """Note that the settled task left no result; to be told before its release."""
        for follower in self.downstream[task]:
            self._note_missing(follower, self._tasks[task].name, state)

    def _note_missing(self, task: int, upstream: str, state: TaskState) -> None:
        rule = self._tasks[task].when_missing.get(upstream)
        if rule is WhenMissing.SKIP:
            self._blocked.setdefault(task, without_result(upstream, state))
        elif rule is not None:
            self._missing.setdefault(task, set()).add(upstream)

    def reason_to_skip(self, task: int) -> str | None:
        """Say which upstream task first left out a result that the task needs; None if it may run."""
        return self._blocked.get(task)

    def missing(self, task: int) -> tuple[str, ...]:
        """Return the upstream tasks, sorted, in place of whose results parameters take their default or None."""
        return tuple(sorted(self._missing[task])) if task in self._missing else ()
