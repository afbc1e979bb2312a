from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError

import pytest

from dpnb.orchestrator.commands import AttemptEnded, CancelRequested, CapacityChanged, FinishRun, StartAttempt
from dpnb.results.records import RunStatus, TaskState


@pytest.mark.parametrize(
    "record",
    [
        AttemptEnded(task="a", attempt=1, state=TaskState.FAILED),
        CancelRequested(),
        StartAttempt(task="a", attempt=2, missing=("b",)),
        FinishRun(status=RunStatus.FAILED, reason="1 task failed: 'a'"),
    ],
    ids=repr,
)
def test_records_are_values(record):
    assert pickle.loads(pickle.dumps(record)) == record
    assert len({record, pickle.loads(pickle.dumps(record))}) == 1


def test_records_do_not_change():
    with pytest.raises(FrozenInstanceError):
        CapacityChanged(capacity=1).capacity = 2  # type: ignore[misc]


def test_capacity_is_never_negative():
    with pytest.raises(ValueError, match="capacity is -1"):
        CapacityChanged(capacity=-1)
