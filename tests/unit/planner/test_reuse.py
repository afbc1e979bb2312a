from __future__ import annotations

import pytest

from dpnb.errors import PlanError
from dpnb.planner import ReusePolicy
from dpnb.planner.reuse import policy_of


def test_fresh_reuses_every_task_but_those_that_are_forced():
    policy = ReusePolicy(forced=frozenset({"a"}))
    assert not policy.reuses("a")
    assert policy.reuses("b")
    assert policy == ReusePolicy(mode="fresh", forced=frozenset({"a"}))


def test_none_reuses_nothing():
    assert not ReusePolicy.none().reuses("a")


def test_only_runs_some_and_keeps_the_others():
    policy = ReusePolicy.only(["a"], of=["a", "b", "c"], kept_from="run_1")
    assert policy.forced == {"a"}
    assert policy.kept == {"b", "c"}
    assert policy.kept_from == "run_1"
    assert [policy.reuses(name) for name in ("a", "b", "unknown")] == [False, True, False]


def test_what_is_forced_is_not_kept():
    policy = ReusePolicy(mode="none", forced=frozenset({"a"}), kept=frozenset({"a", "b"}), kept_from="run_1")
    assert not policy.reuses("a")


def test_options_become_a_policy():
    assert policy_of(None, "strict") is None
    assert policy_of(None, "warn") is None
    assert policy_of("fresh", "strict") == ReusePolicy.fresh()
    assert policy_of("fresh", "warn") == ReusePolicy.fresh(untracked="warn")
    given = ReusePolicy(forced=frozenset({"a"}))
    assert policy_of(given, "strict") is given
    assert policy_of(given, "warn") == ReusePolicy(forced=frozenset({"a"}), untracked="warn")


@pytest.mark.parametrize(
    ("reuse", "untracked", "told"),
    [
        ("frsh", "strict", "reuse='frsh' is not known; did you mean 'fresh'?"),
        (True, "strict", 'reuse=True is not known; give "fresh"'),
        ("fresh", "wrn", "untracked='wrn' is not known; did you mean 'warn'?"),
        ("fresh", None, 'untracked=None is not known; give "strict"'),
    ],
)
def test_wrong_options_are_refused_with_what_is_near(reuse, untracked, told):
    with pytest.raises(PlanError) as caught:
        policy_of(reuse, untracked)
    assert told in str(caught.value)


def test_all_wrong_options_are_told_at_once():
    with pytest.raises(PlanError) as caught:
        policy_of("stale", "never")
    assert len(caught.value.problems) == 2


def test_names_that_are_no_tasks_are_told_with_near_ones():
    policy = ReusePolicy(forced=frozenset({"flihgts"}), kept=frozenset({"zzz"}), kept_from="run_1")
    assert policy.problems({"flights", "delays"}) == [
        "reuse names 'flihgts', which is no task of the plan; did you mean 'flights'?",
        "reuse names 'zzz', which is no task of the plan.",
    ]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"mode": "frsh"}, "mode='frsh' is not known; did you mean 'fresh'?"),
        ({"mode": None}, 'mode=None is not known; give "fresh"'),
        ({"untracked": "strikt"}, "untracked='strikt' is not known; did you mean 'strict'?"),
        ({"kept": frozenset({"a"})}, "kept_from names no run"),
    ],
)
def test_a_policy_that_means_nothing_is_refused(options, told):
    with pytest.raises(PlanError) as caught:
        ReusePolicy(**options)
    assert told in str(caught.value)
