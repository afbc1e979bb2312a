"""Runs of the same again: what is fresh is reused, what is stale or failed runs, and each run is whole by itself."""

from __future__ import annotations

import importlib
import os
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dpnb import InlineExecutor, get_run
from dpnb.errors import PlanError, ResultNotFoundError, UnknownTaskError
from dpnb.orchestrator import PoolExecutor
from dpnb.results import FilesystemIOManager
from tests.noted_pipeline import NotedPipeline
from tests.outcomes import states

if TYPE_CHECKING:
    from types import ModuleType

    from dpnb.orchestrator import Run

pytestmark = pytest.mark.integration


def chain(pipeline: NotedPipeline, *, factor: int = 1, shift: int = 1, broken: bool = False) -> None:
    """Define first → middle → last, and beside, which takes first too; `factor` and `shift` are reached as helpers."""
    note = pipeline.note

    def times(number: int) -> int:
        return number * factor

    def first(year: int = 2013) -> int:
        note("first")
        return times(year) // factor

    def middle(first: int) -> int:
        note("middle")
        if broken:
            raise ValueError("not yet")
        return first + shift

    def last(middle: int, 배율: int = 2) -> int:
        note("last")
        return middle * 배율

    def beside(first: int) -> int:
        note("beside")
        return -first

    for function in (first, middle, last, beside):
        pipeline.define(function)


def reused(run: Run) -> list[str]:
    return sorted(name for name, state in states(run).items() if state == "reused")


def files(run: Run) -> dict[str, os.stat_result]:
    return {str(row.task): Path(str(row.path)).stat() for row in run.results.itertuples()}


def test_what_has_not_changed_is_reused_without_taking_space(pipeline):
    chain(pipeline)
    run = pipeline.run()
    pipeline.ran()
    again = pipeline.rerun(run)
    assert pipeline.ran() == []
    assert set(states(again).values()) == {"reused"}
    assert [again[name] for name in again] == [run[name] for name in run]
    assert {name: file.st_ino for name, file in files(again).items()} == {
        name: file.st_ino for name, file in files(run).items()
    }
    assert again.status == "succeeded"
    assert again.record.rerun_of == run.run_id
    assert {record.reason for record in again.task_records()} == {f"reused from {run.run_id}"}
    assert again.tasks["bytes"].tolist() == run.tasks["bytes"].tolist()


def test_each_run_is_whole_when_those_that_it_reused_are_deleted(pipeline):
    chain(pipeline)
    run = pipeline.run()
    second = pipeline.rerun(run)
    third = pipeline.rerun(second)
    values = {name: run[name] for name in run}
    run.delete()
    second.delete()
    assert {name: third[name] for name in third} == values
    pipeline.ran()
    fourth = pipeline.rerun(third)
    assert pipeline.ran() == []
    assert {record.origin for record in fourth.task_records()} == {run.run_id}
    assert pipeline.workspace.check().empty


def test_an_edit_runs_again_what_it_reaches_and_what_is_given_something_else(pipeline):
    chain(pipeline)
    run = pipeline.run()
    pipeline.ran()
    chain(pipeline, shift=5)
    again = pipeline.rerun(run)
    assert pipeline.ran() == ["middle", "last"]
    assert reused(again) == ["beside", "first"]
    assert again["last"] == (2013 + 5) * 2


def test_what_comes_out_as_before_leaves_what_takes_it_fresh(pipeline):
    chain(pipeline)
    run = pipeline.run()
    pipeline.ran()
    chain(pipeline, factor=3)
    again = pipeline.rerun(run)
    assert pipeline.ran() == ["first"]
    assert reused(again) == ["beside", "last", "middle"]


def test_parameters_run_again_exactly_what_takes_them(pipeline):
    chain(pipeline)
    run = pipeline.run(year=2013)
    pipeline.ran()
    other = pipeline.rerun(run, params={"배율": 10})
    assert pipeline.ran() == ["last"]
    assert other["last"] == 20140
    pipeline.rerun(other, params={"year": 2014})
    assert sorted(pipeline.ran()) == ["beside", "first", "last", "middle"]


def test_going_back_to_what_was_finds_the_results_of_then(pipeline):
    chain(pipeline)
    run = pipeline.run(year=2013)
    later = pipeline.rerun(run, params={"year": 2014})
    chain(pipeline, shift=7)
    pipeline.rerun(later)
    pipeline.ran()
    chain(pipeline)
    back = pipeline.rerun(later, params={"year": 2013})
    assert pipeline.ran() == []
    assert {record.origin for record in back.task_records()} == {run.run_id}


