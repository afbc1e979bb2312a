"""Producers and consumers beside each other, one event after the other."""

from __future__ import annotations

import pytest

from dpnb.orchestrator.commands import (
    AttemptEnded,
    CapacityChanged,
    FinishRun,
    FirstChunkStored,
    RetryDue,
    SettleTask,
    StartAttempt,
    VoidAttempt,
)
from dpnb.orchestrator.resolver import TaskDependencyResolver
from dpnb.orchestrator.task_facts import TaskFacts
from dpnb.planner.node import WhenMissing
from dpnb.results.records import RunStatus, TaskState


def producer(name="p", **options):
    return TaskFacts(name=name, **options)


def consumer(name="c", *, of=("p",), rule=WhenMissing.SKIP, plain=(), **options):
    return TaskFacts(
        name=name, upstream=(*of, *plain), live=tuple(of), when_missing=dict.fromkeys((*of, *plain), rule), **options
    )


class Play:
    """A resolver that is spoken to in words, and what it has answered since it was asked last."""

    def __init__(self, *tasks, capacity=2) -> None:
        self.resolver = TaskDependencyResolver(tasks, capacity=capacity, jitter=lambda: 0.0)
        self.said = self.resolver.start()

    def chunk(self, task):
        return self._tell(FirstChunkStored(task=task, attempt=self.resolver.running[task]))

    def end(self, task, state=TaskState.SUCCEEDED):
        return self._tell(AttemptEnded(task=task, attempt=self.resolver.running[task], state=state))

    def due(self, task):
        return self._tell(RetryDue(task=task))

    def _tell(self, event):
        self.said = self.resolver.handle(event)
        return self.said

    @property
    def started(self):
        return {command.task: command.attempt for command in self.said if isinstance(command, StartAttempt)}

    @property
    def settled(self):
        return {command.task: command.state for command in self.said if isinstance(command, SettleTask)}

    @property
    def void(self):
        return {command.task: command.attempt for command in self.said if isinstance(command, VoidAttempt)}


def test_consumer_starts_with_the_first_chunk_where_there_is_a_place():
    play = Play(producer(), consumer())
    play.chunk("p")
    assert play.started == {"c": 1}
    assert play.chunk("p") == []


def test_consumer_follows_where_one_attempt_runs_at_a_time():
    play = Play(producer(), consumer(), capacity=1)
    play.chunk("p")
    assert play.started == {}
    play.end("p")
    assert play.started == {"c": 1}


def test_consumer_waits_for_what_it_does_not_take_live():
    play = Play(producer(), producer("x"), consumer(plain=("x",)))
    assert play.chunk("p") == []
    play.end("x")
    assert play.started == {"c": 1}


def test_chunk_before_a_place_is_free_starts_the_consumer_when_one_is():
    play = Play(producer(), consumer(), capacity=1)
    play.chunk("p")
    play.said = play.resolver.handle(CapacityChanged(capacity=2))
    assert play.started == {"c": 1}


def test_consumer_that_ends_first_is_settled_with_its_producer():
    play = Play(producer(), consumer(), TaskFacts(name="after", upstream=("c",)))
    play.chunk("p")
    assert play.end("c") == []
    assert play.resolver.running == {"p": 1}
    play.end("p")
    assert play.settled == {"p": TaskState.SUCCEEDED, "c": TaskState.SUCCEEDED}
    assert play.started == {"after": 1}


def test_retried_producer_restarts_its_consumers_without_costing_them_a_retry():
    play = Play(producer(max_retries=1), consumer())
    play.chunk("p")
    play.end("p", TaskState.FAILED)
    assert play.void == {"c": 1}
    play.due("p")
    assert play.started == {"p": 2}
    play.chunk("p")
    assert play.started == {}, "its first attempt has not ended"
    play.end("c", TaskState.CANCELLED)
    assert play.started == {"c": 2}
    play.end("p")
    play.end("c")
    assert play.settled == {"c": TaskState.SUCCEEDED}


