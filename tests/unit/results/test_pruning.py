"""Which runs go, and why those that stay do; `tests/properties/test_pruning.py` holds the rule against a model."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dpnb.errors import RunCriterionError
from dpnb.results import RunRecord, RunStatus
from dpnb.results.pruning import PruneRule, choose

DAY_US = 86_400_000_000
NOW_US = 1_000 * DAY_US
FAILED, SUCCEEDED = RunStatus.FAILED, RunStatus.SUCCEEDED


def run(age_days: float, status: RunStatus = FAILED, **facts) -> RunRecord:
    """Return a run that started that many days ago and took an hour."""
    at = NOW_US - round(age_days * DAY_US)
    ended = None if status is RunStatus.RUNNING else at + DAY_US // 24
    record = RunRecord(run_id=f"{age_days:g} d", dag_id="dag", status=status, started_us=at, finished_us=ended)
    return replace(record, **facts)


def chosen(runs, *, held=(), **rule) -> dict[str, str]:
    given = {"keep": None, "older_than": None, **rule}
    choices = choose(runs, held, PruneRule.of(**given), NOW_US)
    return {choice.run.run_id: f"{'goes' if choice.goes else 'stays'}: {choice.reason}" for choice in choices}


def test_newest_stay_and_the_rest_goes():
    assert chosen([run(1), run(2), run(3)], keep=2) == {
        "1 d": "stays: among the newest 2",
        "2 d": "stays: among the newest 2",
        "3 d": "goes: not among the newest 2",
    }


def test_old_ones_go_by_their_end():
    assert chosen([run(1), run(30), run(31)], older_than="30d") == {
        "1 d": "stays: ended 23 h 00 min ago",
        "30 d": "stays: ended 29 d 23 h ago",
        "31 d": "goes: older than 30 d 00 h",
    }


def test_with_both_a_run_goes_that_neither_spares():
    said = chosen([run(1), run(40), run(50), run(60)], keep=2, older_than=timedelta(days=55))
    assert [text.partition(":")[0] for text in said.values()] == ["stays", "stays", "stays", "goes"]
    assert said["60 d"] == "goes: not among the newest 2 and older than 55 d 00 h"


def test_pinned_and_going_and_held_runs_stay():
    runs = [run(1, RunStatus.RUNNING), run(2, pinned=True), run(3), run(4, RunStatus.INTERRUPTED)]
    assert chosen(runs, keep=0, held={"3 d"}) == {
        "1 d": "stays: a process holds it",
        "2 d": "stays: pinned",
        "3 d": "stays: a process holds it",
        "4 d": "goes: not among the newest 0",
    }


def test_last_success_of_each_dag_stays_however_many_failed_since():
    runs = [*(run(n) for n in range(12)), run(20, SUCCEEDED), run(21, SUCCEEDED), run(22, SUCCEEDED, dag_id="other")]
    said = chosen(runs, keep=10)
    assert said["20 d"] == said["22 d"] == "stays: the last of its DAG that succeeded"
    assert said["11 d"] == said["21 d"] == "goes: not among the newest 10"
    more = chosen(runs, keep=10, keep_succeeded=2)
    assert more["20 d"] == more["21 d"] == "stays: among the last 2 of its DAG that succeeded"
    assert chosen(runs, keep=10, keep_succeeded=0)["20 d"] == "goes: not among the newest 10"


def test_run_whose_end_lies_in_the_future_of_this_clock_stays():
    assert chosen([run(-1)], older_than="0d") == {"-1 d": "stays: ended 0.0 ms ago"}


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({}, "give keep=10, older_than='30d', or both"),
        ({"keep": -1}, "keep=-1 is no number of runs"),
        ({"keep": 2.5}, "keep=2.5 is no number of runs"),
        ({"keep": True}, "keep=True is no number of runs"),
        ({"older_than": "30"}, "older_than='30' is no span of time"),
        ({"older_than": timedelta(days=-1)}, "lies in the future"),
        ({"keep": 1, "keep_succeeded": -1}, "keep_succeeded=-1 is no number of runs"),
    ],
)
def test_rule_that_makes_no_sense_is_refused(rule, said):
    with pytest.raises(RunCriterionError, match=said):
        PruneRule.of(**{"keep": None, "older_than": None, **rule})
