"""Who wants a run's end says so to its owner of the moment, and to no later one."""

from __future__ import annotations

import pytest

from dpnb.results import RunLedger, RunRecord, RunStatus
from dpnb.results.cancel_requests import CancelRequest, CancelRequests
from dpnb.results.leases import Tenure

RUN = RunRecord(run_id="런 1", dag_id="dag", status=RunStatus.RUNNING, started_us=1)


@pytest.fixture
def ledger(place):
    with RunLedger(place) as opened:
        yield opened


@pytest.fixture
def requests(ledger):
    return CancelRequests(ledger)


def test_a_second_request_asks_for_the_end_at_once(ledger, requests):
    ledger.begin(RUN)
    assert requests.standing(["런 1"]) == {}
    assert requests.ask("런 1")
    assert requests.standing(["런 1", "another"]) == {("런 1", 1): CancelRequest.ASKED}
    assert requests.ask("런 1")
    assert requests.standing(["런 1"]) == {("런 1", 1): CancelRequest.AT_ONCE}
    assert requests.ask("런 1")
    assert requests.standing(["런 1"]) == {("런 1", 1): CancelRequest.AT_ONCE}


def test_a_run_can_be_ended_at_once_from_the_beginning(ledger, requests):
    ledger.begin(RUN)
    assert requests.ask("런 1", at_once=True)
    assert requests.standing(["런 1"]) == {("런 1", 1): CancelRequest.AT_ONCE}


def test_a_run_that_nobody_holds_is_not_asked(ledger, requests):
    assert not requests.ask("런 1")
    Tenure(ledger, ledger.begin(RUN)).release()
    assert not requests.ask("런 1")
    assert requests.standing(["런 1"]) == {}


def test_the_next_owner_begins_without_the_request_and_renewing_keeps_it(ledger, requests):
    first = Tenure(ledger, ledger.begin(RUN))
    requests.ask("런 1")
    first.record([])
    assert requests.standing(["런 1"]) == {("런 1", 1): CancelRequest.ASKED}
    first.release()
    assert ledger.take("런 1").token == 2
    assert requests.standing(["런 1"]) == {}


def test_thousands_of_runs_are_asked_for_in_one_go(ledger, requests):
    ledger.begin(RUN)
    requests.ask("런 1")
    assert requests.standing([*map(str, range(2000)), "런 1"]) == {("런 1", 1): CancelRequest.ASKED}
