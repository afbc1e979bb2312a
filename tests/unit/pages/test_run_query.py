from __future__ import annotations

import unicodedata
from typing import Any

import pytest

from dpnb.errors import RunCriterionError
from dpnb.pages.run_query import RunQuery
from dpnb.results import RunRecord, RunStatus


def record(**facts: Any) -> RunRecord:
    return RunRecord(run_id="run_1", dag_id="d", status=RunStatus.SUCCEEDED, started_us=0, **facts)


def test_criteria_parameters_and_words_are_told_apart():
    query = RunQuery.of('tag:etl tag:"daily report" task:항* pinned:yes year=2013 name="2013" Nightly')
    assert query.where.tags == ("etl", "daily report")
    assert query.where.tasks == ("항*",)
    assert query.where.pinned is True
    assert query.where.params == {"year": 2013, "name": "2013"}
    assert query.words == ("nightly",)


def test_an_unknown_name_before_a_colon_is_a_word():
    assert RunQuery.of("https://dash.example").words == ("https://dash.example",)
    assert RunQuery.of("  ").words == ()


@pytest.mark.parametrize("text", ["since:yesteryear", "status:nope"])
def test_a_criterion_that_makes_no_sense_is_refused(text):
    with pytest.raises(RunCriterionError):
        RunQuery.of(text)


def test_words_are_looked_for_in_all_that_is_told_of_a_run_in_any_case_and_form():
    run = record(note="Über Nacht", tags=("수집",), user="ada", params={"year": 2013}, metadata={"why": "retry"})
    for word in ("über", unicodedata.normalize("NFD", "수집"), "ADA", "2013", "retry", "run_1", "late"):
        assert RunQuery.of(word).admits(run, "late", {}), word
    assert RunQuery.of("ada retry").admits(run, "", {})
    assert not RunQuery.of("ada nobody").admits(run, "", {})


def test_a_word_may_be_told_by_a_task_where_the_others_are_told_by_the_run():
    saying = {"nobody": {"run_1"}, "elsewhere": {"run_2"}}
    assert RunQuery.of("ada Nobody").admits(record(user="ada"), "", saying)
    assert not RunQuery.of("ada elsewhere").admits(record(user="ada"), "", saying)
