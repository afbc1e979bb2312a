"""Random programs over random streams, with words that take their time: whoever runs comes to an end."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dpnb.orchestrator.commands import AttemptEnded, FinishRun, FirstChunkStored, SettleTask, StartAttempt
from dpnb.orchestrator.executable import ExecutableTask, TaskInput
from dpnb.orchestrator.relay import Relay
from dpnb.orchestrator.resolver import TaskDependencyResolver
from dpnb.orchestrator.stream_messages import (
    CHUNKS_PER_WORD,
    LEAD_CHUNKS,
    ChunksAsked,
    ChunksCame,
    ChunksTaken,
    MayStore,
    StreamLetGo,
)
from dpnb.orchestrator.task_facts import TaskFacts
from dpnb.planner.node import WhenMissing
from dpnb.registry import TaskKind
from dpnb.results.records import RunStatus, TaskState

YIELD, LET_GO = "yield", "let go"
DIAMOND = {
    "t0": [YIELD] * 6 * LEAD_CHUNKS,
    "t1": ["t0", YIELD, *["t0"] * 4 * LEAD_CHUNKS, YIELD],
    "t2": ["t1", "t1", *["t0"] * 6 * LEAD_CHUNKS],
}


@st.composite
def programs(draw: st.DrawFn) -> dict[str, list[str]]:
    """Draw what each task does, step by step: yields a chunk, or takes one of an earlier task's."""
    names: list[str] = []
    drawn: dict[str, list[str]] = {}
    for i in range(draw(st.integers(1, 5))):
        sources = [name for name in names if draw(st.booleans())]
        steps: list[str] = []
        for _ in range(draw(st.integers(1, 5))):
            steps += [draw(st.sampled_from([YIELD, *sources]))] * draw(
                st.sampled_from([1, LEAD_CHUNKS, 3 * LEAD_CHUNKS])
            )
            if draw(st.booleans()) and sources:
                steps.append(f"{LET_GO} {draw(st.sampled_from(sources))}")
        names.append(f"t{i}")
        drawn[f"t{i}"] = steps
    return drawn


@dataclass
class Attempt:
    """A worker at its task: it keeps its own count of everything, and waits as `Mail` does."""

    task: ExecutableTask
    steps: deque[str]
    inbox: deque[Any] = field(default_factory=deque)
    outbox: deque[Any] = field(default_factory=deque)
    stored: int = 0
    may_store: int = LEAD_CHUNKS
    known: dict[str, int] = field(default_factory=dict)
    taken: dict[str, int] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    asked: str = ""

    def __post_init__(self) -> None:
        for given_ in self.task.inputs:
            self.known[given_.task_name] = len(given_.result_ids)
            self.taken[given_.task_name] = 0
            if given_.is_open:
                self.outbox.append(ChunksTaken(parameter=given_.task_name, position=0))
            else:
                self.ended.add(given_.task_name)

    def read_mail(self) -> None:
        match self.inbox.popleft():
            case MayStore(chunks=chunks):
                assert chunks > self.may_store
                self.may_store = chunks
            case ChunksCame(parameter=parameter, result_ids=result_ids, is_last=is_last):
                assert parameter == self.asked
                self.asked = ""
                self.known[parameter] += len(result_ids)
                if is_last:
                    self.ended.add(parameter)

    def step(self) -> bool:
        """Do the next step if it can be done now."""
        doing = self.steps[0]
        if doing == YIELD:
            return self._store()
        if doing.startswith(LET_GO):
            self.steps.popleft()
            self.outbox.append(StreamLetGo(parameter=doing.removeprefix(f"{LET_GO} ")))
            return True
        return self._take(doing)

    def _store(self) -> bool:
        if self.task.lead is not None and self.stored >= self.may_store:
            return False
        self.steps.popleft()
        self.stored += 1
        self.outbox.append(YIELD)
        return True

    def _take(self, source: str) -> bool:
        if self.taken[source] < self.known[source]:
            self.taken[source] += 1
            if self.taken[source] % CHUNKS_PER_WORD == 0 and source not in self.ended:
                self.outbox.append(ChunksTaken(parameter=source, position=self.taken[source]))
        elif source not in self.ended:
            if not self.asked:
                self.asked = source
                self.outbox.append(ChunksAsked(parameter=source, position=self.taken[source]))
                return True
            return False
        self.steps.popleft()
        return True


