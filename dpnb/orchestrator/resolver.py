"""The decision core of a run: a state machine that is told what happened and answers what to do.

::

    PENDING ──▶ RUNNING ──▶ SUCCEEDED, REUSED, FAILED, TIMED_OUT, CANCELLED
       │         │   ▲
       │         ▼   │
       │        RETRYING ──▶ FAILED, TIMED_OUT (the run failed), CANCELLED (it was cancelled)
       ▼
    SKIPPED, CANCELLED

An attempt that read a stream which broke off leads back to PENDING (see `dpnb.orchestrator.streaming`).

It knows neither clock, process, file nor the user's code. A task is a position in the given order, each of its facts
an entry of a list.

Decisions that may surprise:

- The first cause of an early end names the run's status: a failed run that is cancelled while it drains stays failed,
  a failure while a cancelled run ends leaves it cancelled.
- A task that waits for a retry when the run fails keeps the outcome of its last attempt, for the run's end makes that
  final; when the run is cancelled, so is the task.
- An attempt that is cancelled on its own, while the run is not, counts as a failure that is not retried.
- An attempt that ran out of memory is retried with less beside it: half of the places are its own, and after a second
  time all of them.
"""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING

from dpnb.errors import RetryDelayError
from dpnb.orchestrator.capacity import ReadyTasks
from dpnb.orchestrator.commands import (
    AskDelay,
    AttemptEnded,
    CancelAttempt,
    CancelRequested,
    CapacityChanged,
    DelayKnown,
    FinishRun,
    FirstChunkStored,
    RecallAttempt,
    RetryDue,
    ScheduleRetry,
    SettleTask,
    StartAttempt,
    VoidAttempt,
)
from dpnb.orchestrator.dependencies import Dependencies
from dpnb.orchestrator.priority import expected_durations_s, remaining_paths_s
from dpnb.orchestrator.reasons import RUN_CANCELLED, Failures, not_retried, without_result
from dpnb.orchestrator.retry import retry_delay_s
from dpnb.orchestrator.streaming import LiveStreams
from dpnb.results.records import RunStatus, TaskState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dpnb.orchestrator.commands import Command, Event
    from dpnb.orchestrator.task_facts import TaskFacts

RESULTS = (TaskState.SUCCEEDED, TaskState.REUSED)
FAILURES = (TaskState.FAILED, TaskState.TIMED_OUT, TaskState.CANCELLED)


