"""Random DAGs × outcomes × interleavings × capacities, each step judged by a model that shares no code with it."""

from __future__ import annotations

import random
from collections import Counter
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from hypothesis import event, given
from hypothesis import strategies as st

from dpnb.orchestrator.commands import (
    AskDelay,
    AttemptEnded,
    CancelAttempt,
    CancelRequested,
    CapacityChanged,
    DelayKnown,
    FinishRun,
    FirstChunkStored,
    RetryDue,
    ScheduleRetry,
    SettleTask,
    StartAttempt,
    VoidAttempt,
)
from dpnb.orchestrator.resolver import TaskDependencyResolver
from dpnb.orchestrator.simulator import makespan_bounds_s, simulate
from dpnb.orchestrator.task_facts import TaskFacts
from dpnb.planner.node import WhenMissing
from dpnb.results.records import RunStatus, TaskState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dpnb.orchestrator.commands import Command, Event

ENDS = [TaskState.SUCCEEDED] * 4 + [TaskState.REUSED, TaskState.FAILED, TaskState.TIMED_OUT, TaskState.CANCELLED]
FINAL_FAILURES = {TaskState.FAILED, TaskState.TIMED_OUT, TaskState.CANCELLED}
RULES = [None, *WhenMissing]  # None: the upstream task only comes first
DELAYS: list[float | Callable[[int], float]] = [1.0, float]

ANY_NEEDS = st.booleans()


@st.composite
def task_lists(draw: st.DrawFn, most: int = 9, *, needs: bool = False) -> list[TaskFacts]:
    """Draw a DAG, its tasks in any order, some of them with places and groups if asked to."""
    count = draw(st.integers(0, most))
    limits = {"db": draw(st.integers(1, 3)), "api": draw(st.integers(1, 2))}
    groups = st.sets(st.sampled_from(sorted(limits))) if needs else st.just(set())
    tasks = []
    for i in range(count):
        rules = {
            f"t{j}": draw(st.sampled_from(RULES))
            for j in draw(st.sets(st.integers(0, i - 1), max_size=3) if i else st.just(()))
        }
        tasks.append(
            TaskFacts(
                name=f"t{i}",
                upstream=tuple(sorted(rules)),
                live=tuple(sorted(name for name, rule in rules.items() if rule is not None and draw(st.booleans()))),
                when_missing={name: rule for name, rule in rules.items() if rule is not None},
                max_retries=draw(st.integers(0, 2)),
                retry_delay=draw(st.sampled_from(DELAYS)),
                fail_safe=draw(st.booleans()),
                places=draw(st.integers(1, 4)) if needs else 1,
                groups=tuple((name, limits[name]) for name in sorted(draw(groups))),
            )
        )
    return draw(st.permutations(tasks))


