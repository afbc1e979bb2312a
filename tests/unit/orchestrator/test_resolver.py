from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest

from dpnb.orchestrator.commands import (
    AskDelay,
    AttemptEnded,
    CancelAttempt,
    CancelRequested,
    CapacityChanged,
    DelayKnown,
    FinishRun,
    RecallAttempt,
    RetryDue,
    ScheduleRetry,
    SettleTask,
    StartAttempt,
)
from dpnb.orchestrator.resolver import TaskDependencyResolver
from dpnb.orchestrator.task_facts import TaskFacts
from dpnb.planner.node import WhenMissing
from dpnb.results.records import RunStatus, TaskState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dpnb.orchestrator.commands import Command

SUCCEEDED, FAILED, TIMED_OUT, CANCELLED, SKIPPED, REUSED, RETRYING, PENDING = (
    TaskState.SUCCEEDED,
    TaskState.FAILED,
    TaskState.TIMED_OUT,
    TaskState.CANCELLED,
    TaskState.SKIPPED,
    TaskState.REUSED,
    TaskState.RETRYING,
    TaskState.PENDING,
)


def task(
    name: str, needs: str = "", *, after: str = "", default: str = "", none: str = "", **options: Any
) -> TaskFacts:
    """Name a task and, in words, its upstream tasks by what becomes of it when they leave no result."""
    rules = {
        **dict.fromkeys(needs.split(), WhenMissing.SKIP),
        **dict.fromkeys(default.split(), WhenMissing.DEFAULT),
        **dict.fromkeys(none.split(), WhenMissing.NONE),
    }
    return TaskFacts(name=name, upstream=tuple(sorted({*rules, *after.split()})), when_missing=rules, **options)


class Run:
    """A run of virtual attempts; each step returns its commands and `told` keeps them all."""

    def __init__(self, *tasks: TaskFacts, capacity: int = 9, **options: Any) -> None:
        self.resolver = TaskDependencyResolver(tasks, capacity=capacity, jitter=lambda: 1.0, **options)
        self.told: list[Command] = []
        self.told += self.resolver.start()

    def end(self, name: str, state: TaskState = SUCCEEDED, attempt: int = 1) -> list[Command]:
        return self.send(AttemptEnded(task=name, attempt=attempt, state=state))

    def send(self, event: Any) -> list[Command]:
        commands = self.resolver.handle(event)
        self.told += commands
        return commands

    def end_all(self) -> list[str]:
        """Let one attempt after the other succeed; return the tasks in the order of their starts."""
        while running := self.resolver.running:
            self.end(next(iter(running)))
        return starts(self.told)

    def settled(self, name: str) -> tuple[TaskState, str]:
        (settled,) = (c for c in self.told if isinstance(c, SettleTask) and c.task == name)
        return settled.state, settled.reason

    @property
    def finish(self) -> FinishRun:
        (finish,) = (c for c in self.told if isinstance(c, FinishRun))
        assert self.told[-1] is finish
        return finish


def starts(commands: Sequence[Command]) -> list[str]:
    return [c.task for c in commands if isinstance(c, StartAttempt)]


# Order


def test_empty_run_succeeds_at_once():
    assert Run().told == [FinishRun(status=RunStatus.SUCCEEDED)]


def test_task_starts_when_its_last_upstream_has_succeeded():
    run = Run(task("a"), task("b"), task("c", "a b"))
    assert run.told == [StartAttempt(task="a", attempt=1), StartAttempt(task="b", attempt=1)]
    assert run.end("a") == [SettleTask(task="a", state=SUCCEEDED)]
    assert run.end("b") == [SettleTask(task="b", state=SUCCEEDED), StartAttempt(task="c", attempt=1)]
    assert run.end("c") == [SettleTask(task="c", state=SUCCEEDED), FinishRun(status=RunStatus.SUCCEEDED)]


def test_reused_result_counts_as_success():
    run = Run(task("a"), task("b", "a"))
    assert starts(run.end("a", REUSED)) == ["b"]
    assert run.settled("a") == (REUSED, "")


def test_upstream_outside_the_run_is_satisfied():
    assert starts(Run(task("a", "elsewhere")).told) == ["a"]


def test_no_more_attempts_run_than_the_capacity_allows():
    run = Run(task("a"), task("b"), task("c"), capacity=2)
    assert starts(run.told) == ["a", "b"]
    assert starts(run.end("b")) == ["c"]