class TaskDependencyResolver:
    """Decides which task of a run starts when, what is retried or skipped, and when the run is over.

    Parameters
    ----------
    tasks
        The run's tasks; their order breaks ties. An upstream name that is not among them counts as satisfied.
    capacity
        How many places there are; each running attempt holds one or more, as `dpnb.orchestrator.capacity` tells.
    durations
        Expected seconds by task. Among ready tasks the one with the longest expected remaining path starts first.
    done
        Terminal states of tasks, of this run or outside of it, that ended before; nothing is told of them again.
    jitter
        Source of chance in [0, 1] for retry delays.

    Raises
    ------
    ValueError
        Two tasks share a name, tasks wait for each other in a circle, `capacity` is negative, a state in `done` is not
        terminal, or two tasks limit one concurrency group differently.

    Examples
    --------
    >>> from dpnb.orchestrator.task_facts import TaskFacts
    >>> resolver = TaskDependencyResolver([TaskFacts(name="a"), TaskFacts(name="b", upstream=("a",))], capacity=2)
    >>> resolver.start()
    [StartAttempt(task='a', attempt=1, missing=())]
    >>> for command in resolver.handle(AttemptEnded(task="a", attempt=1, state=TaskState.SUCCEEDED)):
    ...     print(command)
    SettleTask(task='a', state=<TaskState.SUCCEEDED: 'succeeded'>, reason='')
    StartAttempt(task='b', attempt=1, missing=())
    """

    def __init__(
        self,
        tasks: Sequence[TaskFacts],
        *,
        capacity: int,
        durations: Mapping[str, float] | None = None,
        done: Mapping[str, TaskState] | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        done = done or {}
        self._tasks = tuple(tasks)
        self._dependencies = Dependencies(self._tasks, done)
        self._positions = self._dependencies.positions
        self._names = tuple(self._positions)
        self._states = [done.get(facts.name, TaskState.PENDING) for facts in self._tasks]
        expected = expected_durations_s(self._positions, durations or {})
        remaining = remaining_paths_s(expected, self._dependencies.downstream)
        self._ready = ReadyTasks(self._tasks, remaining, CapacityChanged(capacity=capacity).capacity)
        self._jitter = jitter
        self._attempts = [0] * len(self._tasks)
        self._running: dict[int, int] = {}  # position → attempt
        self._streams = LiveStreams(self._tasks, self._dependencies, done=done, running=self._running)
        self._last_failure: dict[int, TaskState] = {}  # position → outcome of the attempt before a retry
        self._asked: set[int] = set()  # the retrying tasks whose delay is not known
        self._delayed: set[int] = set()  # those whose delay has not passed
        self._unsettled = self._states.count(TaskState.PENDING)
        self._status = RunStatus.RUNNING
        self._started = self._cancelled = self._finished = False
        self._failures = Failures()
        self._early_end = ""  # why the run starts nothing any more
        self._has_queued = False  # more attempts than run at once may have been started
        self._commands: list[Command] = []

    def start(self) -> list[Command]:
        """Return the first commands; asked again, none."""
        if self._started or self._finished:
            return []
        self._started = True
        for task, state in enumerate(self._states):
            if state in FAILURES:
                self._count_failure(task)
        if self._failures.fatal:
            self._drain(f"task {self._failures.fatal[0]!r} failed before")
        pending = (task for task, state in enumerate(self._states) if state is TaskState.PENDING)
        self._admit([task for task in pending if self._dependencies.is_free(task)])
        return self._answer()

    def handle(self, event: Event) -> list[Command]:
        """Return what to do about the event: nothing if it is late, repeated, or of an attempt that is over.

        Raises
        ------
        KeyError
            The event names a task that is not in this run.
        ValueError
            An attempt is said to have ended in a state in which none can.
        """
        if self._finished:
            return []
        match event:
            case AttemptEnded():
                self._end_attempt(self._positions[event.task], event)
            case FirstChunkStored():
                self._begin_stream(self._positions[event.task], event.attempt)
            case DelayKnown():
                self._hear_delay(self._positions[event.task], event)
            case RetryDue():
                self._end_delay(self._positions[event.task])
            case CapacityChanged():
                self._ready.capacity = event.capacity
                self._ready.ahead = event.ahead if event.capacity and not self._streams.exist else 0
                self._has_queued = self._has_queued or self._ready.ahead > 0
            case CancelRequested():
                self._cancel()
        return self._answer()

    def _answer(self) -> list[Command]:
        while (task := self._ready.take()) is not None:
            self._start_attempt(task)
        if not self._unsettled:
            self._finish()
        commands, self._commands = self._commands, []
        return commands

    def _start_attempt(self, task: int) -> None:
        attempt = self._attempts[task] = self._attempts[task] + 1
        self._states[task] = TaskState.RUNNING
        self._running[task] = attempt
        missing = self._dependencies.missing(task)
        self._commands.append(StartAttempt(task=self._names[task], attempt=attempt, missing=missing))

    def _end_attempt(self, task: int, ended: AttemptEnded) -> None:
        if self._running.get(task) != ended.attempt:
            return
        state = ended.state
        has_result = state in RESULTS
        if not has_result and state not in FAILURES:
            raise ValueError(f"an attempt cannot end {state}")
        del self._running[task]
        self._ready.give_back(task)
        if self._streams.exist and task in self._streams.void:
            self._end_void(task)
        elif has_result:
            if not (self._streams.exist and self._streams.hold(task, state, "")):
                self._settle(task, state)
        else:
            self._end_failed(task, ended)

    def _end_failed(self, task: int, ended: AttemptEnded) -> None:
        state = ended.state
        if self._streams.concern(task):
            self._break_off(task, state)
        if state is TaskState.CANCELLED and self._cancelled:
            self._settle(task, state, RUN_CANCELLED)
        elif not ended.has_begun and self._status is RunStatus.FAILED:
            self._give_up(task)
        elif self._may_retry(task, ended):
            if ended.is_out_of_memory:
                self._ready.widen(task)
            self._retry(task, state)
        else:
            self._fail(task, state)

    def _may_retry(self, task: int, ended: AttemptEnded) -> bool:
        is_wanted = ended.is_retryable and ended.state is not TaskState.CANCELLED
        failures = self._streams.counted(task, ended.attempt)
        return is_wanted and self._status is RunStatus.RUNNING and failures <= self._tasks[task].max_retries

    def _retry(self, task: int, state: TaskState) -> None:
        rule, failures = self._tasks[task].retry_delay, self._streams.counted(task, self._attempts[task])
        if callable(rule):
            self._wait_to_retry(task, state)
            self._asked.add(task)
            self._commands.append(AskDelay(task=self._names[task], rule=rule, failures=failures))
            return
        try:
            delay_s = retry_delay_s(rule, failures, self._jitter)
        except RetryDelayError as error:
            self._fail(task, state, not_retried(error.problem))
            return
        self._wait_to_retry(task, state)
        self._delay(task, delay_s)

    def _wait_to_retry(self, task: int, state: TaskState) -> None:
        self._states[task] = TaskState.RETRYING
        self._last_failure[task] = state
        self._dependencies.block(task)

    def _delay(self, task: int, delay_s: float) -> None:
        self._delayed.add(task)
        self._commands.append(ScheduleRetry(task=self._names[task], attempt=self._attempts[task] + 1, delay_s=delay_s))

    def _hear_delay(self, task: int, told: DelayKnown) -> None:
        if task not in self._asked:
            return
        self._asked.remove(task)
        if not told.problem:
            self._delay(task, told.delay_s)
        elif self._dependencies.unblock([task]):  # else a stream that it read has broken off, so that it runs again
            self._fail(task, self._last_failure.pop(task), not_retried(told.problem))

    def _end_delay(self, task: int) -> None:
        if task in self._delayed:
            self._delayed.remove(task)
            self._admit(self._dependencies.unblock([task]))

    def _settle(self, task: int, state: TaskState, reason: str = "") -> None:
        self._record(task, state, reason)
        if self._streams.exist and self._streams.concern(task):
            self._settle_streaming(task)
        elif self._status is RunStatus.RUNNING:
            self._admit(self._dependencies.release(task))

    def _record(self, task: int, state: TaskState, reason: str) -> None:
        self._states[task] = state
        self._unsettled -= 1
        self._commands.append(SettleTask(task=self._names[task], state=state, reason=reason))

    def _admit(self, released: list[int]) -> None:
        for task in released:  # grows while skips cascade
            reason = self._dependencies.reason_to_skip(task)
            if reason is None:
                self._ready.push(task)
            elif not self._streams.leave_early(task):
                self._record(task, TaskState.SKIPPED, reason)
                self._dependencies.miss(task, TaskState.SKIPPED)
                self._streams.leave(task)
                released += self._dependencies.release(task)

    def _fail(self, task: int, state: TaskState, reason: str = "") -> None:
        is_safe = self._tasks[task].fail_safe
        if is_safe and self._status is RunStatus.RUNNING and self._streams.hold(task, state, reason):
            return
        self._count_failure(task)
        if is_safe or self._status is not RunStatus.RUNNING:
            self._dependencies.miss(task, state)
            self._settle(task, state, reason)
        else:
            self._record(task, state, reason)
            self._drain(without_result(self._names[task], state))

    # Streams

    def _begin_stream(self, producer: int, attempt: int) -> None:
        if self._running.get(producer) == attempt and self._status is RunStatus.RUNNING:
            self._admit(self._streams.begin(producer))

    def _settle_streaming(self, task: int) -> None:
        settled = [task]
        for one in settled:  # grows while held consumers are settled with their producers
            released = self._streams.release(one)
            for held, (state, reason) in self._streams.leave(one):
                self._lift(held, state, reason)
                settled.append(held)
            if self._status is RunStatus.RUNNING:
                self._admit(released)

    def _lift(self, held: int, state: TaskState, reason: str) -> None:
        if not state.has_result:
            self._count_failure(held)
            self._dependencies.miss(held, state)
        self._record(held, state, reason)

    def _break_off(self, producer: int, state: TaskState) -> None:
        why = without_result(self._names[producer], state)
        void, unready = self._streams.stop(producer, why)
        for task in unready:
            self._ready.withdraw(task)
        for task in void:
            self._last_failure.pop(task, None)
            self._commands.append(VoidAttempt(task=self._names[task], attempt=self._attempts[task], reason=why))
            if task not in self._running:
                self._reopen(task, why)

    def _end_void(self, task: int) -> None:
        self._reopen(task, self._streams.void[task])
        released = self._streams.end_void(task)
        if self._status is RunStatus.RUNNING:
            self._admit(released)

    def _reopen(self, task: int, why: str) -> None:
        if self._status is RunStatus.RUNNING:
            self._states[task] = TaskState.PENDING
        elif self._cancelled:
            self._record(task, TaskState.CANCELLED, RUN_CANCELLED)
        else:
            self._record(task, TaskState.SKIPPED, why)

    # The end

    def _count_failure(self, task: int) -> None:
        self._failures.add(self._names[task], fail_safe=self._tasks[task].fail_safe)

    def _drain(self, cause: str) -> None:
        self._status = RunStatus.FAILED
        self._early_end = cause
        self._recall_queued()
        for task in self._give_up_waiting():
            self._give_up(task)

    def _recall_queued(self) -> None:
        if self._has_queued:
            self._commands += [RecallAttempt(task=task, attempt=attempt) for task, attempt in self.running.items()]

    def _give_up(self, task: int) -> None:
        if task in self._last_failure:
            self._count_failure(task)
            self._record(task, self._last_failure[task], not_retried(self._early_end))
        else:
            self._record(task, TaskState.SKIPPED, self._early_end)

    def _cancel(self) -> None:
        if self._cancelled:
            return
        self._cancelled = True
        if self._status is RunStatus.RUNNING:
            self._status = RunStatus.CANCELLED
        self._recall_queued()  # before a place becomes free for it
        self._commands += [CancelAttempt(task=task, attempt=attempt) for task, attempt in self.running.items()]
        for task in self._give_up_waiting():
            self._record(task, TaskState.CANCELLED, RUN_CANCELLED)

    def _give_up_waiting(self) -> list[int]:
        self._ready.clear()
        self._asked.clear()
        self._delayed.clear()
        waiting = (TaskState.PENDING, TaskState.RETRYING)
        return [task for task, state in enumerate(self._states) if state in waiting]

    def _finish(self) -> None:
        self._finished = True
        if self._status is RunStatus.RUNNING:
            self._status = RunStatus.SUCCEEDED
        reason = self._failures.sum_up(self._status, cancelled=self._cancelled)
        self._commands.append(FinishRun(status=self._status, reason=reason))

    @property
    def is_finished(self) -> bool:
        """Whether every task is settled and `FinishRun` was given."""
        return self._finished

    @property
    def status(self) -> RunStatus:
        """The run's status; failed or cancelled as soon as that is certain, though attempts may still run."""
        return self._status

    @property
    def running(self) -> dict[str, int]:
        """The number of the running attempt, by task, in the order of their starts."""
        return {self._names[task]: attempt for task, attempt in self._running.items()}

    def state(self, task: str) -> TaskState:
        """Return the task's state; one that waits for a retry, or for its turn after it, is retrying."""
        return self._states[self._positions[task]]

    def states(self) -> dict[str, TaskState]:
        """Return every task's state, in the given order."""
        return dict(zip(self._names, self._states, strict=True))

    def counts(self) -> Counter[TaskState]:
        """Return how many tasks are in each state."""
        return Counter(self._states)
