from __future__ import annotations

import html
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from dpnb import InlineExecutor, Orchestrator, Run, Workspace, compare, get_planner, task
from dpnb.errors import RunNotFoundError, UnknownTaskError
from dpnb.results import FilesystemIOManager
from dpnb.results.comparison import FrameComparison

type Start = Callable[..., Run]


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    return Workspace(tmp_path / "자리")


@pytest.fixture
def start(registry, workspace) -> Start:
    def run(params: dict[str, Any] | None = None, where: Workspace | None = None, **options: Any) -> Run:
        plan = get_planner().create_execution_plan(**options)
        made = Orchestrator(executor=InlineExecutor(), workspace=where or workspace).start_pipeline(plan, params=params)
        return made.wait()

    return run


def define_flights(late: float = 1.0) -> None:
    @task
    def 항공편(year: int = 2013) -> pd.DataFrame:
        return pd.DataFrame({"id": [1, 2, 3], "late": [0.0, late, year / 1000]})

    @task
    def total(항공편: pd.DataFrame) -> float:
        return float(항공편["late"].round().sum())


def text_of(shown: Any) -> str:
    bundle = shown._repr_mimebundle_()
    assert bundle["text/html"].startswith("<div>")
    return str(bundle["text/plain"])


def html_of(shown: Any) -> str:
    return html.unescape(shown._repr_mimebundle_()["text/html"])


def changes(frame: pd.DataFrame, name: str = "task") -> dict[str, str]:
    return dict(zip(frame[name], frame["change"].astype("str"), strict=True))


def test_two_runs_of_the_same_are_the_same_in_everything_but_time(start):
    define_flights()
    comparison = compare(start(), start())
    assert comparison.is_equal
    assert set(changes(comparison.tasks).values()) == set(changes(comparison.code).values()) == {"same"}
    text = text_of(comparison)
    assert "✓ The two runs are the same in everything but time." in text
    assert "Results" not in text
    assert repr(comparison).endswith("the same in everything but time>")


def test_a_changed_parameter_is_told_with_what_it_changed(start):
    define_flights()
    comparison = compare(start(), start({"year": 2014}))
    row = comparison.parameters.iloc[0]
    assert (row["parameter"], row["change"], row["a"], row["b"], row["tasks"]) == (
        "year",
        "only in b",
        None,
        2014,
        "항공편",
    )
    assert comparison.tasks["what"].tolist() == ["parameters, result", "inputs"]
    assert changes(comparison.results) == {"항공편": "changed", "total": "same"}
    assert comparison["항공편"].changes["b"].tolist() == [2.014]
    text = text_of(comparison)
    assert "Different: 1 parameter, 1 task's result." in text
    assert "3 rows · 1 cell changed in 1 column" in text


def test_changed_code_is_told_with_a_diff_of_what_it_reaches(start, registry):
    define_flights()
    a = start()
    registry.clear()
    define_flights(late=2.0)
    comparison = compare(a, start())
    assert changes(comparison.code) == {"항공편": "changed", "total": "same"}
    code = comparison.code.set_index("task").loc["항공편"]
    assert "function `항공편` changed in " in code["what"]
    changed = [line for line in code["diff"].splitlines() if line.endswith((" = 1.0", " = 2.0"))]
    assert [line[0] for line in changed] == ["-", "+"]
    assert changed[1] in text_of(comparison)


def test_changed_files_are_told_but_not_when_they_were_written(start, tmp_path):
    path = tmp_path / "값.csv"
    path.write_text("x\n1\n")

    @task(reads=[str(path)])
    def load() -> int:
        return len(path.read_text())

    a = start()
    os.utime(path, (1, 1))
    assert compare(a, start()).is_equal
    path.write_text("x\n2\n3\n")
    comparison = compare(a, start())
    assert comparison.tasks["what"].tolist() == ["files read, result"]
    assert "값.csv` changed (4 B → 6 B)" in comparison.tasks["files"].item()
    assert "값.csv` changed (4 B → 6 B)" in html_of(comparison)