class Model:
    """What a run must look like, told from its events and commands alone."""

    def __init__(
        self, tasks: Sequence[TaskFacts], durations: Mapping[str, float], capacity: int, done: Mapping[str, TaskState]
    ) -> None:
        self.tasks = {facts.name: facts for facts in tasks}
        self.durations = durations
        self.capacity = capacity
        self.done = done
        self.settled = dict(done)
        self.running: dict[str, int] = {}
        self.attempts = dict.fromkeys(self.tasks, 0)
        self.last_end: dict[str, TaskState] = {}
        self.asked: set[str] = set()
        self.answered: set[str] = set()  # and to be scheduled now
        self.delayed: set[str] = set()
        self.places = {name: facts.places for name, facts in self.tasks.items()}
        self.held: dict[str, int] = {}
        self.overtaken = dict.fromkeys(self.tasks, 0)
        self.may_retry = dict.fromkeys(self.tasks, True)
        self.flowing: set[str] = set()  # their attempt has stored a chunk
        self.provisional: dict[str, TaskState] = {}  # succeeded before a producer has ended
        self.void: set[str] = set()  # running, and not to be counted
        self.voids: Counter[str] = Counter()
        self.new_voids: dict[str, int] = {}
        self.reads: dict[str, dict[str, int]] = {}  # by consumer, the attempts whose streams it reads
        self.cancelled = False
        self.finish: FinishRun | None = None
        self.cause: RunStatus | None = None
        if any(not self.tasks[name].fail_safe for name, state in done.items() if state in FINAL_FAILURES):
            self.cause = RunStatus.FAILED

    # The structure, computed the slow way

    @cached_property
    def priority(self) -> dict[str, tuple[float, int]]:
        known = [self.durations[name] for name in self.tasks if name in self.durations]
        unknown = sum(known) / len(known) if known else 1.0

        def remaining(name: str) -> float:
            after = [f.name for f in self.tasks.values() if name in self.waits_for(f.name)]
            return self.durations.get(name, unknown) + max(map(remaining, after), default=0.0)

        return {name: (-remaining(name), position) for position, name in enumerate(self.tasks)}

    def waits_for(self, name: str) -> set[str]:
        return set() if name in self.done else {up for up in self.tasks[name].upstream if up not in self.done}

    def ancestors(self, name: str) -> set[str]:
        return {older for up in self.waits_for(name) for older in {up, *self.ancestors(up)}}

    def missing(self, name: str) -> dict[str, WhenMissing]:
        rules = self.tasks[name].when_missing
        return {up: rules[up] for up in rules if up in self.settled and not self.settled[up].has_result}

    def ready(self) -> list[str]:
        """List what could start now, best first."""
        waiting = self.tasks.keys() - self.settled.keys() - self.running.keys() - self.provisional.keys()
        waiting -= self.delayed | self.asked
        free = [name for name in waiting if self.is_free(name)]
        return sorted(free, key=self.priority.__getitem__) if self.cause is None else []

    def next_start(self) -> str | None:
        """Name the task that starts next, by the rules of places and groups, and count whom it overtakes."""
        free, foremost = self.capacity - sum(self.held.values()), None
        for name in self.ready() if free > 0 else ():
            if any(self.in_group(group) >= limit for group, limit in self.tasks[name].groups):
                continue
            if min(self.places[name], self.capacity) <= free:
                if foremost is not None:
                    self.overtaken[foremost] += 1
                return name
            foremost = foremost or name
            if self.overtaken[foremost] >= self.capacity:
                return None
        return None

    def in_group(self, group: str) -> int:
        return sum(group in dict(self.tasks[name].groups) for name in self.running)

    def is_free(self, name: str) -> bool:
        open_ups = self.waits_for(name) - self.settled.keys()
        if not open_ups:
            return True
        is_to_be_skipped = WhenMissing.SKIP in self.missing(name).values()
        return not is_to_be_skipped and open_ups <= self.flowing & set(self.tasks[name].live)

    def readers(self, producer: str) -> set[str]:
        """List whose attempts have come to depend on the producer's, over any number of live edges."""
        if producer not in self.flowing:
            return set()
        busy = (self.running.keys() - self.void) | self.provisional.keys()
        direct = {name for name in busy if producer in self.tasks[name].live and producer in self.waits_for(name)}
        return direct.union(*map(self.readers, direct))

    # What is told

    def hear(self, told: Event) -> None:
        match told:
            case CapacityChanged():
                self.capacity = told.capacity
            case CancelRequested():
                self.cancelled = True
                self.cause = self.cause or RunStatus.CANCELLED
            case DelayKnown() if told.task in self.asked:
                self._hear_delay(told)
            case RetryDue():
                self.delayed.discard(told.task)
            case FirstChunkStored() if self.running.get(told.task) == told.attempt and told.task not in self.void:
                self.flowing.add(told.task)
            case AttemptEnded() if self.running.get(told.task) == told.attempt:
                self._hear_of_end(told)

    def _hear_of_end(self, told: AttemptEnded) -> None:
        del self.running[told.task], self.held[told.task]
        if told.task in self.void:
            self.void.remove(told.task)
            return
        self.last_end[told.task] = told.state
        self.may_retry[told.task] = (
            self.cause is None
            and told.is_retryable
            and told.state is not TaskState.CANCELLED
            and told.attempt - self.voids[told.task] <= self.tasks[told.task].max_retries
        )
        if told.is_out_of_memory and self.may_retry[told.task]:
            half = -(-self.capacity // 2)
            self.places[told.task] = half if self.places[told.task] < half else 1000
        if not told.state.has_result:
            self._break_off(told.task)
        if self._is_final(told) and self.waits_for(told.task) - self.settled.keys():
            self.provisional[told.task] = told.state
        elif self._ends_the_run(told):
            self.cause = RunStatus.FAILED

    def _hear_delay(self, told: DelayKnown) -> None:
        name = told.task
        self.asked.remove(name)
        if not told.problem:
            self.answered.add(name)
        elif self.is_free(name):
            self.may_retry[name] = False
            if not self.tasks[name].fail_safe:
                self.cause = RunStatus.FAILED
            elif self.waits_for(name) - self.settled.keys():
                self.provisional[name] = self.last_end[name]

    def _break_off(self, producer: str) -> None:
        self.new_voids = {name: self.attempts[name] for name in self.readers(producer)}
        self.flowing -= {producer, *self.new_voids}
        for name in self.new_voids:
            self.voids[name] += 1
            self.last_end.pop(name, None)
            self.provisional.pop(name, None)
            if name in self.running:
                self.void.add(name)

    def _is_final(self, told: AttemptEnded) -> bool:
        """Whether nothing but the end of a stream that was read can change this outcome."""
        is_safe = self.cause is None and self.tasks[told.task].fail_safe
        return told.state.has_result or (is_safe and not self.may_retry[told.task])

    def _ends_the_run(self, told: AttemptEnded) -> bool:
        facts = self.tasks[told.task]
        is_final = not self.may_retry[told.task]
        return self.cause is None and told.state in FINAL_FAILURES and is_final and not facts.fail_safe

    # What is answered

    def check(self, commands: Sequence[Command]) -> None:
        assert self.finish is None or not commands, "FinishRun comes last"
        cancels = {c.task: c.attempt for c in commands if isinstance(c, CancelAttempt)}
        assert cancels in ({}, self.running)
        voids = {c.task: c.attempt for c in commands if isinstance(c, VoidAttempt)}
        assert voids == self.new_voids
        self.new_voids = {}
        for command in commands:
            match command:
                case SettleTask():
                    self._check_settled(command)
                case AskDelay() | ScheduleRetry():
                    self._check_retry(command)
        assert not self.answered
        started = [command for command in commands if isinstance(command, StartAttempt)]
        for command in started:
            assert command.task == self.next_start(), "the best task that places and groups allow starts"
            self._check_start(command)
        assert self.next_start() is None, "no place is idle beside a task that may have it"
        assert sum(self.held.values()) <= self.capacity or not started
        for name in self.running.keys() - self.void:
            open_ups = self.waits_for(name) - self.settled.keys()
            assert open_ups <= (self.running.keys() - self.void) | self.provisional.keys(), "whom it waits for can work"
        for command in commands:
            if isinstance(command, FinishRun):
                self._check_finish(command)
        if self.capacity and not self.running and not self.delayed and not self.asked:
            assert self.finish is not None, "somebody would have to do something"

    def _check_start(self, command: StartAttempt) -> None:
        name = command.task
        assert command.attempt == self.attempts[name] + 1 <= self.tasks[name].max_retries + 1 + self.voids[name]
        missing = self.missing(name)
        assert WhenMissing.SKIP not in missing.values()
        assert command.missing == tuple(sorted(missing))
        self.attempts[name] = self.running[name] = command.attempt
        self.held[name] = min(self.places[name], self.capacity)
        assert all(self.in_group(group) <= limit for group, limit in self.tasks[name].groups)
        self.flowing.discard(name)
        streams = self.waits_for(name) & set(self.tasks[name].live) - missing.keys()
        self.reads[name] = {up: self.attempts[up] for up in streams}

    def _check_retry(self, command: AskDelay | ScheduleRetry) -> None:
        name = command.task
        is_asked = isinstance(command, AskDelay)
        voids = self.voids[name]
        assert self.cause is None
        assert self.last_end[name] in {TaskState.FAILED, TaskState.TIMED_OUT}
        failures = command.failures if isinstance(command, AskDelay) else command.attempt - 1 - voids
        assert failures == self.attempts[name] - voids <= self.tasks[name].max_retries
        assert name not in self.running.keys() | self.asked | self.delayed | self.settled.keys()
        assert is_asked == callable(self.tasks[name].retry_delay) or name in self.answered
        self.answered.discard(name)
        (self.asked if is_asked else self.delayed).add(name)

    def _check_settled(self, command: SettleTask) -> None:
        name, state = command.task, command.state
        assert name not in self.settled, "each task has one terminal state"
        assert name not in self.running
        if state is TaskState.SKIPPED:
            assert not self.attempts[name] or self.reads[name], "what has run was beside a stream that broke off"
            if self.cause is None:
                assert self.ancestors(name) <= self.settled.keys()
                assert WhenMissing.SKIP in self.missing(name).values()
        elif state is TaskState.CANCELLED and self.cancelled:
            assert self.last_end.get(name) not in {TaskState.SUCCEEDED, TaskState.REUSED}
        else:
            assert state is self.last_end[name]
            assert state.has_result or self.cause is not None or not self.may_retry[name], "it had a retry left"
            if state.has_result:
                for up, attempt in self.reads[name].items():
                    assert self.settled[up].has_result, "nobody succeeds on half a stream"
                    assert self.attempts[up] == attempt, "nobody sees two attempts mixed"
        self.settled[name] = state
        self.provisional.pop(name, None)
        self.delayed.discard(name)
        self.asked.discard(name)

    def _check_finish(self, command: FinishRun) -> None:
        assert self.finish is None
        assert not self.running
        assert not self.provisional
        assert self.settled.keys() >= self.tasks.keys()
        assert command.status is (self.cause or RunStatus.SUCCEEDED)
        self.finish = command


class Driver:
    """Feeds a resolver with one random event after the other, late and repeated ones among them."""

    def __init__(self, resolver: TaskDependencyResolver, model: Model, chance: random.Random) -> None:
        self.resolver, self.model, self.chance = resolver, model, chance
        self.events: list[Event] = []
        self.commands: list[Command] = []
        self.calmness = chance.choice([5, 50, 500])
        self.chunkiness = chance.choice([0, 1, 5])

    def run(self) -> None:
        self._answer(self.resolver.start())
        while self.model.finish is None:
            assert self.resolver.start() == [], "a run starts once"
            self.events.append(self._next())
            self.model.hear(self.events[-1])
            self._answer(self.resolver.handle(self.events[-1]))
        for late in [*self.events, CancelRequested()]:
            assert self.resolver.handle(late) == []

    def _answer(self, commands: list[Command]) -> None:
        self.commands += commands
        self.model.check(commands)
        known = {name: state for name, state in self.resolver.states().items() if state.is_terminal}
        assert known == self.model.settled
        assert self.resolver.running == self.model.running

    def _next(self) -> Event:
        chance, model = self.chance, self.model
        if chance.randrange(self.calmness) == 0:
            return CancelRequested()
        if chance.randrange(8) == 0 and self.events:
            return self._stray()
        possible: list[Event] = [
            *(self._end(task, attempt) for task, attempt in model.running.items()),
            *(RetryDue(task=name) for name in sorted(model.delayed)),
            *(DelayKnown(task=name, problem=chance.choice(["", "broken"])) for name in sorted(model.asked)),
            CapacityChanged(capacity=chance.randrange(5)),
        ]
        possible += self.chunkiness * [FirstChunkStored(task=t, attempt=a) for t, a in model.running.items()]
        return chance.choice(possible)

    def _end(self, task: str, attempt: int) -> AttemptEnded:
        chance = self.chance
        state, is_killed = chance.choice(ENDS), chance.randrange(3) == 0
        return AttemptEnded(
            task=task,
            attempt=attempt,
            state=state,
            is_retryable=chance.randrange(4) > 0,
            is_out_of_memory=is_killed and state is TaskState.FAILED,
        )

    def _stray(self) -> Event:
        """Repeat a retry that was due or its delay, or invent a chunk or an end of an attempt that is not running."""
        name = self.chance.choice(sorted(self.model.tasks))
        if self.chance.randrange(2):
            is_asked = name in self.model.asked
            return RetryDue(task=name) if is_asked or self.chance.randrange(2) else DelayKnown(task=name)
        attempt = self.chance.choice([n for n in range(1, 5) if n != self.model.running.get(name)])
        if self.chance.randrange(2):
            return FirstChunkStored(task=name, attempt=attempt)
        return AttemptEnded(task=name, attempt=attempt, state=self.chance.choice(ENDS))


@given(
    tasks=ANY_NEEDS.flatmap(lambda needs: task_lists(needs=needs)),
    known=st.dictionaries(st.sampled_from([f"t{i}" for i in range(9)]), st.integers(0, 9).map(float)),
    capacity=st.integers(0, 4),
    resumed=st.booleans(),
    seed=st.integers(0, 2**32),
)
def test_run_keeps_every_rule_whatever_happens(tasks, known, capacity, resumed, seed):
    chance = random.Random(seed)
    ended = [TaskState.SUCCEEDED, TaskState.REUSED, TaskState.SKIPPED, TaskState.FAILED]
    done = {facts.name: chance.choice(ended) for facts in tasks if resumed and chance.randrange(3) == 0}

    def resolver() -> TaskDependencyResolver:
        return TaskDependencyResolver(
            tasks, capacity=capacity, durations=known, done=done, jitter=random.Random(seed).random
        )

    driver = Driver(resolver(), Model(tasks, known, capacity, done), chance)
    driver.run()
    assert driver.model.finish is not None
    event(f"run {driver.model.finish.status}")

    again = resolver()
    replayed = again.start()
    for told in driver.events:
        replayed += again.handle(told)
    assert replayed == driver.commands, "the same events get the same answers"


def states_by_the_rules(tasks: Sequence[TaskFacts], fails: set[str]) -> dict[str, TaskState]:
    """Say how tasks end by DESIGN.md's rules, one upstream after the other, when all that fail do so safely."""
    facts = {one.name: one for one in tasks}
    states: dict[str, TaskState] = {}

    def state(name: str) -> TaskState:
        if name not in states:
            ups = facts[name].when_missing.items()
            needs = any(rule is WhenMissing.SKIP and not state(up).has_result for up, rule in ups)
            ran = TaskState.FAILED if name in fails else TaskState.SUCCEEDED
            states[name] = TaskState.SKIPPED if needs else ran
        return states[name]

    return {name: state(name) for name in facts}


@given(tasks=task_lists(most=14), workers=st.integers(1, 5), seed=st.integers(0, 2**32))
def test_fail_safe_failures_have_the_same_outcome_in_every_interleaving(tasks, workers, seed):
    chance = random.Random(seed)
    fails = {facts.name for facts in tasks if facts.fail_safe and chance.randrange(2)}
    durations = {facts.name: float(chance.randrange(9)) for facts in tasks}

    def outcome(name: str, _attempt: int) -> TaskState:
        return TaskState.FAILED if name in fails else TaskState.SUCCEEDED

    simulation = simulate(tasks, durations, workers=workers, outcome=outcome)
    assert simulation.states == states_by_the_rules(tasks, fails)
    assert simulation.status is RunStatus.SUCCEEDED


@given(
    tasks=ANY_NEEDS.flatmap(lambda needs: task_lists(most=20, needs=needs)),
    workers=st.integers(1, 6),
    seed=st.integers(0, 2**32),
)
def test_makespan_lies_between_the_lower_bound_and_grahams(tasks, workers, seed):
    chance = random.Random(seed)
    durations = {facts.name: float(chance.randrange(20)) for facts in tasks}
    beliefs = {facts.name: float(chance.randrange(20)) for facts in tasks}
    lower, upper = makespan_bounds_s(tasks, durations, workers=workers)
    for expected in (durations, beliefs):
        simulation = simulate(tasks, durations, workers=workers, expected=expected)
        assert lower * (1 - 1e-9) <= simulation.makespan_s <= upper * (1 + 1e-9)
        assert len(simulation.timeline) == len(tasks)


@given(tasks=task_lists(most=14), workers=st.integers(1, 6), seed=st.integers(0, 2**32))
def test_no_worker_runs_two_attempts_at_once_and_no_task_starts_before_its_upstream_has_ended(tasks, workers, seed):
    chance = random.Random(seed)
    durations = {facts.name: 1.0 + chance.randrange(9) for facts in tasks}
    timeline = simulate(tasks, durations, workers=workers).timeline
    ends = {span.task: span.end_s for span in timeline}
    for span in timeline:
        assert 0 <= span.worker < workers
        assert all(ends[up] <= span.start_s for facts in tasks if facts.name == span.task for up in facts.upstream)
    for worker in range(workers):
        own = sorted((span.start_s, span.end_s) for span in timeline if span.worker == worker)
        assert all(end <= start for (_, end), (start, _) in pairwise(own))


def most_at_once(spans: Sequence[tuple[float, float, int]]) -> int:
    """Return the largest sum of what spans take of something while they last."""
    return max(
        (sum(taken for start, end, taken in spans if start <= instant < end) for instant, _, _ in spans), default=0
    )


@given(tasks=task_lists(most=20, needs=True), workers=st.integers(1, 6), seed=st.integers(0, 2**32))
def test_places_and_groups_are_never_exceeded_and_everything_ends(tasks, workers, seed):
    chance = random.Random(seed)
    simulation = simulate(tasks, {facts.name: 1.0 + chance.randrange(9) for facts in tasks}, workers=workers)
    spans = {span.task: span for span in simulation.timeline}
    assert spans.keys() == {facts.name for facts in tasks}
    taken = [(spans[f.name].start_s, spans[f.name].end_s, min(f.places, workers)) for f in tasks]
    assert most_at_once(taken) <= workers
    for group, limit in {group for facts in tasks for group in facts.groups}:
        members = [spans[facts.name] for facts in tasks if group in dict(facts.groups)]
        assert most_at_once([(span.start_s, span.end_s, 1) for span in members]) <= limit
