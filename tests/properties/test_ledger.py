"""The ledger against a dictionary: however records are batched, the last one of a key is what is read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from dpnb.results import (
    AttemptRecord,
    ColumnFacts,
    ResultFacts,
    ResultRecord,
    RunLedger,
    RunRecord,
    RunStatus,
    TaskRunRecord,
    TaskState,
)

if TYPE_CHECKING:
    from dpnb.results.rows import Record

NAMES = st.sampled_from(["a", "b", "한글", "a'b\"%s", "", "x\ny"])
RUNS = st.sampled_from(["run_1", "런 2"])
TEXT = st.text(max_size=20)
SMALL = st.integers(0, 3)
BIG = st.none() | st.integers(-(2**62), 2**62)
FLOATS = st.none() | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
FACTS = st.builds(
    ResultFacts,
    type=TEXT,
    rows=st.none() | SMALL,
    shape=st.none() | st.tuples(SMALL, SMALL),
    columns=st.lists(st.builds(ColumnFacts, name=TEXT, dtype=TEXT, nulls=st.none() | SMALL), max_size=2).map(tuple),
    preview=st.lists(st.lists(TEXT, max_size=2).map(tuple), max_size=2).map(tuple),
    text=TEXT,
    labels=st.lists(TEXT, max_size=2).map(tuple),
)
CHANGES = st.one_of(
    st.builds(
        RunRecord,
        run_id=RUNS,
        dag_id=TEXT,
        status=st.sampled_from(RunStatus),
        started_us=SMALL,
        finished_us=BIG,
        params=st.dictionaries(TEXT, JSON, max_size=3),
        plan=TEXT,
        tags=st.none() | st.lists(TEXT, max_size=2).map(tuple),
        note=TEXT,
        pinned=st.booleans(),
    ),
    st.builds(
        TaskRunRecord,
        run_id=RUNS,
        task=NAMES,
        position=SMALL,
        state=st.sampled_from(TaskState),
        duration_s=FLOATS,
        rows=BIG,
        reason=TEXT,
    ),
    st.builds(
        AttemptRecord,
        run_id=RUNS,
        task=NAMES,
        attempt=SMALL,
        state=st.sampled_from(TaskState),
        started_us=SMALL,
        traceback=TEXT,
    ),
    st.builds(
        ResultRecord,
        run_id=RUNS,
        task=NAMES,
        result_id=NAMES,
        path=TEXT,
        size_bytes=SMALL,
        digest=TEXT,
        facts=FACTS,
        chunk=st.none() | SMALL,
        attempt=SMALL,
        saved_us=SMALL,
    ),
)


def key_of(change: Record) -> tuple[object, ...]:
    names = ("run_id", "task", "attempt" if isinstance(change, AttemptRecord) else "result_id")
    return (type(change), *(getattr(change, name, None) for name in names))


def kept(change: Record, earlier: Record | None) -> Record:
    """Return what is recorded then: a run's plan stays where it is not given again, and what its user says of it."""
    if isinstance(change, RunRecord) and isinstance(earlier, RunRecord):
        return replace(change, plan=change.plan or earlier.plan, note=earlier.note, pinned=earlier.pinned)
    return change


BATCHES = st.lists(st.lists(CHANGES, max_size=6), max_size=6)


@given(BATCHES, st.none() | RUNS)
def test_what_is_read_is_what_was_recorded_last(batches, deleted):
    with RunLedger("sqlite://") as ledger:
        check(ledger, batches, deleted)


@pytest.mark.integration
@settings(max_examples=15, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=BATCHES, deleted=st.none() | RUNS)
def test_on_postgresql_as_well(emptied_postgres, batches, deleted):
    assume("\\x00" not in repr(batches))  # the only character that comes back as an escape
    with RunLedger(emptied_postgres) as ledger:
        for run_id in ("run_1", "런 2"):
            ledger.delete_run(run_id)
        check(ledger, batches, deleted)


def check(ledger: RunLedger, batches: list[list[Record]], deleted: str | None) -> None:
    model: dict[tuple[object, ...], Record] = {}
    for batch in batches:
        ledger.record(batch)
        for change in batch:
            model[key_of(change)] = kept(change, model.get(key_of(change)))
    if deleted is not None:
        ledger.delete_run(deleted)
        model = {key: change for key, change in model.items() if change.run_id != deleted}
    stored: list[Record] = []
    for run_id in ("run_1", "런 2"):
        run = ledger.run(run_id)
        stored += [run] if run else []
        stored += [*ledger.task_runs(run_id), *ledger.attempts(run_id), *ledger.results(run_id)]
    assert {key_of(change): change for change in stored} == model
    assert len(stored) == len(model)