class Play:
    """A resolver, a relay, and workers whose words arrive some time after they were said."""

    def __init__(self, programs: dict[str, list[str]], workers: int, chance: random.Random) -> None:
        self.programs, self.workers, self.chance = programs, workers, chance
        sources = {name: {step.split()[-1] for step in steps} - {YIELD} for name, steps in programs.items()}
        self.sources = {name: tuple(sorted(found)) for name, found in sources.items()}
        facts = [
            TaskFacts(name=n, upstream=ups, live=ups, when_missing=dict.fromkeys(ups, WhenMissing.SKIP))
            for n, ups in self.sources.items()
        ]
        self.relay = Relay({n: ups for n, ups in self.sources.items() if ups}, self._tell, self._later)
        self.resolver = TaskDependencyResolver(facts, capacity=workers + chance.choice([0, 0, 2]))
        self.started: deque[ExecutableTask] = deque()  # by the driver; no worker has begun with them
        self.at_work: dict[str, Attempt] = {}
        self.stored: dict[str, int] = {}
        self.due: list[Any] = []
        self.finish: FinishRun | None = None

    def run(self) -> None:
        self._carry_out(self.resolver.start())
        while self.finish is None:
            moves = self._moves()
            assert moves, "everybody waits"
            self.chance.choice(moves)()

    def _moves(self) -> list[Any]:
        moves: list[Any] = [self.due[0]] if self.due else []
        for attempt in self.at_work.values():
            if attempt.outbox:
                moves.append(lambda one=attempt: self._hear(one))
            if attempt.inbox:
                moves.append(attempt.read_mail)
            elif attempt.steps and attempt.step():
                moves.append(lambda: None)
            elif not attempt.steps and not attempt.outbox:
                moves.append(lambda one=attempt: self._end(one))
        if self.started and len(self.at_work) < self.workers:
            moves.append(self._begin)
        return moves

    def _begin(self) -> None:
        task = self.started.popleft()
        self.at_work[task.task_name] = Attempt(task, deque(self.programs[task.task_name]))

    def _hear(self, attempt: Attempt) -> None:
        name, said = attempt.task.task_name, attempt.outbox.popleft()
        if said != YIELD:
            self.relay.hear(name, said)
            return
        self.stored[name] = self.stored.get(name, 0) + 1
        if self.relay.stored(name, f"chunk_{self.stored[name]}"):
            self._carry_out(self.resolver.handle(FirstChunkStored(task=name, attempt=1)))

    def _end(self, attempt: Attempt) -> None:
        name = attempt.task.task_name
        del self.at_work[name]
        self.relay.end(name, has_result=True)
        self._carry_out(self.resolver.handle(AttemptEnded(task=name, attempt=1, state=TaskState.SUCCEEDED)))

    def _carry_out(self, commands: list[Any]) -> None:
        for command in commands:
            match command:
                case StartAttempt(task=name):
                    task = self._assemble(name)
                    self.relay.begin(task)
                    self.started.append(task)
                case FinishRun():
                    self.finish = command
                case SettleTask(state=state):
                    assert state is TaskState.SUCCEEDED

    def _assemble(self, name: str) -> ExecutableTask:
        running = self.resolver.running
        inputs = tuple(
            TaskInput(
                parameter=up,
                run_id="run",
                task_name=up,
                result_ids=("",) * self.stored.get(up, 0),
                is_stream=True,
                is_open=up in running,
            )
            for up in self.sources[name]
        )
        return ExecutableTask(
            run_id="run",
            task_name=name,
            task_result_id="result_001",
            attempt=1,
            function=b"",
            kind=TaskKind.GENERATOR,
            inputs=inputs,
            is_live=any(one.is_open for one in inputs),
            lead=LEAD_CHUNKS if self.relay.is_producer(name) else None,
        )

    def _tell(self, task: str, content: object) -> None:
        if task in self.at_work:
            self.at_work[task].inbox.append(content)

    def _later(self, _delay_s: float, action: Any) -> None:
        def run() -> None:
            self.due.remove(run)
            action()

        self.due.append(run)


@pytest.mark.parametrize("workers", [1, 2, 3, 9])
@given(programs=programs(), seed=st.integers(0, 2**32))
@example(programs=DIAMOND, seed=0)
@example(programs=DIAMOND, seed=1)
def test_nobody_waits_in_a_circle(workers, programs, seed):
    play = Play(programs, workers, random.Random(seed))
    play.run()
    assert play.finish is not None
    assert play.finish.status is RunStatus.SUCCEEDED
    assert play.stored == {name: steps.count(YIELD) for name, steps in programs.items() if YIELD in steps}
