from __future__ import annotations

from datetime import timedelta
from typing import Any

from dpnb.orchestrator.eta import remaining_time
from dpnb.planner import OutlineTask, PlanOutline
from dpnb.results.records import TaskRunRecord, TaskState

NOW_US = 1_000_000_000
CHAIN: dict[str, tuple[str, ...]] = {"a": (), "b": ("a",), "c": ("b",)}


def outline(upstream: dict[str, tuple[str, ...]]) -> PlanOutline:
    digests: dict[str, Any] = {"kind": "function", "signature": "()", "signature_digest": "", "code_digest": ""}
    tasks = tuple(OutlineTask(name=name, level=0, upstream=waits, **digests) for name, waits in upstream.items())
    return PlanOutline(dag_id="dag", tasks=tasks)


def record(task: str, state: TaskState = TaskState.PENDING, **facts: Any) -> TaskRunRecord:
    return TaskRunRecord(run_id="r", task=task, position=0, state=state, **facts)


def running(task: str, for_s: float, attempts: int = 1) -> TaskRunRecord:
    return record(task, TaskState.RUNNING, started_us=NOW_US - round(for_s * 1e6), attempts=attempts)


def left_s(
    upstream: dict[str, tuple[str, ...]], records: list[TaskRunRecord], known: dict[str, float], workers: int = 2
) -> float | None:
    left = remaining_time(outline(upstream), records, known, workers, NOW_US)
    return left if left is None else left / timedelta(seconds=1)


def test_what_has_ended_takes_no_more_time_and_what_runs_its_rest():
    records = [record("a", TaskState.SUCCEEDED, duration_s=9.0), running("b", for_s=4.0), record("c")]
    assert left_s(CHAIN, records, {"a": 1.0, "b": 10.0, "c": 5.0}) == 11.0


def test_nothing_is_known_before_the_first_task_has_ended():
    assert left_s(CHAIN, [running("a", for_s=3.0), record("b"), record("c")], {"elsewhere": 1.0}) is None


def test_this_run_tells_of_itself():
    records = [record("a", TaskState.SUCCEEDED, duration_s=6.0), running("b", for_s=1.0), record("c")]
    assert left_s(CHAIN, records, {}) == 11.0


def test_work_is_shared_by_the_workers():
    free: dict[str, tuple[str, ...]] = dict.fromkeys("abcd", ())
    records = [record(name) for name in "abcd"]
    known = dict.fromkeys("abcd", 3.0)
    assert left_s(free, records, known, workers=2) == 6.0
    assert left_s(free, records, known, workers=1) == 12.0


def test_a_task_that_runs_for_longer_than_expected_is_about_to_end():
    assert left_s({"a": ()}, [running("a", for_s=99.0)], {"a": 5.0}) == 0.0


def test_a_second_attempt_takes_all_of_its_time():
    assert left_s({"a": ()}, [running("a", for_s=99.0, attempts=2)], {"a": 5.0}) == 5.0


def test_skipped_and_failed_tasks_take_none():
    records = [record("a", TaskState.FAILED, duration_s=2.0), record("b", TaskState.SKIPPED), record("c")]
    assert left_s(CHAIN, records, {"a": 50.0, "b": 50.0, "c": 1.0}) == 1.0