def test_own_retries_are_left_after_a_restart():
    play = Play(producer(max_retries=1), consumer(max_retries=1))
    play.chunk("p")
    play.end("p", TaskState.FAILED)
    play.end("c", TaskState.CANCELLED)
    play.due("p")
    play.chunk("p")
    play.end("c", TaskState.FAILED)
    play.due("c")
    assert play.started == {"c": 3}
    play.end("c", TaskState.FAILED)
    assert play.settled["c"] is TaskState.FAILED


def test_held_success_does_not_count_when_the_producer_fails_after_it():
    play = Play(producer(max_retries=1), consumer())
    play.chunk("p")
    play.end("c")
    play.end("p", TaskState.TIMED_OUT)
    assert play.void == {"c": 1}
    assert play.settled == {}
    play.due("p")
    play.chunk("p")
    assert play.started == {"c": 2}


@pytest.mark.parametrize(
    ("rule", "missing"), [(WhenMissing.DEFAULT, ("p",)), (WhenMissing.NONE, ("p",)), (WhenMissing.SKIP, None)]
)
def test_producer_that_fails_for_good_leaves_its_consumer_to_the_rules(rule, missing):
    play = Play(producer(fail_safe=True), consumer(rule=rule))
    play.chunk("p")
    play.end("p", TaskState.FAILED)
    assert play.void == {"c": 1}
    assert play.settled == {"p": TaskState.FAILED}
    play.end("c")  # it had come to an end on what there was
    if missing is None:
        assert play.settled == {"c": TaskState.SKIPPED}
    else:
        assert StartAttempt(task="c", attempt=2, missing=missing) in play.said


def test_failed_producer_ends_the_run_and_its_consumers_with_it():
    play = Play(producer(), consumer())
    play.chunk("p")
    play.end("p", TaskState.FAILED)
    assert play.settled == {"p": TaskState.FAILED}
    play.end("c")
    assert play.settled == {"c": TaskState.SKIPPED}
    assert play.said[-1] == FinishRun(status=RunStatus.FAILED, reason="1 task failed: 'p'")


def test_a_failure_is_passed_on_along_a_chain_of_transforms():
    play = Play(producer(max_retries=1), consumer("t"), consumer("u", of=("t",)), consumer("c", of=("u",)), capacity=9)
    for name in "ptu":
        play.chunk(name)
    play.end("t")  # held
    play.end("p", TaskState.FAILED)
    assert play.void == {"t": 1, "u": 1, "c": 1}
    assert play.resolver.running == {"u": 1, "c": 1}


def test_void_attempt_feeds_nobody():
    play = Play(producer(max_retries=1), consumer("t"), consumer("c", of=("t",)), capacity=9)
    play.chunk("p")
    play.end("p", TaskState.FAILED)
    assert play.chunk("t") == []


def test_ten_thousand_held_transforms_settle_without_recursion():
    chain = [consumer(f"t{i}", of=(f"t{i - 1}",)) for i in range(1, 10_000)]
    play = Play(producer("t0"), *chain)
    play.chunk("t0")
    for i in range(1, 10_000):
        if i < 9_999:
            play.chunk(f"t{i}")
        play.end(f"t{i}")
    play.end("t0")
    assert len(play.settled) == 10_000
    assert play.resolver.status is RunStatus.SUCCEEDED


def test_task_that_will_be_skipped_takes_no_stream_and_is_skipped_after_its_producer():
    play = Play(producer(), producer("x", fail_safe=True), consumer(plain=("x",)), TaskFacts(name="d", upstream=("c",)))
    play.chunk("p")
    play.end("x", TaskState.FAILED)
    assert play.settled == {"x": TaskState.FAILED}
    play.end("p")
    assert play.settled == {"p": TaskState.SUCCEEDED, "c": TaskState.SKIPPED}
    assert play.started == {"d": 1}


def test_safe_failure_beside_the_producer_lets_nothing_go_before_its_turn():
    play = Play(producer(), consumer(fail_safe=True), TaskFacts(name="after", upstream=("c",)))
    play.chunk("p")
    assert play.end("c", TaskState.FAILED) == []
    play.end("p")
    assert play.settled == {"p": TaskState.SUCCEEDED, "c": TaskState.FAILED}
    assert play.started == {"after": 1}
    play.end("after")
    assert play.said[-1] == FinishRun(status=RunStatus.SUCCEEDED, reason="1 fail-safe task failed: 'c'")
