from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from dpnb.orchestrator.task_facts import TaskFacts
from dpnb.planner.node import Binding, Node, Source, WhenMissing
from dpnb.registry import ConcurrencyGroup


def node(*bindings: Binding, upstream: tuple[str, ...] = (), **options: Any) -> Node:
    unset = {"max_retries": 0, "retry_delay": 1.0, "fail_safe": False, "cpus": None, "concurrency_group": ()}
    task: Any = SimpleNamespace(**{**unset, **options})
    return Node(name="report", task=task, upstream=upstream, bindings=bindings)


def bound(parameter: str, task: str, when_missing: WhenMissing) -> Binding:
    return Binding(parameter=parameter, source=Source.TASK, task=task, when_missing=when_missing)


def test_facts_take_the_task_options_from_the_node():
    facts = TaskFacts.of(node(max_retries=3, retry_delay=0.5, fail_safe=True))
    assert facts == TaskFacts(name="report", max_retries=3, retry_delay=0.5, fail_safe=True)


def test_upstream_without_a_binding_only_comes_first():
    facts = TaskFacts.of(node(bound("x", "a", WhenMissing.NONE), upstream=("a", "b")))
    assert facts.upstream == ("a", "b")
    assert facts.when_missing == {"a": WhenMissing.NONE}


def test_parameters_that_no_task_feeds_set_no_rule():
    facts = TaskFacts.of(node(Binding(parameter="year", source=Source.PARAM)))
    assert facts.when_missing == {}


def test_of_several_parameters_fed_by_one_task_the_one_that_needs_it_decides():
    x, y = bound("x", "a", WhenMissing.SKIP), bound("y", "a", WhenMissing.DEFAULT)
    for order in ((x, y), (y, x)):
        assert TaskFacts.of(node(*order, upstream=("a",))).when_missing == {"a": WhenMissing.SKIP}


@pytest.mark.parametrize(("cpus", "places"), [(None, 1), (0.5, 1), (1.0, 1), (1.5, 2), (4.0, 4)])
def test_processors_are_places_rounded_up_and_one_at_least(cpus, places):
    assert TaskFacts.of(node(cpus=cpus)).places == places


def test_groups_come_with_the_limit_that_the_plan_knows():
    groups = (ConcurrencyGroup(name="api"), ConcurrencyGroup(name="db", limit=2))
    assert TaskFacts.of(node(concurrency_group=groups), {"api": 3, "db": 2}).groups == (("api", 3), ("db", 2))


def test_rules_of_a_task_that_needs_all_say_the_same_as_a_dict():
    rules = TaskFacts.of(
        node(*(bound(name, name, WhenMissing.SKIP) for name in "ab"), upstream=("a", "b"))
    ).when_missing
    assert dict(rules) == rules == {"a": WhenMissing.SKIP, "b": WhenMissing.SKIP}
    assert rules.get("c") is None
    assert repr(rules) == repr(dict(rules))
    mixed = TaskFacts.of(node(bound("a", "a", WhenMissing.SKIP), upstream=("a", "b"))).when_missing
    assert mixed.get("b") is None


def test_many_upstream_tasks_are_found_as_fast_as_few():
    names = tuple(f"t{i:03}" for i in range(100))
    rules = TaskFacts.of(node(*(bound(name, name, WhenMissing.SKIP) for name in names), upstream=names)).when_missing
    assert isinstance(rules, dict)
