from __future__ import annotations

import inspect

import pytest

from dpnb import Workspace, runs
from dpnb.errors import RunCriterionError
from dpnb.results import RunRecord, RunStatus
from dpnb.results.run_filter import RunCriteria, RunFilter, same_json

RUN = RunRecord(
    run_id="r", dag_id="d", status=RunStatus.FAILED, started_us=1_000, params={"year": 2013, "도시": "서울"}
)


def test_criteria_are_one_or_several():
    assert RunFilter.of(tag="etl") == RunFilter.of(tag=["etl", "etl"])
    assert RunFilter.of(status=[RunStatus.FAILED, "interrupted"]).statuses == (RunStatus.FAILED, RunStatus.INTERRUPTED)


def test_what_is_not_given_is_not_asked():
    assert RunFilter.of(tag=None, status=None, since=None, task=None, params=None, pinned=None) == RunFilter()
    assert RunFilter.of(tag=[], pinned=False) != RunFilter()


def test_unknown_status_is_refused_with_the_near_names():
    with pytest.raises(RunCriterionError, match="status='fialed' is no status of a run.\nHint: did you mean 'failed'"):
        RunFilter.of(status="fialed")
    with pytest.raises(ValueError, match="it is one of 'running', 'succeeded'"):
        RunFilter.of(status=["failed", "xyz"])


def test_unknown_criterion_is_refused_with_the_near_names():
    with pytest.raises(TypeError, match="asked for by 'tags', but by 'tag'"):
        RunFilter.of(tags=["etl"])  # type: ignore[call-arg]


@pytest.mark.parametrize("limit", [0, -1, 2.5, True, "3"])
def test_limit_is_a_whole_number(limit):
    with pytest.raises(RunCriterionError, match="is no number of runs"):
        RunFilter.of(limit=limit)


def test_params_are_a_mapping():
    with pytest.raises(RunCriterionError, match="is no mapping"):
        RunFilter.of(params=["year"])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("criteria", "is_admitted"),
    [
        ({}, True),
        ({"status": ["failed", "running"]}, True),
        ({"status": "succeeded"}, False),
        ({"status": []}, False),
        ({"params": {"year": 2013.0}}, True),
        ({"params": {"year": "2013"}}, False),
        ({"params": {"year": 2013, "도시": "부산"}}, False),
        ({"params": {"month": None}}, False),
        ({"pinned": False}, True),
        ({"pinned": True}, False),
    ],
)
def test_run_is_admitted_by_every_criterion(criteria, is_admitted):
    assert RunFilter.of(**criteria).admits(RUN) is is_admitted


def test_run_that_started_at_the_very_instant_is_admitted():
    assert RunFilter(since_us=1_000).admits(RUN)
    assert not RunFilter(since_us=1_001).admits(RUN)


@pytest.mark.parametrize(
    ("one", "other", "are_same"),
    [
        (1, 1.0, True),
        (0, False, False),
        (1, True, False),
        ([1, [2]], [1, [2.0]], True),
        ([1], [1, 2], False),
        ({"a": 1, "b": None}, {"b": None, "a": 1}, True),
        ({"a": True}, {"a": 1}, False),
        (float("nan"), float("nan"), True),
        ("1", 1, False),
        (None, False, False),
    ],
)
def test_values_are_equal_as_json(one, other, are_same):
    assert same_json(one, other) is same_json(other, one) is are_same


def test_filter_says_what_it_asks_for():
    asked = RunFilter.of(
        tag=["etl", "ml"], status="failed", since="2026-11-01", task="fl*", params={"year": 2013}, pinned=False
    )
    said = "tag 'etl' or 'ml', status failed, since 2026-11-01 00:00:00, task 'fl*', year=2013, not pinned"
    assert str(asked) == said


@pytest.mark.parametrize("function", [runs, Workspace.runs])
def test_every_criterion_is_shown_by_name(function):
    shown = inspect.signature(function).parameters
    assert list(shown)[1:] == list(RunCriteria.__annotations__)
    assert all(each.default is None for each in list(shown.values())[1:])
    assert all(name in (runs.__doc__ or "") for name in RunCriteria.__annotations__)