def test_a_failed_run_is_gone_on_with_in_a_new_one(pipeline):
    chain(pipeline, broken=True)
    run = pipeline.run()
    assert run.status == "failed"
    pipeline.ran()
    chain(pipeline)
    again = pipeline.rerun(run).raise_for_failures()
    assert "first" in reused(again)
    assert "first" not in pipeline.ran()
    assert again.status == "succeeded"
    assert states(run)["middle"] == "failed"


def test_all_means_all(pipeline):
    chain(pipeline)
    run = pipeline.run()
    pipeline.ran()
    again = pipeline.rerun(run, "all")
    assert sorted(pipeline.ran()) == ["beside", "first", "last", "middle"]
    assert reused(again) == []


def test_only_what_failed_and_what_waits_for_it_runs_whatever_else_has_changed(pipeline):
    chain(pipeline, broken=True)
    run = pipeline.run()
    pipeline.ran()
    chain(pipeline, factor=3, shift=100)
    had = {name for name, state in states(run).items() if state == "succeeded"}
    again = pipeline.rerun(run, "failed")
    assert set(pipeline.ran()) == {"first", "middle", "last", "beside"} - had
    assert set(reused(again)) == had
    assert again["middle"] == 2113
    pipeline.rerun(again)
    assert pipeline.ran() == ["first"]  # it was taken as it was, which did not make it fresh


def test_named_tasks_run_with_or_without_what_depends_on_them(pipeline):
    chain(pipeline)
    run = pipeline.run()
    pipeline.ran()
    pipeline.rerun(run, ["middle"])
    assert pipeline.ran() == ["middle", "last"]
    alone = pipeline.rerun(run, "mid*", downstream=False)
    assert pipeline.ran() == ["middle"]
    assert reused(alone) == ["beside", "first", "last"]


def test_named_tasks_run_beside_those_whose_parameter_is_another(pipeline):
    chain(pipeline)
    run = pipeline.run()
    pipeline.ran()
    again = pipeline.rerun(run, ["beside"], params={"배율": 10}, downstream=False)
    assert sorted(pipeline.ran()) == ["beside", "last"]
    assert again["last"] == 20140


def test_names_that_are_none_are_refused_with_the_nearest(pipeline):
    chain(pipeline)
    run = pipeline.run()
    with pytest.raises(UnknownTaskError, match="'middle'"):
        pipeline.rerun(run, ["midle"])
    with pytest.raises(UnknownTaskError, match="'failed'"):
        pipeline.rerun(run, "fialed")


def test_what_only_comes_after_a_task_runs_again_if_that_does(pipeline):
    note = pipeline.note

    def define(table: str) -> None:
        def prepare() -> None:
            note(f"prepare-{table}")

        def use() -> int:
            note("use")
            return 1

        pipeline.define(prepare)
        pipeline.define(use, dependencies=["prepare"])

    define("a")
    run = pipeline.run()
    pipeline.ran()
    second = pipeline.rerun(run)
    assert pipeline.ran() == []
    define("b")
    third = pipeline.rerun(second)
    assert pipeline.ran() == ["prepare-b", "use"]
    pipeline.rerun(third)
    assert pipeline.ran() == []
    pipeline.rerun(third, ["prepare"], downstream=False)
    assert pipeline.ran() == ["prepare-b"]
    pipeline.rerun(third)
    assert pipeline.ran() == ["use"]


def months(pipeline: NotedPipeline, *, count: int = 3, consumer: str = "total") -> None:
    note = pipeline.note

    def chunks() -> Iterator[int]:
        note("chunks")
        yield from range(count)

    def total(chunks: Iterator[int]) -> int:
        note(consumer)
        return sum(chunks)

    pipeline.define(chunks, stream_output=True)
    pipeline.define(total)


@pytest.mark.parametrize("count", [0, 3])
def test_a_stream_is_reused_chunk_by_chunk(pipeline, count):
    months(pipeline, count=count)
    run = pipeline.run()
    pipeline.ran()
    again = pipeline.rerun(run)
    assert (pipeline.ran(), states(again)) == ([], {"chunks": "reused", "total": "reused"})
    months(pipeline, count=count, consumer="other total")
    again = pipeline.rerun(again, executor=PoolExecutor(2))
    assert pipeline.ran() == ["other", "total"]
    assert (list(again["chunks"]), again["total"]) == (list(range(count)), sum(range(count)))


