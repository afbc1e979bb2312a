"""What is noted reaches the ledger once, batched, and a flush means that it is there."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from dpnb.orchestrator.journal import Journal


class FakeLedger:
    def __init__(self) -> None:
        self.batches: list[list[object]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.error: Exception | None = None

    def record(self, changes) -> None:
        self.gate.wait(10)
        if self.error is not None:
            raise self.error
        self.batches.append(list(changes))

    @property
    def written(self) -> list[object]:
        return [record for batch in self.batches for record in batch]


@pytest.fixture
def ledger():
    return FakeLedger()


def test_a_flush_returns_when_everything_is_committed(ledger):
    journal = Journal(ledger)
    for number in range(100):
        journal.note(number, partial(int, number))
    journal.flush()
    assert ledger.written == list(range(100))
    assert len(ledger.batches) < 20
    journal.close()


def test_a_record_that_changes_before_it_is_written_is_written_once(ledger):
    journal = Journal(ledger)
    ledger.gate.clear()
    journal.note("first", lambda: "holds the writer")
    for state in ("pending", "running", "succeeded"):
        journal.note("task", partial(str, state))
    ledger.gate.set()
    journal.close()
    assert ledger.written[-1] == "succeeded"
    assert len(ledger.written) <= 3


def test_closing_writes_what_is_left(ledger):
    journal = Journal(ledger)
    journal.note(1, lambda: 1)
    journal.close()
    assert ledger.written == [1]


def test_a_flush_with_nothing_noted_returns_at_once(ledger):
    journal = Journal(ledger)
    journal.flush()
    journal.close()
    assert ledger.batches == []


def test_what_the_ledger_raises_comes_out_of_flush(ledger):
    ledger.error = OSError(28, "No space left on device")
    journal = Journal(ledger)
    journal.note(1, lambda: 1)
    with pytest.raises(OSError, match="No space left"):
        journal.flush()
    journal.close()
    assert journal.error is ledger.error


def test_what_the_ledger_did_not_take_is_offered_again_at_the_end(ledger):
    ledger.error = OSError(28, "No space left on device")
    failed = threading.Event()
    journal = Journal(ledger, on_error=failed.set)
    journal.note("a", lambda: "old")
    journal.note("b", lambda: "kept")
    assert failed.wait(10)
    journal.note("a", lambda: "new")
    ledger.error = None
    journal.close()
    assert ledger.written == ["new", "kept"]
    assert isinstance(journal.error, OSError)


def test_what_the_ledger_did_not_take_outlives_a_sign_of_life_that_it_did_not_take_either(ledger):
    was_refused, was_silent = threading.Event(), threading.Event()

    def refuse(changes) -> None:
        if changes:
            was_refused.set()
        elif was_refused.is_set():
            was_silent.set()
        if was_refused.is_set():
            raise OSError(28, "No space left on device")

    take, ledger.record = ledger.record, refuse
    journal = Journal(ledger, silence_s=0.01)
    journal.note("a", lambda: "kept")
    assert was_silent.wait(10)
    ledger.record = take
    journal.close()
    assert "kept" in ledger.written


def test_a_ledger_that_never_recovers_ends_the_journal_all_the_same(ledger):
    ledger.error = OSError(28, "No space left on device")
    calls: list[int] = []
    journal = Journal(ledger, on_error=partial(calls.append, 1))
    journal.note("a", lambda: 1)
    journal.close()
    assert not journal._thread.is_alive()
    assert calls == [1]


def test_silence_is_broken_by_an_empty_batch(ledger):
    journal = Journal(ledger, silence_s=0.01)
    for _ in range(1000):
        if len(ledger.batches) > 1:
            break
        threading.Event().wait(0.005)
    journal.close()
    assert ledger.batches[:2] == [[], []]
