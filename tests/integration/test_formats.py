"""Tasks whose results are files that other programs read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import pandas as pd
import pytest

from dpnb import browse, get_planner, task
from dpnb.results import register_serializer
from dpnb.results.formats import registry

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.integration


def define(file_format: str | None) -> None:
    @task(format=file_format)
    def source() -> pd.DataFrame:
        return pd.DataFrame({"편명": ["KE1", "KE2"], "delay": [1.5, 2.5]})

    @task
    def total(source: pd.DataFrame) -> float:
        return float(source["delay"].sum())


def test_another_format_makes_a_task_run_again_and_says_so(registry, orchestrator):
    define(None)
    orchestrator.start_pipeline(get_planner().create_execution_plan()).wait(60)
    define("parquet")
    plan = get_planner().create_execution_plan(reuse="fresh")
    assert "'parquet', and is a 'pickle'" in str(plan.explain("source"))
    run = orchestrator.start_pipeline(plan)
    run.wait(60)
    assert run["total"] == 4.0
    stored = run.results.set_index("task")
    assert stored.loc["source", "format"] == "parquet"
    assert Path(stored.loc["source", "path"]).suffix == ".parquet"
    pd.testing.assert_frame_equal(pd.read_parquet(stored.loc["source", "path"]), run["source"])
    assert stored.loc["source", "preview"] == "편명: KE1, delay: 1.5"
    page = browse(run, "source").answer({"ask": "page", "offset": 1, "limit": 1})
    assert page["cells"] == [["KE2"], ["2.5"]]

    again = run.rerun()
    again.wait(60)
    assert set(again.tasks["state"]) == {"reused"}
    first, second = (one.results.set_index("task").loc["source", "path"] for one in (run, again))
    assert Path(first).samefile(second)
    run.delete()
    assert again["source"]["delay"].tolist() == [1.5, 2.5]


def test_each_chunk_of_a_stream_is_a_file_of_the_format(registry, orchestrator):
    @task(stream_output=True, format="feather")
    def parts() -> Iterator[pd.DataFrame]:
        for number in range(3):
            yield pd.DataFrame({"n": [number]})

    @task
    def total(parts: Iterator[pd.DataFrame]) -> int:
        return sum(int(part["n"].sum()) for part in parts)

    run = orchestrator.start_pipeline(get_planner().create_execution_plan())
    run.wait(60)
    assert run["total"] == 3
    assert [Path(path).name for path in run.results["path"]][:3] == [f"chunk_0000{n}.feather" for n in range(3)]
    assert run["parts"].concat()["n"].tolist() == [0, 1, 2]


def test_a_value_that_the_format_would_change_fails_its_task_with_the_place(registry, orchestrator):
    @task(format="json")
    def source() -> dict[str, Any]:
        return {"자리": [1, (2, 3)]}

    run = orchestrator.start_pipeline(get_planner().create_execution_plan())
    run.wait(60)
    assert run.tasks["state"].item() == "failed"
    error = run.failures["error"].item()
    assert "result['자리'][1] is a tuple, which would come back as a list" in error
    assert run.results.empty


def test_a_format_that_a_notebook_defines_is_known_in_its_workers(registry, orchestrator, monkeypatch):
    monkeypatch.setattr("dpnb.results.formats.registry._known", dict(registry_of_formats()))

    class Point:
        def __init__(self, x: int) -> None:
            self.x = x

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Point) and self.x == other.x

        __hash__ = None  # type: ignore[assignment]

    Point.__module__, Point.__qualname__ = "__main__", "Point"

    def write(point: Any, file: BinaryIO) -> None:
        file.write(str(point.x).encode())

    def read(file: BinaryIO) -> Any:
        return Point(int(file.read()))

    register_serializer("point", Point, write=write, read=read)

    @task(format="point")
    def source() -> Any:
        return Point(7)

    @task
    def taken(source: Any) -> int:
        x: int = source.x
        return x

    run = orchestrator.start_pipeline(get_planner().create_execution_plan())
    run.wait(60)
    assert run["taken"] == 7
    assert Path(run.results["path"][0]).read_text() == "7"


def registry_of_formats() -> dict[Any, Any]:
    return registry._known
