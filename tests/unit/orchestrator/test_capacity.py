from __future__ import annotations

from typing import Any

import pytest

from dpnb.orchestrator.capacity import ReadyTasks
from dpnb.orchestrator.task_facts import TaskFacts


def queue(capacity: int, *needs: Any, remaining: list[float] | None = None) -> ReadyTasks:
    """Make a queue of tasks that need so many places, or are in these groups, the first of which come first."""
    facts = [
        TaskFacts(name=f"t{i}", places=need) if isinstance(need, int) else TaskFacts(name=f"t{i}", groups=need)
        for i, need in enumerate(needs)
    ]
    ready = ReadyTasks(facts, remaining or [0.0] * len(facts), capacity)
    for task in range(len(facts)):
        ready.push(task)
    return ready


def taken(ready: ReadyTasks) -> list[int]:
    """Take all that may start."""
    return list(iter(ready.take, None))


DB = (("db", 1),)
API = (("api", 2),)


def test_longest_remaining_path_comes_first_and_then_the_first():
    assert taken(queue(9, 1, 1, 1, 1, remaining=[2.0, 3.0, 2.0, 9.0])) == [3, 1, 0, 2]


def test_tasks_start_as_there_are_places():
    ready = queue(2, 1, 1, 1)
    assert taken(ready) == [0, 1]
    ready.give_back(0)
    assert taken(ready) == [2]


def test_cleared_queue_is_empty():
    ready = queue(1, 1, 1, DB)
    ready.clear()
    assert taken(ready) == []


def test_capacity_may_shrink_below_what_runs_and_grow_again():
    ready = queue(2, 1, 1, 1)
    assert taken(ready) == [0, 1]
    ready.capacity = 1
    ready.give_back(0)
    assert taken(ready) == []
    ready.capacity = 2
    assert taken(ready) == [2]


def test_wide_task_takes_its_places():
    ready = queue(4, 3, 1, 1)
    assert taken(ready) == [0, 1]
    ready.give_back(0)
    assert taken(ready) == [2]


def test_task_that_wants_more_than_there_is_runs_alone():
    ready = queue(2, 1, 8, 1)
    assert taken(ready) == [0, 2]  # while the wide one waits, others may start in its stead
    ready.give_back(0)
    ready.give_back(2)
    assert taken(ready) == [1]
    ready.push(0)
    assert taken(ready) == []
    ready.give_back(1)
    assert taken(ready) == [0]


@pytest.mark.parametrize("capacity", [2, 3, 8])
def test_wide_task_is_overtaken_as_often_as_there_are_places_and_then_comes_next(capacity):
    ready = queue(capacity, 1, capacity, *[1] * 50)
    running = taken(ready)
    started = running[capacity:]
    while 1 not in started:
        assert running, "the places are kept for it, and nothing else may start"
        ready.give_back(running.pop(0))
        started = taken(ready)
        running += started
        overtakers = max(running)
        assert overtakers <= capacity + 1, "the tasks 2, 3, … overtake it"
    assert running == [1]


def test_wide_task_is_not_overtaken_for_ever_by_its_own_group():
    tasks = [TaskFacts(name="wide", places=2, groups=DB)]
    tasks += [TaskFacts(name=f"small {i}", groups=DB) for i in range(50)]
    tasks += [TaskFacts(name=f"other {i}") for i in range(50)]
    ready = ReadyTasks(tasks, [0.0] * len(tasks), 2)
    for task in range(1, len(tasks)):
        ready.push(task)
    running = taken(ready)
    ready.push(0)
    starts = 0
    while 0 not in running:
        ready.give_back(running.pop(0))
        running += taken(ready)
        starts += 1
        assert starts < 10


def test_full_group_holds_up_its_own_tasks_only():
    ready = queue(9, DB, DB, 1, API, API, API)
    assert taken(ready) == [0, 2, 3, 4]
    ready.give_back(2)
    assert taken(ready) == []
    ready.give_back(0)
    assert taken(ready) == [1]
    ready.give_back(3)
    assert taken(ready) == [5]


def test_task_of_two_groups_needs_a_turn_in_both():
    both = (*API, *DB)
    ready = queue(9, DB, both, API, API, both)
    assert taken(ready) == [0, 2, 3]
    ready.give_back(0)
    assert taken(ready) == []
    ready.give_back(2)
    assert taken(ready) == [1]
    ready.give_back(1)
    assert taken(ready) == [4]


def test_groups_of_one_name_have_one_limit():
    with pytest.raises(ValueError, match="'db' is limited to 1 and to 2"):
        queue(1, DB, (("db", 2),))


def test_widened_task_takes_half_of_the_places_and_then_all():
    ready = queue(8, *[1] * 12)
    assert taken(ready) == list(range(8))
    for task in range(1, 8):
        ready.give_back(task)
    ready.give_back(0)
    ready.widen(0)
    ready.push(0)
    assert taken(ready) == [0, 8, 9, 10, 11], "it holds four places"
    for task in (8, 9, 10, 11, 0):
        ready.give_back(task)
    ready.widen(0)
    ready.push(0)
    ready.push(1)
    assert taken(ready) == [0], "it runs alone"
    ready.give_back(0)
    assert taken(ready) == [1]


def test_widened_task_stays_in_its_groups():
    ready = queue(8, DB, DB)
    assert taken(ready) == [0]
    ready.give_back(0)
    ready.widen(0)
    ready.push(0)
    assert taken(ready) == [0]
    ready.give_back(0)
    assert taken(ready) == [1]
