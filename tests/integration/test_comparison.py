"""Runs of real worker processes, compared in the process that started them, in another, and on the terminal."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from dpnb import Orchestrator, Run, compare, get_planner, task
from dpnb.results.comparison import FrameComparison
from tests.waiting import until

pytestmark = pytest.mark.integration

ROWS = 20_000


def define(fare: float = 10.0) -> None:
    @task
    def 승객(last: int = ROWS) -> pd.DataFrame:
        return pd.DataFrame({"id": range(last), "fare": [fare if n == 7 else 10.0 for n in range(last)]})

    @task(stream_output=True)
    def parts(승객: pd.DataFrame) -> Iterator[pd.DataFrame]:
        for start in range(0, len(승객), 5_000):
            yield 승객.iloc[start : start + 5_000]

    @task
    def mean(parts: list[pd.DataFrame]) -> float:
        return float(pd.concat(parts)["fare"].mean())

    @task
    def rows(승객: pd.DataFrame) -> int:
        return len(승객)


def start(**params: int) -> Run:
    run = Orchestrator(workers=2).start_pipeline(get_planner().create_execution_plan(), params=params)
    return run.wait().raise_for_failures()


def dpnb(*arguments: str, code: int = 0) -> str:
    command, environment = [sys.executable, "-m", "dpnb.cli", *arguments], os.environ | {"COLUMNS": "140"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_an_edit_is_found_in_code_results_and_what_came_of_them(registry):
    define()
    a = start()
    registry.clear()
    define(fare=12.5)
    comparison = compare(a, start())
    what = dict(zip(comparison.tasks["task"], comparison.tasks["what"], strict=True))
    assert what == {"승객": "code, result", "parts": "inputs, result", "mean": "inputs, result", "rows": "inputs"}
    frame = comparison["승객"]
    assert isinstance(frame, FrameComparison)
    assert frame.changes.reset_index().to_numpy().tolist() == [[7, "fare", 10.0, 12.5, 2.5]]
    assert comparison["parts"].summary == "4 chunks: 3 same, 1 changed"
    assert comparison["mean"].changes["difference"].item() == pytest.approx(2.5 / ROWS)
    assert comparison["rows"].is_equal
    assert comparison.values("승객", atol=3).is_equal
    assert "12.5" in comparison.code.set_index("task")["diff"]["승객"]


def test_the_terminal_tells_the_same(registry):
    define()
    a, b = start(), start(last=ROWS - 5_000)
    said = dpnb("compare", a.run_id, b.run_id)
    assert "Different: 1 parameter, 3 tasks' results." in said
    assert "20,000 → 15,000" in said.replace("\N{NO-BREAK SPACE}", " ")
    assert "\x1b" not in said
    of_task = dpnb("compare", a.run_id, "latest", "--task", "승객", "--key", "id", "--exit-code", code=1)
    assert "15,000 rows in both, 5,000 removed" in of_task
    assert "Rows are paired by id: as asked for." in of_task
    assert dpnb("compare", "latest", b.run_id, "--exit-code").count("compared with itself") == 1


def test_the_terminal_refuses_what_it_cannot_compare(registry):
    assert "No run yet" in dpnb("compare", "latest", code=1)
    define()
    run = start()
    assert "Unknown run 'never'" in dpnb("compare", "never", run.run_id, code=1)
    assert "--task" in dpnb("compare", run.run_id, "--key", "id", code=2)
    assert "승객" in dpnb("compare", run.run_id, run.run_id, "--task", "승객들", code=1)


def test_a_run_that_is_going_is_compared_as_far_as_it_is(registry, tmp_path: Path):
    gate = tmp_path / "gate"

    @task
    def first() -> int:
        return 1

    @task
    def second(first: int) -> int:
        pause = threading.Event()
        while not gate.exists():
            pause.wait(0.01)
        return first + 1

    gate.touch()
    a = start()
    gate.unlink()
    b = Orchestrator(workers=1).start_pipeline(get_planner().create_execution_plan())
    try:
        until(lambda: (b.tasks["state"] == "running").any() and (b.tasks["state"] == "succeeded").any())
        comparison = compare(a, b)
        text = comparison._repr_mimebundle_()["text/plain"]
        assert "Run b is still going; this is how far it was." in text
        assert comparison.tasks["what"].tolist()[1].startswith("state")
        assert comparison["first"].is_equal
        assert comparison["second"].summary == "only a has a result: 2"
    finally:
        gate.touch()
        b.wait()
    assert compare(a, b).is_equal
