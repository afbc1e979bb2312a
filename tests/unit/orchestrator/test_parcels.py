"""What travels between processes arrives as it was sent."""

from __future__ import annotations

import pickle

from hypothesis import given
from hypothesis import strategies as st

from dpnb.orchestrator.executable import Delivery, ExceptionFacts, ExecutableTask, FrameFacts, TaskInput, TaskResult
from dpnb.orchestrator.parcels import pack_result, pack_task, unpack_result, unpack_task
from dpnb.registry import TaskKind
from dpnb.results.records import ColumnFacts, ResultFacts, ResultRecord, TaskState

NAMES = st.text(min_size=1, max_size=8)
INPUTS = st.builds(
    TaskInput,
    parameter=NAMES,
    run_id=NAMES,
    task_name=NAMES,
    result_ids=st.tuples(NAMES),
    delivery=st.sampled_from(Delivery),
)
TASKS = st.builds(
    ExecutableTask,
    run_id=NAMES,
    task_name=NAMES,
    task_result_id=NAMES,
    attempt=st.integers(1, 9),
    function=st.binary(),
    kind=st.sampled_from(TaskKind),
    inputs=st.lists(INPUTS, max_size=3).map(tuple),
)
FACTS = st.builds(ResultFacts, type=NAMES, columns=st.lists(st.builds(ColumnFacts, name=NAMES, dtype=NAMES)).map(tuple))
RECORDS = st.builds(
    ResultRecord,
    run_id=NAMES,
    task=NAMES,
    result_id=NAMES,
    path=NAMES,
    size_bytes=st.integers(0),
    digest=NAMES,
    facts=FACTS,
)
ERRORS = st.builds(
    ExceptionFacts,
    type=NAMES,
    message=NAMES,
    text=st.tuples(NAMES),
    frames=st.tuples(st.builds(FrameFacts, file=NAMES, line=st.integers(1), name=NAMES)),
)
RESULTS = st.builds(
    TaskResult,
    run_id=NAMES,
    task_name=NAMES,
    attempt=st.integers(1, 9),
    state=st.sampled_from(TaskState),
    started_us=st.integers(0),
    duration_s=st.floats(0, 10),
    results=st.lists(RECORDS, max_size=3).map(tuple),
    differing=st.none() | st.lists(st.tuples(NAMES, NAMES), max_size=3).map(tuple),
    errors=st.lists(ERRORS, max_size=2).map(tuple),
)


@given(TASKS)
def test_an_attempt_arrives_as_it_was_sent(task):
    assert unpack_task(pickle.loads(pickle.dumps(pack_task(task)))) == task


@given(RESULTS)
def test_a_result_arrives_as_it_was_sent(result):
    assert unpack_result(pickle.loads(pickle.dumps(pack_result(result)))) == result
