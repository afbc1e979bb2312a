"""Runs that go on: what had been committed stays, what had not runs, and the ledger says why."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dpnb import InlineExecutor, Orchestrator, get_run
from dpnb.errors import PlanMismatchError
from dpnb.planner import DAGBuilder, Planner
from dpnb.registry import TaskRegistry
from tests.noted_pipeline import NotedPipeline
from tests.outcomes import states
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dpnb.orchestrator import Run

pytestmark = pytest.mark.integration


def reasons(run: Run) -> dict[str, str]:
    return {record.task: record.reason for record in run.task_records() if record.reason}


def file_of(run: Run, name: str) -> Path:
    return Path(str(run.results.set_index("task").loc[name, "path"]))


def flip(path: Path, *, position: int = 3) -> None:
    data = bytearray(path.read_bytes())
    data[position] ^= 1
    path.write_bytes(data)


def chain(pipeline: NotedPipeline, *, broken: bool = False, factor: int = 1) -> None:
    """Define first → middle → last, and beside, which comes after first."""
    note = pipeline.note

    def first() -> int:
        note("first")
        return 20 * factor // factor

    def middle(first: int) -> int:
        note("middle")
        if broken:
            raise ValueError("not yet")
        return first + 1

    def last(middle: int) -> int:
        note("last")
        return middle * 2

    def beside(first: int) -> int:
        note("beside")
        return -first

    for function in (first, middle, last, beside):
        pipeline.define(function)


def test_a_failed_run_goes_on_with_what_had_not_been_committed(pipeline):
    chain(pipeline, broken=True)
    run = pipeline.run()
    assert states(run) == {"first": "succeeded", "middle": "failed", "beside": "skipped", "last": "skipped"} or (
        states(run) == {"first": "succeeded", "middle": "failed", "beside": "succeeded", "last": "skipped"}
    )
    before = pipeline.ran()
    chain(pipeline)  # the definition is mended
    run = pipeline.resume(run)
    assert run.status == "succeeded"
    assert run["last"] == 42
    assert run["beside"] == -20
    again = pipeline.ran()
    assert "first" not in again
    assert sorted({*before, *again}) == ["beside", "first", "last", "middle"]
    assert run.tasks.set_index("task")["attempts"]["middle"] == 2
    assert run.failures["attempt"].tolist() == [1]


def test_resuming_a_run_that_has_all_its_results_changes_nothing(pipeline):
    chain(pipeline)
    run = pipeline.run()
    before = (run.record, run.task_records(), run.results.to_dict())
    pipeline.ran()
    run = pipeline.resume(run)
    assert pipeline.ran() == []
    assert (run.record, run.task_records(), run.results.to_dict()) == before


def test_a_task_with_other_code_runs_again_and_so_does_what_is_given_other_inputs(pipeline):
    note = pipeline.note
    chain(pipeline)
    run = pipeline.run()
    pipeline.ran()

    def middle(first: int) -> int:
        note("middle")
        return first + 2

    pipeline.define(middle)
    run = pipeline.resume(run)
    assert pipeline.ran() == ["middle", "last"]
    assert run["last"] == 44
    assert reasons(run)["last"] == "ran again: its inputs changed"
    assert "task `middle` changed in " in reasons(run)["middle"]


def test_a_task_whose_inputs_come_out_as_they_were_is_not_repeated(pipeline):
    note = pipeline.note
    chain(pipeline)
    run = pipeline.run()
    pipeline.ran()

    def first() -> int:
        note("first")
        return 10 + 10

    pipeline.define(first)
    run = pipeline.resume(run)
    assert pipeline.ran() == ["first"]
    assert states(run) == dict.fromkeys(states(run), "succeeded")
    assert run.tasks.set_index("task")["attempts"].to_dict() == {"first": 2, "middle": 1, "beside": 1, "last": 1}
    assert run["last"] == 42


def test_a_task_that_only_comes_after_a_changed_one_runs_again(pipeline):
    note = pipeline.note

    def load() -> None:
        note("load")

    def report() -> int:
        note("report")
        return 1

    pipeline.define(load)
    pipeline.define(report, dependencies=["load"])
    run = pipeline.run()

    def load_more() -> None:
        note("load")
        note("more")

    pipeline.define(load_more, name="load")
    pipeline.ran()
    run = pipeline.resume(run)
    assert pipeline.ran() == ["load", "more", "report"]
    assert reasons(run)["report"] == "ran again: 'load', which comes before it, runs again"


def test_an_input_that_was_missing_and_comes_now_is_another_input(pipeline):
    note = pipeline.note
    gate = pipeline.folder / "gate"

    def shaky() -> int:
        if not gate.exists():
            raise ValueError("not yet")
        return 7

    def consumer(shaky: int = 0) -> int:
        note("consumer")
        return shaky

    pipeline.define(shaky, fail_safe=True)
    pipeline.define(consumer)
    run = pipeline.run()
    assert (run.status, run["consumer"]) == ("succeeded", 0)
    gate.touch()
    run = pipeline.resume(run)
    assert run["consumer"] == 7
    assert pipeline.ran() == ["consumer", "consumer"]


def test_a_damaged_result_is_set_aside_and_made_again(pipeline):
    chain(pipeline)
    run = pipeline.run()
    pipeline.ran()
    path = file_of(run, "first")
    flip(path)
    run = pipeline.resume(run)
    assert pipeline.ran() == ["first"]
    assert "damaged" in reasons(run)["first"]
    assert f"{path.name}.damaged" in reasons(run)["first"]
    assert path.with_name(f"{path.name}.damaged").exists()
    assert run["first"] == 20
    assert len(run.results) == 4


@pytest.mark.parametrize("size", [0, 10, 200])
def test_a_truncated_result_is_made_again(pipeline, size):
    chain(pipeline)
    run = pipeline.run()
    os.truncate(file_of(run, "middle"), size)
    pipeline.ran()
    run = pipeline.resume(run)
    assert pipeline.ran() == ["middle"]
    assert run["last"] == 42


def test_a_result_that_is_gone_is_made_again(pipeline):
    chain(pipeline)
    run = pipeline.run()
    file_of(run, "last").unlink()
    pipeline.ran()
    run = pipeline.resume(run)
    assert pipeline.ran() == ["last"]
    assert reasons(run) == {"last": "ran again: its result 'result_001' was gone"}
    assert sorted(run.results["task"]) == ["beside", "first", "last", "middle"]


def test_a_worker_does_not_take_another_value_that_lies_in_an_input_s_place(pipeline):
    gate = pipeline.folder / "gate"

    def source() -> int:
        return 1

    def sink(source: int) -> int:
        if not gate.exists():
            raise ValueError("not yet")
        return source

    pipeline.define(source)
    pipeline.define(sink)
    run = pipeline.run()
    gate.touch()
    original = file_of(run, "source").read_bytes()

    class Swapping(InlineExecutor):
        def open(self, context, report):
            context.io_manager.save(run_id=run.run_id, task_name="source", task_result_id="result_001", value=2)
            return super().open(context, report)

    again = get_run(run.run_id, pipeline.workspace).resume(executor=Swapping()).wait(60)
    assert again.status == "failed"
    assert again.failures["error_type"].tolist()[-1] == "CorruptResultError"
    assert original
    assert pipeline.resume(run)["sink"] == 1


def test_a_half_written_stream_begins_anew(pipeline):
    note = pipeline.note
    gate = pipeline.folder / "gate"

    def parts() -> Iterator[int]:
        for number in range(4):
            note(f"part{number}")
            yield number
            if number == 1 and not gate.exists():
                raise ValueError("torn")

    def total(parts: list[int]) -> int:
        return sum(parts)

    pipeline.define(parts, stream_output=True)
    pipeline.define(total)
    run = pipeline.run()
    assert list(run["parts"]) == [0, 1]
    gate.touch()
    pipeline.ran()
    run = pipeline.resume(run)
    assert pipeline.ran() == ["part0", "part1", "part2", "part3"]
    assert list(run["parts"]) == [0, 1, 2, 3]
    assert run["total"] == 6
    assert run.tasks.set_index("task")["chunks"]["parts"] == 4


def test_a_stream_with_a_damaged_chunk_is_made_again_whole(pipeline):
    note = pipeline.note

    def parts() -> Iterator[int]:
        note("parts")
        yield from range(3)

    pipeline.define(parts, stream_output=True)
    run = pipeline.run()
    flip(Path(run.results["path"][1]))
    pipeline.ran()
    run = pipeline.resume(run)
    assert pipeline.ran() == ["parts"]
    assert list(run["parts"]) == [0, 1, 2]


def test_a_stream_without_chunks_is_a_result_too(pipeline):
    note = pipeline.note

    def nothing() -> Iterator[int]:
        note("nothing")
        yield from ()

    def count(nothing: list[int]) -> int:
        note("count")
        return len(nothing)

    pipeline.define(nothing, stream_output=True)
    pipeline.define(count)
    run = pipeline.run()
    pipeline.ran()
    assert pipeline.resume(run)["count"] == 0
    assert pipeline.ran() == []


def test_retries_are_counted_anew_and_attempts_go_on(pipeline):
    note = pipeline.note

    def shaky() -> int:
        note("shaky")
        raise ValueError("never")

    pipeline.define(shaky, max_retries=1, retry_delay=0)
    run = pipeline.run()
    run = pipeline.resume(run)
    assert run.status == "failed"
    assert run.attempts["attempt"].tolist() == [1, 2, 3, 4]
    assert pipeline.ran() == ["shaky"] * 4


def test_a_cancelled_run_can_be_resumed_in_workers(pipeline):
    gate = pipeline.folder / "gate"

    def slow() -> int:
        while not gate.exists():
            time.sleep(0.01)
        return 1

    def after(slow: int) -> int:
        return slow + 1

    pipeline.define(slow)
    pipeline.define(after)
    plan = Planner(DAGBuilder(pipeline.registry)).create_execution_plan()
    run = Orchestrator(workers=1, workspace=pipeline.workspace).start_pipeline(plan)
    until(lambda: states(run).get("slow") == "running")
    run.cancel(at_once=True).wait(60)
    assert run.status == "cancelled"
    gate.touch()
    run.resume(workers=1)
    assert run.wait(60).status == "succeeded"
    assert run["after"] == 2


def test_tasks_that_are_not_registered_are_named_with_their_places(pipeline):
    chain(pipeline, broken=True)
    run = pipeline.run()
    registry = TaskRegistry()
    with pytest.raises(PlanMismatchError) as caught:
        get_run(run.run_id, pipeline.workspace).resume(registry=registry)
    for name in ("first", "middle", "last", "beside"):
        assert f"Task {name!r} is not registered; it was defined in {__file__}:" in str(caught.value)
    assert run.status == "failed"
    pipeline.resume(run)  # the refusal let the run go


def test_a_resumption_that_was_cut_off_is_not_mistaken_for_the_first_run(pipeline):
    note = pipeline.note
    chain(pipeline)
    run = pipeline.run()

    def first() -> int:
        note("first")
        return 30

    def middle(first: int) -> int:
        raise KeyboardInterrupt

    pipeline.define(first)
    pipeline.define(middle)
    with pytest.raises(KeyboardInterrupt):
        pipeline.resume(run)
    chain(pipeline)
    pipeline.define(first)
    pipeline.ran()
    run = pipeline.resume(run)
    assert "first" not in pipeline.ran()  # its result is that of the code that it has now
    assert (run["first"], run["middle"], run["last"], run["beside"]) == (30, 31, 62, -30)
    pipeline.resume(run)
    assert pipeline.ran() == []


def test_a_resumed_run_leaves_no_result_without_a_row(pipeline):
    chain(pipeline, broken=True)
    run = pipeline.run()
    store = pipeline.workspace.io_manager
    for result_id in ("result_007", "chunk_00000", "my own"):
        store.save(run_id=run.run_id, task_name="last", task_result_id=result_id, value="late")
    chain(pipeline)
    run = pipeline.resume(run)
    assert run.status == "succeeded"
    stored = {(name, one) for name in run for one in store.list_results(run_id=run.run_id, task_name=name)}
    assert stored == pipeline.workspace.ledger.result_keys(run.run_id) | {("last", "my own")}
