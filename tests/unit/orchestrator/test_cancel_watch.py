"""A request that somebody made in the ledger reaches the driver of the run, once."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from dpnb.errors import LedgerLockedError
from dpnb.orchestrator.cancel_watch import CancelWatch
from dpnb.results import RunLedger, RunRecord, RunStatus
from dpnb.results.cancel_requests import CancelRequests
from tests.waiting import until

NEVER_S = 3600.0


class Driver:
    """Stands in for a `RunDriver`, and remembers how it was cancelled."""

    def __init__(self, run_id: str, lease: int = 1) -> None:
        self.context = SimpleNamespace(run_id=run_id, lease=lease)
        self.cancelled: list[bool] = []
        self.finish = lambda: None

    def cancel(self, *, at_once: bool) -> None:
        self.cancelled.append(at_once)

    def call_when_finished(self, action) -> None:
        self.finish = action


@pytest.fixture
def ledger(tmp_path):
    with RunLedger(tmp_path / "ledger.db") as opened:
        for run_id in ("런 1", "2"):
            opened.begin(RunRecord(run_id=run_id, dag_id="dag", status=RunStatus.RUNNING, started_us=1))
        yield opened


def watching(requests, *drivers, look_s=NEVER_S) -> CancelWatch:
    watch = CancelWatch(requests, look_s)
    for driver in drivers:
        watch.add(driver)
    return watch


def test_each_request_is_passed_on_once_and_to_its_run_alone(ledger):
    first, second = Driver("런 1"), Driver("2")
    watch = watching(CancelRequests(ledger), first, second)
    CancelRequests(ledger).ask("런 1")
    watch.look()
    watch.look()
    assert (first.cancelled, second.cancelled) == ([False], [])
    CancelRequests(ledger).ask("런 1")
    watch.look()
    assert (first.cancelled, second.cancelled) == ([False, True], [])


def test_a_request_to_another_owner_is_not_passed_on(ledger):
    late = Driver("런 1", lease=2)
    watch = watching(CancelRequests(ledger), late)
    CancelRequests(ledger).ask("런 1")
    watch.look()
    assert late.cancelled == []


def test_a_run_that_has_ended_is_told_nothing(ledger):
    driver = Driver("런 1")
    watch = watching(CancelRequests(ledger), driver)
    CancelRequests(ledger).ask("런 1")
    driver.finish()
    watch.look()
    assert driver.cancelled == []


def test_a_ledger_that_is_locked_is_looked_at_again(ledger):
    class LockedAtFirst(CancelRequests):
        looks = 0

        def standing(self, run_ids):
            self.looks += 1
            if self.looks == 1:
                raise LedgerLockedError("ledger.db", waited_s=1)
            return super().standing(run_ids)

    driver = Driver("런 1")
    CancelRequests(ledger).ask("런 1")
    watching(LockedAtFirst(ledger), driver, look_s=0.001)
    until(lambda: driver.cancelled == [False])
    driver.finish()