def test_longest_expected_remaining_path_starts_first():
    tasks = task("short"), task("long"), task("head"), task("tail", "head")
    run = Run(*tasks, capacity=1, durations={"short": 1, "long": 5, "head": 2, "tail": 4})
    assert run.end_all() == ["head", "long", "tail", "short"]


def test_without_durations_the_deepest_task_starts_first_and_position_breaks_ties():
    run = Run(task("x"), task("y"), task("head"), task("tail", "head"), capacity=1)
    assert run.end_all() == ["head", "x", "y", "tail"]


def test_task_of_unknown_duration_counts_as_the_mean_of_the_known():
    run = Run(task("small"), task("unknown"), task("large"), capacity=1, durations={"small": 1, "large": 9})
    assert run.end_all() == ["large", "unknown", "small"]


def test_chain_of_100_000_needs_no_recursion():
    names = [f"t{i}" for i in range(100_000)]
    run = Run(*(task(name, names[i - 1] if i else "", fail_safe=True) for i, name in enumerate(names)))
    run.end("t0", FAILED)
    assert run.resolver.counts() == {FAILED: 1, SKIPPED: 99_999}
    assert run.finish.status is RunStatus.SUCCEEDED


def test_whole_run_takes_less_than_a_kilobyte_a_task():
    count = 20_000
    tracemalloc.start()
    try:
        tasks = [task(f"t{i}", f"t{i // 2} t{i // 3}" if i > 1 else "") for i in range(count)]
        resolver = TaskDependencyResolver(tasks, capacity=8)
        resolver.start()
        while running := resolver.running:
            resolver.handle(AttemptEnded(task=next(iter(running)), attempt=1, state=SUCCEEDED))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert resolver.counts() == {SUCCEEDED: count}
    assert peak / count < 1024


# Capacity


def test_higher_capacity_starts_what_waits():
    run = Run(task("a"), task("b"), task("c"), capacity=1)
    assert starts(run.send(CapacityChanged(capacity=3))) == ["b", "c"]


def test_lower_capacity_ends_nothing_and_starts_nothing():
    run = Run(task("a"), task("b"), task("c"), capacity=2)
    assert run.send(CapacityChanged(capacity=1)) == []
    assert starts(run.end("a")) == []
    assert starts(run.end("b")) == ["c"]


def test_capacity_0_pauses_a_run():
    run = Run(task("a"), capacity=0)
    assert run.told == []
    assert starts(run.send(CapacityChanged(capacity=1))) == ["a"]


# Retries


@pytest.mark.parametrize("state", [FAILED, TIMED_OUT])
def test_failed_attempt_is_retried_when_its_delay_has_passed(state):
    run = Run(task("a", max_retries=1, retry_delay=3.0), task("b", "a"))
    assert run.end("a", state) == [ScheduleRetry(task="a", attempt=2, delay_s=3.0)]
    assert run.resolver.state("a") is RETRYING
    assert run.send(RetryDue(task="a")) == [StartAttempt(task="a", attempt=2)]
    assert starts(run.end("a", attempt=2)) == ["b"]


def test_last_failure_is_final():
    run = Run(task("a", max_retries=2))
    for attempt in (1, 2):
        run.end("a", FAILED, attempt)
        run.send(RetryDue(task="a"))
    run.end("a", TIMED_OUT, 3)
    assert run.settled("a") == (TIMED_OUT, "")
    assert run.finish == FinishRun(status=RunStatus.FAILED, reason="1 task failed: 'a'")


def test_retry_queues_by_its_remaining_path_like_any_other_task():
    run = Run(task("a", max_retries=1), task("b"), task("c"), capacity=1, durations={"a": 3, "b": 2, "c": 1})
    assert starts(run.end("a", FAILED)) == ["b"]
    run.send(RetryDue(task="a"))
    assert starts(run.end("b")) == ["a"]
    assert starts(run.end("a", attempt=2)) == ["c"]


def test_retry_that_is_due_while_all_places_are_taken_starts_at_the_next_free_one():
    run = Run(task("a", max_retries=1), task("b"), capacity=1)
    assert starts(run.end("a", FAILED)) == ["b"]
    assert run.send(RetryDue(task="a")) == []
    assert run.resolver.state("a") is RETRYING
    assert run.end("b") == [SettleTask(task="b", state=SUCCEEDED), StartAttempt(task="a", attempt=2)]


def test_cancelled_attempt_is_never_retried():
    run = Run(task("a", max_retries=5))
    assert run.end("a", CANCELLED)[0] == SettleTask(task="a", state=CANCELLED)
    assert run.finish.status is RunStatus.FAILED


