from __future__ import annotations

import pickle

import pytest

from dpnb.errors import PageRequestError
from dpnb.pages.messages import CancelAsked, PruneAsked, RunsAsked, read_request


def test_what_may_be_missing_may_be_none_and_lists_may_be_long():
    assert read_request(PruneAsked, "disk.prune", {"keep": None, "older_than": "30d"}).keep is None
    assert read_request(RunsAsked, "runs.list", {"statuses": ["failed"] * 9}).statuses == ["failed"] * 9


def test_parameters_that_are_left_out_have_their_defaults():
    assert read_request(RunsAsked, "runs.list", {"text": "한글"}) == RunsAsked(
        text="한글", statuses=[], offset=0, limit=50
    )
    assert read_request(PruneAsked, "disk.prune", {"keep": 3}).dry_run


@pytest.mark.parametrize(
    ("kind", "params", "said"),
    [
        (RunsAsked, {"offset": "0"}, "'offset' cannot be '0'"),
        (RunsAsked, {"offset": True}, "'offset' cannot be True"),
        (RunsAsked, {"statuses": ["failed", 1, "failed"]}, "'statuses' cannot be"),
        (RunsAsked, {"statuses": "failed"}, "'statuses' cannot be 'failed'"),
        (PruneAsked, {"keep": True}, "'keep' cannot be True"),
        (RunsAsked, {"nope": 1}, "it has no parameter 'nope'"),
        (RunsAsked, {"text": None}, "'text' cannot be None"),
        (CancelAsked, {}, "it needs 'run_id'"),
        (CancelAsked, {"run_id": "r", "at_once": 1}, "'at_once' cannot be 1"),
    ],
)
def test_what_does_not_fit_is_refused_and_named(kind, params, said):
    with pytest.raises(PageRequestError, match=said) as refused:
        read_request(kind, "some.method", params)
    assert "'some.method'" in str(refused.value)
    assert str(pickle.loads(pickle.dumps(refused.value))) == str(refused.value)
