"""Replays a plan over the real resolver with virtual workers and a virtual clock, in one thread.

How long would this run take with eight workers, and which task would keep them waiting? Nothing here sleeps: the clock
jumps from one event to the next.

How close to the lower bound, max(critical path, work ÷ workers), does a run come? With as many workers as can be busy
at once, it takes just the critical path. Where the path is short beside the work that each worker has, at most a
twentieth of it, Graham's bound alone keeps it within 5 %. In between, no schedule may get there: all wait for one task
in the middle, or 17 tasks of one length are shared by 16 workers. The longest path first comes within 5 % there, too,
or at least as close as other orders do, on all of the recorded workflows that the tests replay.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from dpnb.orchestrator.commands import AskDelay, AttemptEnded, FinishRun, RetryDue, ScheduleRetry, StartAttempt
from dpnb.orchestrator.delay_rules import delay_known
from dpnb.orchestrator.dependencies import Dependencies
from dpnb.orchestrator.priority import expected_durations_s, remaining_paths_s
from dpnb.orchestrator.resolver import TaskDependencyResolver
from dpnb.results.records import RunStatus, TaskState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dpnb.orchestrator.commands import Command, Event
    from dpnb.orchestrator.task_facts import TaskFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedAttempt:
    """One attempt on the virtual clock, which starts at 0; workers count from 0."""

    task: str
    attempt: int
    worker: int
    start_s: float
    end_s: float
    state: TaskState


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """How a run went on the virtual clock. `timeline` holds its attempts in the order of their starts."""

    status: RunStatus
    makespan_s: float
    timeline: tuple[SimulatedAttempt, ...]
    states: Mapping[str, TaskState]


def succeed(_task: str, _attempt: int) -> TaskState:
    """Let every attempt succeed."""
    return TaskState.SUCCEEDED


def middle() -> float:
    """Stand in for chance, so that a simulation always gives the same."""
    return 0.5


def simulate(
    tasks: Sequence[TaskFacts],
    durations: Mapping[str, float],
    *,
    workers: int,
    outcome: Callable[[str, int], TaskState] = succeed,
    expected: Mapping[str, float] | None = None,
) -> Simulation:
    """Run the tasks on so many virtual workers.

    Parameters
    ----------
    tasks
        The run's tasks, in the plan's order.
    durations
        Seconds that each task takes; one that is not listed takes the mean of the others, or 1 s.
    workers
        How many attempts run at once, 1 or more.
    outcome
        The state in which a task's attempt ends, by the task's name and the attempt's number.
    expected
        The durations that the choice of the next task believes in; the true ones where it is not given.

    Examples
    --------
    >>> from dpnb.orchestrator.task_facts import TaskFacts
    >>> tasks = [TaskFacts(name="a"), TaskFacts(name="b"), TaskFacts(name="c", upstream=("a", "b"))]
    >>> simulate(tasks, {"a": 2.0, "b": 3.0, "c": 1.0}, workers=2).makespan_s
    4.0
    """
    if workers < 1:
        raise ValueError(f"a simulation needs workers, it was given {workers}")
    believed = durations if expected is None else expected
    resolver = TaskDependencyResolver(tasks, capacity=workers, durations=believed, jitter=middle)
    names = [facts.name for facts in tasks]
    seconds = dict(zip(names, expected_durations_s(names, durations), strict=True))
    return _Clockwork(resolver, seconds, outcome, workers).run()


def makespan_bounds_s(
    tasks: Sequence[TaskFacts], durations: Mapping[str, float], *, workers: int
) -> tuple[float, float]:
    """Return between which makespans a run without failures lies, whatever the order of its ready tasks.

    No schedule is shorter than the critical path, than the work shared by all workers, or than the work of a
    concurrency group shared by as many as may run at once.

    None in which no worker idles beside a ready task is longer than work ÷ workers + (1 − 1 ÷ workers) × critical path
    (R. L. Graham, *Bounds on Multiprocessing Timing Anomalies*, SIAM Journal on Applied Mathematics 17(2), 1969). His
    argument follows a chain of tasks back from the last one: at any time a task of the chain runs, or all workers are
    busy. With tasks that take up to k places, a task that waits finds no more than k − 1 free, so that the work in
    places is shared by workers − k + 1 at least; and with groups, it may wait while its group is full, which each group
    is for its own share at most.
    """
    seconds = expected_durations_s([facts.name for facts in tasks], durations)
    path = max(remaining_paths_s(seconds, Dependencies(tasks, {}).downstream), default=0.0)
    places = [min(facts.places, workers) for facts in tasks]
    work = sum(own * taken for own, taken in zip(seconds, places, strict=True))
    shares = _group_shares_s(tasks, seconds)
    busy = workers - max(places, default=1) + 1
    lower = max(path, work / workers, *shares, 0.0)
    return lower, work / busy + (1 - 1 / busy) * path + sum(shares)


def _group_shares_s(tasks: Sequence[TaskFacts], seconds: Sequence[float]) -> list[float]:
    """Return for each concurrency group how long its tasks keep it full."""
    shares: dict[str, float] = {}
    for facts, own in zip(tasks, seconds, strict=True):
        for group, limit in facts.groups:
            shares[group] = shares.get(group, 0.0) + own / limit
    return list(shares.values())


class _Clockwork:
    """The driver's stand-in: carries out commands by putting their consequences on the clock."""

    def __init__(
        self,
        resolver: TaskDependencyResolver,
        seconds: Mapping[str, float],
        outcome: Callable[[str, int], TaskState],
        workers: int,
    ) -> None:
        self._resolver = resolver
        self._seconds = seconds
        self._outcome = outcome
        self._now_s = 0.0
        self._agenda: list[tuple[float, int, Event]] = []  # a heap; numbers keep events of one instant in order
        self._noted = 0
        self._idle = list(range(workers))  # a heap: the lowest free worker comes first
        self._worker: dict[str, int] = {}
        self._timeline: list[SimulatedAttempt] = []
        self._finish: FinishRun | None = None

    def run(self) -> Simulation:
        self._carry_out(self._resolver.start())
        while self._finish is None:
            self._now_s, _, event = heappop(self._agenda)
            if isinstance(event, AttemptEnded):
                heappush(self._idle, self._worker.pop(event.task))
            self._carry_out(self._resolver.handle(event))
        return Simulation(
            status=self._finish.status,
            makespan_s=self._now_s,
            timeline=tuple(self._timeline),
            states=self._resolver.states(),
        )

    def _carry_out(self, commands: list[Command]) -> None:
        for command in commands:
            match command:
                case StartAttempt():
                    self._start(command.task, command.attempt)
                case AskDelay():
                    self._note(self._now_s, delay_known(command))
                case ScheduleRetry():
                    self._note(self._now_s + command.delay_s, RetryDue(task=command.task))
                case FinishRun():
                    self._finish = command

    def _start(self, task: str, attempt: int) -> None:
        end_s = self._now_s + self._seconds[task]
        state = self._outcome(task, attempt)
        worker = self._worker[task] = heappop(self._idle)
        self._timeline.append(
            SimulatedAttempt(task=task, attempt=attempt, worker=worker, start_s=self._now_s, end_s=end_s, state=state)
        )
        self._note(end_s, AttemptEnded(task=task, attempt=attempt, state=state))

    def _note(self, at_s: float, event: Event) -> None:
        self._noted += 1
        heappush(self._agenda, (at_s, self._noted, event))