def test_a_task_whose_own_rule_is_asked_for_its_delay_holds_no_place():
    run = Run(task("a", max_retries=2, retry_delay=float), task("wide", places=2), capacity=2, durations={"a": 9})
    assert run.end("a", FAILED) == [
        AskDelay(task="a", rule=float, failures=1),
        StartAttempt(task="wide", attempt=1),
    ]
    assert run.resolver.state("a") is RETRYING
    assert run.send(DelayKnown(task="a", delay_s=3.0)) == [ScheduleRetry(task="a", attempt=2, delay_s=3.0)]
    assert run.send(DelayKnown(task="a", delay_s=4.0)) == []
    run.end("wide")
    assert run.send(RetryDue(task="a")) == [StartAttempt(task="a", attempt=2)]
    assert run.end("a", FAILED, attempt=2) == [AskDelay(task="a", rule=float, failures=2)]


def test_a_rule_that_gives_no_delay_makes_the_failure_final_and_says_so():
    run = Run(task("a", max_retries=5, retry_delay=float))
    run.end("a", TIMED_OUT)
    run.send(DelayKnown(task="a", problem="retry_delay(1) gave no number of seconds"))
    assert run.settled("a") == (TIMED_OUT, "not retried: retry_delay(1) gave no number of seconds")
    assert run.finish.status is RunStatus.FAILED


def test_seconds_that_are_none_make_the_failure_final_and_say_so():
    run = Run(task("a", max_retries=5, retry_delay=-1.0))
    run.end("a", FAILED)
    assert run.settled("a") == (FAILED, "not retried: retry_delay is -1.0 s, it must be finite and ≥ 0")


def test_a_run_that_ends_waits_for_no_rule():
    run = Run(task("a", max_retries=1, retry_delay=float), task("b", max_retries=1, retry_delay=float))
    run.end("a", FAILED)
    run.end("b", FAILED)
    run.send(CancelRequested())
    assert run.settled("a")[0] is run.settled("b")[0] is CANCELLED
    assert run.send(DelayKnown(task="a", delay_s=0.0)) == []


def test_a_failure_whose_rule_is_still_asked_is_final_when_the_run_fails():
    run = Run(task("a", max_retries=1, retry_delay=float), task("b"))
    run.end("a", TIMED_OUT)
    run.end("b", FAILED)
    assert run.settled("a") == (TIMED_OUT, "not retried: task 'b' failed")


# Fail-safe failures


def test_run_goes_on_after_a_fail_safe_failure():
    run = Run(task("a", fail_safe=True), task("b"), task("after", after="a"))
    assert starts(run.end("a", FAILED)) == ["after"]
    run.end("b")
    run.end("after")
    assert run.finish == FinishRun(status=RunStatus.SUCCEEDED, reason="1 fail-safe task failed: 'a'")


def test_data_successor_runs_without_the_results_where_its_parameters_allow():
    optional = [task(name, fail_safe=True) for name in "hgfedcba"]
    run = Run(*optional, task("last"), task("report", "last", default="a b c d", none="e f g h"))
    for name in "gaebhdcf":
        run.end(name, TIMED_OUT if name in "ae" else FAILED)
    assert run.end("last")[-1] == StartAttempt(task="report", attempt=1, missing=tuple("abcdefgh"))


def test_data_successor_is_skipped_if_one_of_its_parameters_needs_the_result():
    run = Run(task("a", fail_safe=True), task("b", fail_safe=True), task("c", "b", default="a"))
    run.end("a", FAILED)
    run.end("b", TIMED_OUT)
    assert run.settled("c") == (SKIPPED, "task 'b' timed out")
    assert run.finish.reason == "2 fail-safe tasks failed: 'a', 'b'"


def test_skipped_task_is_missing_for_its_own_successors():
    tasks = task("a", fail_safe=True), task("b", "a"), task("c", "b"), task("d", default="b"), task("e", after="b")
    run = Run(*tasks)
    commands = run.end("a", FAILED)
    assert run.settled("c") == (SKIPPED, "task 'b' was skipped")
    assert {c.task: c.missing for c in commands if isinstance(c, StartAttempt)} == {"d": ("b",), "e": ()}


def test_control_flow_behind_a_skipped_task_keeps_its_place_behind_all_that_came_before():
    run = Run(task("a", fail_safe=True), task("slow"), task("b", "a", after="slow"), task("last", after="b"))
    assert run.end("a", FAILED) == [SettleTask(task="a", state=FAILED)]
    assert starts(run.end("slow")) == ["last"]