def test_a_reused_result_is_the_same(start):
    define_flights()
    a = start()
    b = Orchestrator(executor=InlineExecutor(), workspace=a.workspace).rerun(a).wait()
    comparison = compare(a, b)
    assert (comparison.tasks["state_b"] == "reused").all()
    assert comparison.is_equal


def test_tasks_that_only_one_run_has_are_told(start, registry):
    define_flights()
    a = start()

    @task
    def more() -> int:
        return 1

    registry.unregister("total")
    comparison = compare(a, start())
    assert changes(comparison.tasks) == {"항공편": "same", "total": "only in a", "more": "only in b"}
    assert list(comparison) == ["항공편", "total", "more"]
    assert len(comparison) == 3
    assert comparison["more"].summary == "only b has a result: 1"
    assert not comparison.is_equal
    assert comparison.tasks["attempts_a"].isna().tolist() == [False, False, True]
    assert comparison.timings["difference"].isna().tolist() == [False, True, True]
    assert "− only in a" in text_of(comparison)


def test_failed_tasks_are_told_with_their_reason(start, registry):
    define_flights()
    a = start()
    registry.unregister("total")

    @task
    def total(항공편: pd.DataFrame) -> float:
        raise ValueError("no")

    comparison = compare(a, start())
    row = comparison.tasks.set_index("task").loc["total"]
    assert (row["what"], row["state_a"], row["state_b"]) == ("state, code, result", "succeeded", "failed")
    assert "ValueError: no" in row["reason_b"]
    assert comparison["total"].summary.startswith("only a has a result")
    assert "succeeded → failed" in text_of(comparison)


def test_frames_have_their_dtypes_also_where_they_are_empty(start):
    define_flights()
    full = compare(start(), start({"year": 2014}))

    @task
    def none() -> int:
        raise ValueError

    empty = compare(*[start(targets=["none"]) for _ in range(2)])
    for aspect in ("runs", "tasks", "parameters", "code", "timings", "results"):
        assert getattr(full, aspect).dtypes.equals(getattr(empty, aspect).dtypes), aspect
    assert empty.results.empty
    assert full.timings.dtypes.astype("str").to_dict() == {
        "task": "str",
        "duration_a": "timedelta64[us]",
        "duration_b": "timedelta64[us]",
        "difference": "timedelta64[us]",
        "ratio": "float64",
        "cpu_a": "timedelta64[us]",
        "cpu_b": "timedelta64[us]",
        "peak_memory_a": "Int64",
        "peak_memory_b": "Int64",
    }
    assert full.runs["started"].dtype == "datetime64[us, UTC]"
    assert full.tasks["state_a"].cat.ordered


def test_a_run_compared_with_itself_is_the_same(start):
    define_flights()
    run = start()
    assert compare(run, run.run_id, workspace=run.workspace).is_equal
    assert "This is one run, compared with itself." in text_of(compare(run, run))


def test_runs_may_be_of_different_workspaces(start, tmp_path):
    define_flights()
    elsewhere = Workspace(tmp_path / "elsewhere")
    comparison = compare(start(), start({"year": 2014}, where=elsewhere))
    assert comparison["항공편"].changes["b"].tolist() == [2.014]
    assert str(elsewhere.home) in html_of(comparison)


def test_ids_are_looked_up_and_latest_is_the_newest(start, workspace):
    define_flights()
    a, b = start(), start()
    comparison = compare(a.run_id, "latest", workspace=workspace)
    assert comparison.runs["run_id"].tolist() == [a.run_id, b.run_id]


def test_an_unknown_run_is_refused_with_the_nearest(start, workspace):
    define_flights()
    run = start()
    with pytest.raises(RunNotFoundError, match=f"the closest are '{run.run_id}'"):
        compare(run, f"{run.run_id[:-1]}z", workspace=workspace)


def test_what_is_no_run_is_refused(start):
    define_flights()
    with pytest.raises(TypeError, match="takes runs or their ids, not 'DataFrame'; .*compare_values"):
        compare(start(), pd.DataFrame())  # type: ignore[arg-type]


def test_an_unknown_task_is_refused_with_the_nearest(start):
    define_flights()
    run = start()
    with pytest.raises(UnknownTaskError, match="total"):
        compare(run, run)["totals"]
    with pytest.raises(UnknownTaskError, match="total"):
        compare(run, run, keys={"totals": "id"})