def test_a_missing_or_damaged_result_is_made_again(pipeline):
    chain(pipeline)
    run = pipeline.run()
    pipeline.ran()
    paths = run.results.set_index("task")["path"]
    Path(paths["beside"]).unlink()
    with Path(paths["middle"]).open("r+b") as file:
        file.write(b"\xff\xff\xff")
    again = pipeline.rerun(run)
    assert sorted(pipeline.ran()) == ["beside", "middle"]
    assert again["middle"] == 2014
    assert again["beside"] == -2013


@pytest.mark.parametrize("make_executor", [InlineExecutor, lambda: PoolExecutor(1)], ids=["inline", "workers"])
def test_what_was_to_be_reused_and_has_to_run_is_recorded_as_what_runs(pipeline, monkeypatch, make_executor):
    note, factor = pipeline.note, 3

    def edit_helper(*_: object, **__: object) -> None:
        nonlocal factor
        factor = 5
        raise ResultNotFoundError("run", "product", "result", known=[])

    def product() -> int:
        note("product")
        return 2 * factor

    pipeline.define(product)
    run = pipeline.run()
    with monkeypatch.context() as patched:  # between the run's start and the task's turn
        patched.setattr(FilesystemIOManager, "link", edit_helper)
        again = pipeline.rerun(run, executor=make_executor())
    assert pipeline.ran() == ["product", "product"]
    assert again["product"] == 2 * 5
    assert "factor = 5" in again.source("product")
    assert pipeline.rerun(again)["product"] == 2 * 5
    assert pipeline.ran() == []


def test_workers_reuse_as_well(pipeline):
    chain(pipeline)
    executor = PoolExecutor(2)
    run = pipeline.run(executor).wait(60)
    pipeline.ran()
    chain(pipeline, shift=4)
    again = pipeline.rerun(run, executor=executor)
    assert pipeline.ran() == ["middle", "last"]
    assert again["last"] == (2013 + 4) * 2
    assert states(again) == {"first": "reused", "beside": "reused", "middle": "succeeded", "last": "succeeded"}