def test_retried_task_is_told_again_what_is_missing():
    run = Run(task("a", fail_safe=True), task("b", default="a", max_retries=1))
    run.end("a", FAILED)
    run.end("b", FAILED)
    assert run.send(RetryDue(task="b")) == [StartAttempt(task="b", attempt=2, missing=("a",))]


# Failures that end the run


def test_failure_ends_the_run_when_the_last_running_attempt_has_ended():
    run = Run(task("a"), task("b"), task("c", "b"), task("d", "c"))
    assert run.end("a", FAILED) == [
        SettleTask(task="a", state=FAILED),
        SettleTask(task="c", state=SKIPPED, reason="task 'a' failed"),
        SettleTask(task="d", state=SKIPPED, reason="task 'a' failed"),
    ]
    assert run.resolver.status is RunStatus.FAILED
    assert not run.resolver.is_finished
    assert run.end("b") == [
        SettleTask(task="b", state=SUCCEEDED),
        FinishRun(status=RunStatus.FAILED, reason="1 task failed: 'a'"),
    ]


def test_nothing_is_retried_while_a_run_drains():
    run = Run(task("a"), task("b", max_retries=9), task("c", max_retries=9, fail_safe=True))
    run.end("a", FAILED)
    run.end("b", TIMED_OUT)
    run.end("c", FAILED)
    assert run.settled("b") == (TIMED_OUT, "")
    assert run.finish.reason == "2 tasks failed: 'a', 'b'; 1 fail-safe task failed: 'c'"


@pytest.mark.parametrize("is_due", [False, True])
def test_waiting_retry_keeps_its_last_outcome_when_the_run_fails(is_due):
    run = Run(task("a", max_retries=1), task("b"), capacity=2)
    run.end("a", TIMED_OUT)
    run.send(CapacityChanged(capacity=1))
    if is_due:
        run.send(RetryDue(task="a"))
    run.end("b", FAILED)
    assert run.settled("a") == (TIMED_OUT, "not retried: task 'b' failed")
    assert run.finish == FinishRun(status=RunStatus.FAILED, reason="2 tasks failed: 'b', 'a'")


def test_reason_lists_no_more_than_five_names():
    run = Run(*(task(name, fail_safe=True) for name in "abcdefg"))
    for name in "abcdefg":
        run.end(name, FAILED)
    assert run.finish.reason == "7 fail-safe tasks failed: 'a', 'b', 'c', 'd', 'e', …"


# Cancelling


def test_cancel_ends_running_attempts_and_settles_the_rest():
    run = Run(task("a"), task("b", max_retries=1), task("c", "a"))
    run.end("b", FAILED)
    assert run.send(CancelRequested()) == [
        CancelAttempt(task="a", attempt=1),
        SettleTask(task="b", state=CANCELLED, reason="the run was cancelled"),
        SettleTask(task="c", state=CANCELLED, reason="the run was cancelled"),
    ]
    assert run.end("a", CANCELLED) == [
        SettleTask(task="a", state=CANCELLED, reason="the run was cancelled"),
        FinishRun(status=RunStatus.CANCELLED, reason="the run was cancelled"),
    ]


def test_cancel_with_nothing_running_ends_the_run_at_once():
    run = Run(task("a"), capacity=0)
    run.send(CancelRequested())
    assert run.finish.status is RunStatus.CANCELLED


def test_cancel_before_the_start_leaves_nothing_to_start():
    resolver = TaskDependencyResolver([task("a")], capacity=1)
    assert resolver.handle(CancelRequested())[-1] == FinishRun(
        status=RunStatus.CANCELLED, reason="the run was cancelled"
    )
    assert resolver.start() == []


@pytest.mark.parametrize("state", [SUCCEEDED, FAILED, TIMED_OUT])
def test_attempt_that_ends_before_its_cancel_arrives_keeps_its_outcome(state):
    run = Run(task("a", max_retries=1), task("b", after="a"))
    run.send(CancelRequested())
    run.end("a", state)
    assert run.end("a", CANCELLED) == []
    assert run.settled("a") == (state, "")
    assert run.finish.status is RunStatus.CANCELLED


