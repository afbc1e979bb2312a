from __future__ import annotations

import pytest

from dpnb.orchestrator.simulator import makespan_bounds_s, simulate
from dpnb.orchestrator.task_facts import TaskFacts
from dpnb.results.records import RunStatus, TaskState


def task(name: str, *upstream: str, max_retries: int = 0, retry_delay: float = 1.0) -> TaskFacts:
    return TaskFacts(name=name, upstream=upstream, max_retries=max_retries, retry_delay=retry_delay)


def test_empty_plan_takes_no_time():
    assert simulate([], {}, workers=1).makespan_s == 0.0


def test_one_worker_takes_the_sum_of_all_durations():
    assert simulate([task("a"), task("b"), task("c", "a")], {"a": 1, "b": 2, "c": 3}, workers=1).makespan_s == 6.0


def test_enough_workers_take_the_critical_path():
    tasks = [task("a"), task("b"), task("c", "a"), task("d", "b", "c")]
    assert simulate(tasks, {"a": 1, "b": 7, "c": 3, "d": 2}, workers=9).makespan_s == 9.0


def test_timeline_says_who_ran_what_and_when():
    simulation = simulate([task("a"), task("b"), task("c", "a")], {"a": 2, "b": 3, "c": 2}, workers=2)
    rows = [(s.task, s.attempt, s.worker, s.start_s, s.end_s) for s in simulation.timeline]
    assert rows == [("a", 1, 0, 0, 2), ("b", 1, 1, 0, 3), ("c", 1, 0, 2, 4)]
    assert simulation.status is RunStatus.SUCCEEDED
    assert set(simulation.states.values()) == {TaskState.SUCCEEDED}


def test_retry_waits_its_delay_on_the_virtual_clock():
    def outcome(_task: str, attempt: int) -> TaskState:
        return TaskState.FAILED if attempt == 1 else TaskState.SUCCEEDED

    simulation = simulate([task("a", max_retries=1, retry_delay=8.0)], {"a": 1}, workers=1, outcome=outcome)
    assert [(s.attempt, s.start_s, s.end_s, s.state) for s in simulation.timeline] == [
        (1, 0.0, 1.0, TaskState.FAILED),
        (2, 7.0, 8.0, TaskState.SUCCEEDED),  # half of 8 s is certain, of the other half chance takes half
    ]


def test_failed_run_ends_with_its_last_running_attempt():
    def outcome(name: str, _attempt: int) -> TaskState:
        return TaskState.FAILED if name == "a" else TaskState.SUCCEEDED

    simulation = simulate([task("a"), task("b"), task("c", "b")], {"a": 1, "b": 5}, workers=2, outcome=outcome)
    assert simulation.status is RunStatus.FAILED
    assert simulation.makespan_s == 5.0
    assert simulation.states["c"] is TaskState.SKIPPED


def test_wrong_expectations_change_the_order_and_not_the_durations():
    tasks, true = [task("a"), task("b"), task("c")], {"a": 1, "b": 1, "c": 2}
    assert simulate(tasks, true, workers=2).makespan_s == 2.0
    assert simulate(tasks, true, workers=2, expected={"a": 3, "b": 2, "c": 1}).makespan_s == 3.0


def test_simulation_without_workers_is_refused():
    with pytest.raises(ValueError, match="needs workers"):
        simulate([task("a")], {}, workers=0)


def test_bounds_are_the_longer_of_path_and_share_and_grahams():
    tasks = [task("a"), task("b", "a"), task("c")]
    durations = {"a": 1.0, "b": 2.0, "c": 5.0}
    assert makespan_bounds_s(tasks, durations, workers=2) == (5.0, 6.5)
    assert makespan_bounds_s(tasks, durations, workers=1) == (8.0, 8.0)


def test_thousand_workers_keep_busy_in_one_thread():
    tasks = [task(f"t{i}", *([f"t{i - 1000}"] if i >= 1000 else [])) for i in range(20_000)]
    simulation = simulate(tasks, dict.fromkeys((facts.name for facts in tasks), 1.0), workers=1000)
    assert simulation.makespan_s == 20.0
    assert {span.worker for span in simulation.timeline} == set(range(1000))


# Shapes of real workflows, on which a greedy schedule can come close to the bound.


def fan_out_and_in(rounds: int, width: int) -> tuple[list[TaskFacts], dict[str, float]]:
    tasks = [task("gather 0")]
    for r in range(1, rounds + 1):
        tasks += [task(f"map {r} {i}", f"gather {r - 1}") for i in range(width)]
        tasks.append(task(f"gather {r}", *(f"map {r} {i}" for i in range(width))))
    return tasks, {
        facts.name: 0.01 if "gather" in facts.name else 1 + (i * 7 % 11) / 10 for i, facts in enumerate(tasks)
    }


def chain_beside_many(length: int, many: int) -> tuple[list[TaskFacts], dict[str, float]]:
    chain = [task(f"link {i}", *([f"link {i - 1}"] if i else [])) for i in range(length)]
    return [task(f"small {i}") for i in range(many)] + chain, {}


def in_tree(depth: int) -> tuple[list[TaskFacts], dict[str, float]]:
    tasks = [
        task(f"{level} {i}", *((f"{level + 1} {2 * i}", f"{level + 1} {2 * i + 1}") if level < depth else ()))
        for level in range(depth, -1, -1)
        for i in range(2**level)
    ]
    return tasks, {facts.name: 1 + (i * 5 % 7) / 7 for i, facts in enumerate(tasks)}


@pytest.mark.parametrize(
    ("workflow", "workers"),
    [
        (fan_out_and_in(10, 500), 2),
        (fan_out_and_in(10, 500), 16),
        (chain_beside_many(100, 900), 10),
        (chain_beside_many(1000, 1000), 1000),
        (in_tree(11), 2),
        (in_tree(11), 8),
        (in_tree(11), 1000),
    ],
)
def test_makespan_is_within_five_percent_of_the_lower_bound_where_that_can_be_reached(workflow, workers):
    tasks, durations = workflow
    lower, upper = makespan_bounds_s(tasks, durations, workers=workers)
    makespan = simulate(tasks, durations, workers=workers).makespan_s
    assert lower <= makespan * (1 + 1e-9)
    assert makespan <= min(lower * 1.05, upper) * (1 + 1e-9)


def test_order_of_definition_alone_would_leave_the_long_chain_for_the_end():
    tasks, durations = chain_beside_many(100, 900)
    misled = {facts.name: 0.0 for facts in tasks}
    assert simulate(tasks, durations, workers=10).makespan_s == 100.0
    assert simulate(tasks, durations, workers=10, expected=misled).makespan_s > 150.0