def test_keys_and_tolerances_are_those_that_were_asked_for(start):
    define_flights()
    a, b = start(), start({"year": 2014})
    comparison = compare(a, b, keys={"항공편": "late"}, atol=0.0001)
    by_late = comparison["항공편"]
    assert isinstance(by_late, FrameComparison)
    assert by_late.rows.added == 1
    assert comparison.values("항공편", key="id").changes["a"].tolist() == [2.013]
    assert comparison.values("항공편", key="id", atol=0.1).is_equal
    assert comparison["항공편"] is by_late


def result_file(run: Run, name: str) -> Path:
    results = run.results
    return Path(results.loc[results["task"] == name, "path"].item())


def test_results_that_are_gone_or_damaged_are_told(start):
    define_flights()
    a, b = start(), start({"year": 2014})
    result_file(a, "항공편").unlink()
    damaged = result_file(b, "total")
    damaged.write_bytes(damaged.read_bytes()[:-30])
    comparison = compare(a, b)
    problems = dict(zip(comparison.results["task"], comparison.results["problem"], strict=True))
    assert problems["항공편"] == "a: result_001 is gone"
    assert problems["total"].startswith("b: result_001 is damaged: ")
    text = text_of(comparison)
    assert "a: result_001 is gone" in text
    assert "b: result_001 is damaged" in text


def test_an_untrusted_store_is_told_not_raised(start, workspace):
    define_flights()
    a, b = start(), start({"year": 2014})
    (workspace.base_path / "store.json").write_text('{"store": "theirs", "owners": "self", "signature": ""}')
    fresh = Workspace(workspace.home, io_manager=FilesystemIOManager(workspace.base_path))
    assert "is not trusted (another user or another machine made it)" in html_of(
        compare(a.run_id, b.run_id, workspace=fresh)
    )


def test_what_digests_call_equal_is_not_loaded(start, monkeypatch):
    loaded: list[str] = []
    load = FilesystemIOManager.load

    def counted(self: Any, run_id: str, task_name: str, task_result_id: str, digest: str | None = None) -> Any:
        loaded.append(task_name)
        return load(self, run_id, task_name, task_result_id, digest)

    define_flights()
    a, b, c = start(), start(), start({"year": 2014})
    monkeypatch.setattr(FilesystemIOManager, "load", counted)
    text_of(compare(a, b))
    for name in ("항공편", "total"):
        assert compare(a, b)[name].is_equal
        text_of(compare(a, b)[name])
    comparison = compare(a, c)
    for aspect in ("runs", "tasks", "parameters", "code", "timings", "results"):
        getattr(comparison, aspect)
    assert loaded == []
    text_of(comparison)
    assert loaded == ["항공편", "항공편"]


def test_streams_are_compared_chunk_by_chunk(start):
    @task(stream_output=True)
    def months(last: int = 3) -> Iterator[int]:
        yield from (1, 2, last)

    comparison = compare(start(), start({"last": 4}))
    assert comparison["months"].summary == "3 chunks: 2 same, 1 changed"
    row = comparison.results.iloc[0]
    assert (row["chunks_a"], row["chunks_b"], row["change"]) == (3, 3, "changed")


def test_results_of_equal_value_and_other_bytes_are_told_as_such(start):
    @task
    def words(joined: bool = False) -> list[str]:
        word = "x" * 300
        return [word, "".join(["x"] * 300) if joined else word]

    comparison = compare(start(), start({"joined": True}))
    assert changes(comparison.results) == {"words": "changed"}
    assert "no difference of value, though of the stored bytes" in html_of(comparison)


def test_a_helper_that_many_tasks_share_is_shown_once(start, registry):
    def define(helper: Callable[[], int]) -> None:
        for name in ("a", "b", "c"):

            @task(name=name)
            def use() -> int:
                return helper()

    define(lambda: 1)
    a = start()
    registry.clear()
    define(lambda: 2)
    text = text_of(compare(a, start()))
    assert "a, b, c\n" in text
    assert text.count("+++") == 1