def test_first_cause_names_the_status_of_a_run_that_failed_and_was_cancelled():
    failed_first = Run(task("a"), task("b"))
    failed_first.end("a", FAILED)
    assert failed_first.send(CancelRequested()) == [CancelAttempt(task="b", attempt=1)]
    failed_first.end("b", CANCELLED)
    assert failed_first.finish.status is RunStatus.FAILED
    assert failed_first.finish.reason == "1 task failed: 'a'; the run was cancelled"

    cancelled_first = Run(task("a"), task("b"))
    cancelled_first.send(CancelRequested())
    cancelled_first.end("a", FAILED)
    cancelled_first.end("b", CANCELLED)
    assert cancelled_first.finish.status is RunStatus.CANCELLED
    assert cancelled_first.finish.reason == "the run was cancelled; 1 task failed: 'a'"


def test_fail_safe_task_that_is_cancelled_on_its_own_does_not_end_the_run():
    run = Run(task("a", fail_safe=True), task("b", default="a"))
    assert run.end("a", CANCELLED)[-1] == StartAttempt(task="b", attempt=1, missing=("a",))


# Events that come late, twice, or never should have come


@pytest.mark.parametrize(
    "event",
    [
        AttemptEnded(task="a", attempt=1, state=FAILED),
        AttemptEnded(task="b", attempt=1, state=FAILED),
        AttemptEnded(task="b", attempt=3, state=FAILED),
        AttemptEnded(task="c", attempt=1, state=SUCCEEDED),
        RetryDue(task="a"),
        RetryDue(task="b"),
        RetryDue(task="c"),
    ],
    ids=repr,
)
def test_late_and_repeated_events_change_nothing(event):
    run = Run(task("a"), task("b", max_retries=1), task("c", "a b"))
    run.end("a")
    run.end("b", FAILED)
    run.send(RetryDue(task="b"))
    before = run.resolver.states()
    assert run.send(event) == []
    assert run.resolver.states() == before
    assert starts(run.end("b", attempt=2)) == ["c"]
    run.end("c")
    assert run.finish.status is RunStatus.SUCCEEDED


def test_repeated_start_starts_nothing_twice():
    run = Run(task("a"), task("b"), capacity=1)
    assert run.resolver.start() == []
    assert starts(run.end("a")) == ["b"]
    assert run.end("b") == [SettleTask(task="b", state=SUCCEEDED), FinishRun(status=RunStatus.SUCCEEDED)]


def test_retry_that_comes_due_after_the_run_failed_starts_nothing():
    run = Run(task("a", max_retries=1), task("b"), task("c"))
    run.end("a", FAILED)
    run.end("b", FAILED)
    assert run.send(RetryDue(task="a")) == []
    run.end("c")
    assert run.finish.status is RunStatus.FAILED


def test_repeated_cancel_and_retry_change_nothing():
    run = Run(task("a", max_retries=1), task("b"), capacity=2)
    run.end("a", FAILED)
    run.send(CapacityChanged(capacity=1))
    run.send(RetryDue(task="a"))
    run.send(RetryDue(task="a"))
    run.send(CapacityChanged(capacity=9))
    assert run.resolver.running == {"b": 1, "a": 2}
    assert len(run.send(CancelRequested())) == 2
    assert run.send(CancelRequested()) == []


def test_nothing_happens_after_the_end():
    run = Run(task("a"))
    run.end("a")
    for event in (CancelRequested(), CapacityChanged(capacity=3), AttemptEnded(task="a", attempt=1, state=FAILED)):
        assert run.send(event) == []
    assert run.finish.status is RunStatus.SUCCEEDED


def test_event_of_an_unknown_task_is_an_error():
    with pytest.raises(KeyError):
        Run(task("a")).end("b")


@pytest.mark.parametrize("state", [PENDING, RETRYING, SKIPPED, TaskState.RUNNING])
def test_attempt_cannot_end_in_a_state_of_no_attempt(state):
    run = Run(task("a"))
    with pytest.raises(ValueError, match=state.value):
        run.end("a", state)
    assert run.end("a")[-1] == FinishRun(status=RunStatus.SUCCEEDED)


# Resuming


def test_task_that_is_done_is_not_told_of_again():
    run = Run(task("a"), task("b", "a"), task("c", "b"), done={"a": SUCCEEDED, "b": REUSED})
    assert run.told == [StartAttempt(task="c", attempt=1)]
    run.end("c")
    assert run.finish.status is RunStatus.SUCCEEDED
    assert run.resolver.states() == {"a": SUCCEEDED, "b": REUSED, "c": SUCCEEDED}


def test_run_whose_tasks_are_all_done_finishes_at_once():
    assert Run(task("a"), done={"a": SUCCEEDED}).told == [FinishRun(status=RunStatus.SUCCEEDED)]