def test_files_that_a_task_declares_are_part_of_it(pipeline, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = tmp_path / "자료.csv"
    note = pipeline.note

    def write(text: str) -> None:
        data.write_text(text)
        moment = time.time() - 100
        os.utime(data, (moment, moment))

    def count() -> int:
        note("count")
        return len(data.read_text())

    write("1")
    pipeline.define(count, reads="*.csv")
    run = pipeline.run()
    assert pipeline.ran() == ["count"]
    data.touch()
    assert reused(pipeline.rerun(run)) == ["count"]
    write("22")
    again = pipeline.rerun(run, executor=PoolExecutor(1))
    assert (pipeline.ran(), again["count"]) == (["count"], 2)
    write("1")
    assert pipeline.rerun(again)["count"] == 1
    assert pipeline.ran() == []


def test_a_file_that_a_task_of_the_run_writes_is_looked_at_when_it_is_there(pipeline, tmp_path):
    note, data = pipeline.note, tmp_path / "made.txt"

    def make(text: str = "1") -> None:
        note("make")
        data.write_text(text)

    def use() -> str:
        note("use")
        return str(data.read_text())

    pipeline.define(make)
    pipeline.define(use, dependencies=["make"], reads=data)
    run = pipeline.run()
    assert pipeline.ran() == ["make", "use"]
    again = pipeline.rerun(run)
    assert (pipeline.ran(), again["use"]) == ([], "1")
    other = pipeline.rerun(run, params={"text": "2"})
    assert (pipeline.ran(), other["use"]) == (["make", "use"], "2")


def test_what_must_not_be_cached_runs_and_what_has_expired_too(pipeline):
    note = pipeline.note

    def now() -> int:
        note("now")
        return 1

    def soon(now: int) -> int:
        note("soon")
        return now

    pipeline.define(now, cache="never")
    pipeline.define(soon, expires_after=3600)
    run = pipeline.run()
    pipeline.ran()
    again = pipeline.rerun(run)
    assert (pipeline.ran(), reused(again)) == (["now"], ["soon"])
    pipeline.define(soon, expires_after=0.001)
    time.sleep(0.01)
    pipeline.rerun(again)
    assert pipeline.ran() == ["now", "soon"]


def test_the_source_of_then_is_kept_with_each_run(pipeline):
    chain(pipeline)
    run = pipeline.run()
    chain(pipeline, shift=9)
    again = pipeline.rerun(run)
    assert "return first + shift" in run.source("middle")
    assert "return number * factor" in run.source("first")
    assert run.diff_source(again, "first") == ""
    difference = run.diff_source(again)
    assert "-# closure shift = 1" in difference.splitlines()
    assert "+# closure shift = 9" in difference.splitlines()
    assert again.diff_source(run.run_id, "middle")
    with pytest.raises(UnknownTaskError, match="'middle'"):
        run.source("midle")


def test_a_parameter_that_was_stored_as_text_is_to_be_given_again(pipeline):
    class Opaque:
        pass

    note = pipeline.note

    def given(target: object) -> Any:
        note("given")
        return str(type(target).__name__)

    pipeline.define(given)
    run = pipeline.run(target=Opaque())
    with pytest.raises(PlanError, match="'target' was stored as text only"):
        pipeline.rerun(get_run(run.run_id, pipeline.workspace))
    assert pipeline.rerun(run, params={"target": 3})["given"] == "int"


def test_a_resumed_run_notices_an_edited_helper_and_names_it(pipeline):
    chain(pipeline, broken=True)
    run = pipeline.run()
    pipeline.ran()
    chain(pipeline, factor=3)
    resumed = pipeline.resume(run)
    assert "first" in pipeline.ran()
    reason = next(record.reason for record in resumed.task_records() if record.task == "first")
    assert reason.startswith("ran again: ")
    assert "function `times` changed in " in reason


def test_a_rerun_that_is_resumed_goes_on_reusing(pipeline):
    chain(pipeline)
    run = pipeline.run()
    chain(pipeline, shift=2, broken=True)
    broken = pipeline.rerun(run, params={"배율": 3})
    assert states(broken)["middle"] == "failed"
    pipeline.ran()
    chain(pipeline, shift=2)
    resumed = pipeline.resume(broken)
    assert resumed.status == "succeeded"
    assert reused(resumed) == ["beside", "first"]
    assert pipeline.ran() == ["middle", "last"]


def test_what_was_taken_over_no_longer_counts_once_a_resumed_run_makes_it_again(pipeline):
    def define(last: int, *, broken: bool) -> None:
        def months() -> Iterator[int]:
            yield from range(1, last + 1)

        def end(months: Iterator[int]) -> int:
            if broken:
                raise ValueError("not yet")
            return sum(months)

        pipeline.define(months, stream_output=True)
        pipeline.define(end)

    define(4, broken=False)
    run = pipeline.run()
    define(4, broken=True)
    broken = pipeline.rerun(run)
    assert reused(broken) == ["months"]
    define(2, broken=False)
    resumed = pipeline.resume(broken)
    assert list(resumed["months"]) == [1, 2]
    assert resumed["end"] == 3
    assert reused(pipeline.rerun(resumed)) == ["end", "months"]


def test_a_ledger_that_is_made_anew_finds_what_was_taken_over(pipeline):
    chain(pipeline)

    def numbers() -> Iterator[int]:
        yield from range(12)

    pipeline.define(numbers, stream_output=True)
    again = pipeline.rerun(pipeline.run())
    values = {name: again[name] for name in again if name != "numbers"}
    ledger = pipeline.workspace.home / "ledger.db"
    pipeline.workspace.ledger.close()
    with closing(sqlite3.connect(ledger)) as damaged, damaged:
        damaged.execute("DELETE FROM results")
    pipeline.workspace.rebuild_ledger()
    found = get_run(again.run_id, pipeline.workspace)
    assert {name: found[name] for name in values} == values
    assert list(found["numbers"]) == list(range(12))
    pipeline.ran()
    assert reused(pipeline.rerun(found)) == sorted(again)


def test_equal_bytes_that_name_an_edited_class_are_not_the_same_result(pipeline, tmp_path, monkeypatch):
    note = pipeline.note
    module = tmp_path / "shapes.py"
    monkeypatch.syspath_prepend(str(tmp_path))

    def edit(factor: int) -> ModuleType:
        module.write_text(
            f"class Square:\n    side = 2\n\n    def area(self):\n        return self.side**2 * {factor}\n"
        )
        importlib.invalidate_caches()
        sys.modules.pop("shapes", None)
        return importlib.import_module("shapes")

    def define(shapes: ModuleType) -> None:
        def make() -> list[Any]:
            note("make")
            return [shapes.Square()]

        def use(make: list[Any]) -> int:
            note("use")
            return int(make[0].area())

        pipeline.define(make)
        pipeline.define(use)

    executor = PoolExecutor(1)
    define(edit(1))
    run = pipeline.run(executor).wait(60)
    assert (pipeline.ran(), run["use"]) == (["make", "use"], 4)
    again = pipeline.rerun(run, executor=executor)
    assert pipeline.ran() == []
    define(edit(100))
    later = pipeline.rerun(again, executor=executor)
    assert (pipeline.ran(), later["use"]) == (["make", "use"], 400)
    sys.modules.pop("shapes", None)
