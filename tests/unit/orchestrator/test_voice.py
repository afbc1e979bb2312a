"""Events are numbered as they are committed, whatever became of commits before."""

from __future__ import annotations

import pytest

from dpnb.orchestrator.voice import RunVoice
from dpnb.results import RunLedger, RunRecord, RunStatus, TaskRunRecord, TaskState
from dpnb.results.leases import Tenure
from dpnb.results.told import Told, numbered

RUN = RunRecord(run_id="r", dag_id="dag", status=RunStatus.RUNNING, started_us=1)
ROW = TaskRunRecord(run_id="r", task="a", position=0, state=TaskState.RUNNING)


def told(number: int) -> Told:
    return Told(number, TaskState.RUNNING, "a", (number,))


def said(ledger) -> list[tuple[int, int]]:
    batches = [numbered(batch) for batch in ledger.event_batches("r")]
    return [(number, one.time_us) for batch in batches for number, one in batch]


def test_what_could_not_be_committed_is_said_later_without_a_gap(monkeypatch):
    with RunLedger("sqlite://") as ledger:
        voice = RunVoice(Tenure(ledger, ledger.begin(RUN)))
        voice.record([ROW, told(10), told(11)])
        with monkeypatch.context() as patch:
            patch.setattr(ledger, "record", _full)
            with pytest.raises(OSError, match="full"):
                voice.record([told(12)])
        voice.record([])
        voice.record([told(12), told(13)])
        assert said(ledger) == [(1, 1), (2, 10), (3, 11), (4, 12), (5, 13)]
        assert ledger.task_runs("r") == [ROW]


def _full(*_: object) -> None:
    raise OSError(28, "full")


def test_an_owner_goes_on_with_its_own_numbers():
    with RunLedger("sqlite://") as ledger:
        first = Tenure(ledger, ledger.begin(RUN))
        RunVoice(first).record([told(2)])
        first.release()
        second = Tenure(ledger, ledger.take("r"))
        second.record([second.batch([told(3)])])
        RunVoice(second).record([told(4)])
        assert said(ledger) == [(1, 1), (2, 2), (1, 3), (2, 4)]