def test_done_task_without_a_result_is_missing_whether_it_is_in_the_run_or_not():
    tasks = task("a", fail_safe=True), task("b", "a"), task("c", default="a outside"), task("d", "outside")
    run = Run(*tasks, done={"a": FAILED, "outside": SKIPPED})
    assert run.settled("b") == (SKIPPED, "task 'a' failed")
    assert run.settled("d") == (SKIPPED, "task 'outside' was skipped")
    assert StartAttempt(task="c", attempt=1, missing=("a", "outside")) in run.told
    run.end("c")
    assert run.finish.reason == "1 fail-safe task failed: 'a'"


def test_done_task_that_failed_for_good_ends_the_run_before_it_starts():
    run = Run(task("a"), task("b"), done={"a": FAILED})
    assert run.settled("b") == (SKIPPED, "task 'a' failed before")
    assert run.finish.status is RunStatus.FAILED


# Refusals


@pytest.mark.parametrize(
    ("tasks", "options", "says"),
    [
        ([task("a"), task("a")], {}, "share a name"),
        ([task("a", "b"), task("b", "a"), task("c")], {}, "2 tasks wait for each other in a circle"),
        ([task("a", "a")], {}, "in a circle"),
        ([task("a")], {"capacity": -1}, "capacity is -1"),
        ([task("a")], {"done": {"a": RETRYING}}, "'a' is given as done, but it is retrying"),
    ],
)
def test_resolver_refuses_what_could_never_end(tasks, options, says):
    with pytest.raises(ValueError, match=says):
        TaskDependencyResolver(tasks, **{"capacity": 1, **options})


# What the driver may ask


def test_facts_of_a_run_can_be_read_at_any_time():
    tasks = task("a"), task("b"), task("c", "a"), task("d", max_retries=1)
    run = Run(*tasks, capacity=2, durations={"a": 1, "b": 3, "c": 4, "d": 2})
    assert run.resolver.running == {"a": 1, "b": 1}
    run.end("a")
    run.end("b")
    run.end("d", FAILED)
    assert run.resolver.states() == {"a": SUCCEEDED, "b": SUCCEEDED, "c": TaskState.RUNNING, "d": RETRYING}
    assert run.resolver.counts() == {SUCCEEDED: 2, TaskState.RUNNING: 1, RETRYING: 1}
    assert not run.resolver.is_finished


def test_names_may_be_in_any_script():
    run = Run(task("추출"), task("변환", "추출"))
    assert starts(run.end("추출")) == ["변환"]


def test_what_was_started_ahead_is_recalled_when_the_run_fails():
    run = Run(task("a"), task("b"), task("c"), capacity=1)
    run.send(CapacityChanged(capacity=1, ahead=2))
    assert RecallAttempt(task="b", attempt=1) in run.end("a", FAILED)
    run.send(AttemptEnded(task="b", attempt=1, state=CANCELLED, has_begun=False))
    assert run.settled("b") == (SKIPPED, "task 'a' failed")
    run.end("c")
    assert run.settled("c") == (SUCCEEDED, "")
    assert isinstance(run.told[-1], FinishRun)


def test_what_was_started_ahead_is_recalled_before_anything_is_cancelled():
    """A worker that is stopped is replaced, and the new one must find nothing to begin with."""
    run = Run(task("a"), task("b"), capacity=1)
    run.send(CapacityChanged(capacity=1, ahead=1))
    assert run.send(CancelRequested()) == [
        *(RecallAttempt(task=name, attempt=1) for name in "ab"),
        *(CancelAttempt(task=name, attempt=1) for name in "ab"),
    ]


def test_a_retry_that_is_recalled_keeps_the_outcome_of_the_attempt_before():
    run = Run(task("a"), task("b", max_retries=1), capacity=1)
    run.send(CapacityChanged(capacity=1, ahead=2))
    run.end("b", TIMED_OUT)
    run.send(RetryDue(task="b"))
    assert RecallAttempt(task="b", attempt=2) in run.end("a", FAILED)
    run.send(AttemptEnded(task="b", attempt=2, state=CANCELLED, has_begun=False))
    assert run.settled("b") == (TIMED_OUT, "not retried: task 'a' failed")


def test_nothing_is_recalled_where_nothing_was_started_ahead():
    run = Run(task("a"), task("b"), capacity=2)
    assert not [command for command in run.end("a", FAILED) if isinstance(command, RecallAttempt)]
