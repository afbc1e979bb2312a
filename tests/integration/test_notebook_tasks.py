"""Notebooks as tasks, in workers and kernels that are real."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import psutil
import pytest
from nbformat.v4 import new_markdown_cell

from dpnb import InlineExecutor, Orchestrator, Stream, TaskRegistry, Workspace, notebook_task, task
from dpnb.errors import NoExecutedNotebookError, NotebookExecutionError
from dpnb.orchestrator import Run
from dpnb.planner import DAGBuilder, Planner
from dpnb.results import FsspecIOManager
from tests.notebook_files import write_notebook
from tests.outcomes import states
from tests.waiting import until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

REPORT = (
    """
import dpnb
import 도우미

late = dpnb.inputs["지연"]
late["seen"] = True  # what it is given is its own
months = dpnb.inputs["달"]
""",
    """
%matplotlib inline
from matplotlib.figure import Figure
figure = Figure()
figure.subplots().plot([1, top])
figure
""",
    """
dpnb.output(late.nlargest(도우미.at_most(top), "minutes"))
""",
)
BROKEN = (
    """
import dpnb
dpnb.output("given too early")

def share(minutes):
    return minutes / 0
""",
    """
# Who is late?
minutes = dpnb.inputs["지연"]["minutes"].sum()
share(int(minutes))
""",
    "'never'",
)
RECORD_ONLY = "1 + 1", "class 값:\n    def __init__(self, x):\n        self.x = x"
OWN_CLASS = "class 값:\n    x = 3", "import dpnb\ndpnb.output(값())"
HANGS = (
    """
import os, subprocess, time
from pathlib import Path
child = subprocess.Popen(["sleep", "600"], start_new_session=True)
Path("pids.draft").write_text(f"{os.getpid()} {child.pid}")
Path("pids.draft").rename("pids")
""",
    """
while True:
    try:
        time.sleep(600)
    except BaseException:
        pass
""",
)


def plan_of(registry: TaskRegistry, **params: Any) -> Any:
    return Planner(DAGBuilder(registry)).create_execution_plan(params=params)


def define(folder: Path, registry: TaskRegistry) -> None:
    """Define tasks and notebooks of all kinds in one pipeline."""

    @task(registry=registry)
    def 지연() -> pd.DataFrame:
        return pd.DataFrame({"minutes": [5, 90, 30, 60]})

    @task(registry=registry, stream_output=True)
    def 달() -> Iterator[int]:
        yield from (1, 2)

    (folder / "도우미.py").write_text("def at_most(count):\n    return min(count, 100)\n")
    write_notebook(folder / "보고.ipynb", new_markdown_cell("# 지연 보고"), *REPORT, defaults="top = 1")
    write_notebook(folder / "broken.ipynb", *BROKEN)
    write_notebook(folder / "plain.ipynb", *RECORD_ONLY)
    write_notebook(folder / "own.ipynb", *OWN_CLASS)
    report = notebook_task(folder / "보고.ipynb", registry=registry, tags=["report"])
    notebook_task(folder / "broken.ipynb", registry=registry, fail_safe=True, retry_on="ValueError", max_retries=3)
    notebook_task(folder / "plain.ipynb", name="<b>plain</b>", registry=registry, dependencies=[report])
    notebook_task(folder / "own.ipynb", registry=registry)

    @task(registry=registry)
    def after(보고: pd.DataFrame) -> list[int]:
        return 보고["minutes"].tolist()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("공책들")


@pytest.fixture(scope="module")
def defined(folder: Path) -> Iterator[TaskRegistry]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DPNB_STATE_HOME", str(folder / ".state"))
        registry = TaskRegistry(notify=None)
        define(folder, registry)
        yield registry


@pytest.fixture(autouse=True)
def same_user(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DPNB_STATE_HOME", str(folder / ".state"))


@pytest.fixture(scope="module")
def notes() -> list[str]:
    return []


@pytest.fixture(scope="module")
def run(folder: Path, defined: TaskRegistry, notes: list[str]) -> Run:
    """Give one run of all of them, and what was said of their progress."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DPNB_STATE_HOME", str(folder / ".state"))
        started = Orchestrator(workers=2, workspace=Workspace(folder / "store")).start_pipeline(plan_of(defined, top=3))
        while started.is_running:
            notes.extend(said.note for said in started.progress.values() if said.note not in notes)
            threading.Event().wait(0.02)
        return started.wait()


def outputs(run: Run, name: str) -> list[Any]:
    notebook = nbformat.read(run.notebook(name).path, as_version=4)
    return [output for cell in notebook.cells for output in cell.get("outputs", ())]


def test_the_pipeline_goes_on_after_its_notebooks(run):
    assert states(run) == {
        "지연": "succeeded",
        "달": "succeeded",
        "own": "succeeded",
        "broken": "failed",
        "보고": "succeeded",
        "after": "succeeded",
        "<b>plain</b>": "succeeded",
    }, run.failures["traceback"].tolist()


def test_a_notebook_gives_a_value_that_others_take_by_its_name(run):
    assert run["보고"].to_dict("list") == {"minutes": [90, 60, 30], "seen": [True] * 3}
    assert run["after"] == [90, 60, 30]
    assert run["지연"].columns.tolist() == ["minutes"], "what a notebook changes is its own"


def test_an_object_of_a_class_from_the_notebook_can_be_given(run):
    assert run["own"].x == 3


def test_without_an_output_the_result_tells_where_the_notebook_lies(run):
    given = run["<b>plain</b>"]
    assert given == run.notebook("<b>plain</b>")
    assert given.page.name == "result_001.html"
    with pytest.raises(NoExecutedNotebookError, match="'after' has left no executed notebook"):
        run.notebook("after")


def test_its_copy_has_outputs_and_the_run_parameters_in_the_place_of_defaults(run):
    notebook = nbformat.read(run.notebook("보고").path, as_version=4)
    nbformat.validate(notebook)
    assert [cell.source for cell in notebook.cells[:2]] == ["top = 1", "# Parameters\ntop = 3"]
    shown = [mime for output in outputs(run, "보고") for mime in output["data"]]
    assert "image/png" in shown
    assert "text/html" in shown
    assert "widgets" not in notebook.metadata


def test_its_copy_and_its_page_are_results_beside_what_it_has_given(run):
    results = run.results
    given = results[results["task"] == "보고"]
    assert given["result_id"].tolist() == ["result_001", "result_001.html", "result_001.ipynb"]
    assert given["type"].tolist()[1:] == ["HTML page", "executed notebook"]
    assert [Path(path).stat().st_size for path in given["path"]] == given["bytes"].tolist()
    assert results[results["task"] == "broken"]["result_id"].tolist() == ["result_001.html", "result_001.ipynb"]
    assert results[results["task"] == "after"]["result_id"].tolist() == ["result_001"]


def test_its_page_asks_for_nothing_outside_of_it(run):
    page = run.notebook("보고").page.read_text(encoding="utf-8")
    assert "지연 보고" in page
    assert not re.search(r"<script[^>]+src=|<link[^>]+href=|@import|url\(\s*['\"]?https?:", page)
    assert set(re.findall(r"<img[^>]+?src=['\"]?(\w+:)", page)) == {"data:"}


def test_an_error_points_to_its_cells_with_the_users_lines_alone(run):
    (failure,) = run.failures.to_dict("records")
    assert (failure["task"], failure["error_type"], failure["error"]) == (
        "broken",
        "ZeroDivisionError",
        "division by zero",
    )
    assert failure["traceback"].splitlines() == [
        "Traceback (most recent call last):",
        "  Cell 2 of broken.ipynb, line 3, in <module>",
        "    share(int(minutes))",
        "  Cell 1 of broken.ipynb, line 5, in share",
        "    return minutes / 0",
        "           ~~~~~~~~^~~",
        "ZeroDivisionError: division by zero",
        "Code cell 2 of 'broken.ipynb'; Run.notebook(…) shows how far it came.",
    ]


def test_what_a_failed_notebook_had_given_is_no_result(run):
    assert [file.name for file in run.notebook("broken").path.parent.glob("*.pkl")] == []
    first, failing = outputs(run, "broken")
    assert first["data"]["text/plain"] == "'given too early'"
    assert failing["ename"] == "ZeroDivisionError"
    assert run.notebook("broken", attempt=1).page.exists()


def test_each_cell_is_said_as_progress_and_in_the_log(run, notes):
    assert "cell 2 of 3: Who is late?" in run.logs("broken")
    said = [note for note in notes if note.startswith("cell ")]
    assert said
    assert all(re.match(r"cell \d of \d(: .+)?$", note) for note in said)


def test_its_worker_serves_on_as_it_was(run):
    assert "the worker is replaced" not in "".join(map(str, map(run.logs, run)))


def test_it_is_reused_until_its_code_a_helper_or_a_parameter_changes(run, folder, defined):
    def changes(**params: int) -> list[str]:
        reading = Planner(DAGBuilder(defined), history=run.workspace.history)
        plan = reading.create_execution_plan(targets=["보고"], params={"top": 3, **params}, reuse="fresh")
        verdict = plan.verdicts["보고"]
        return [] if verdict.is_fresh else [str(cause) for cause in verdict.causes]

    path, helper = folder / "보고.ipynb", folder / "도우미.py"
    code, kept = nbformat.read(path, as_version=4), helper.read_text()
    assert changes() == []
    written = nbformat.read(path, as_version=4)
    written.cells[1].source = "# 다른 제목"
    written.cells[2].source = written.cells[2].source.replace("import dpnb", "import   dpnb  # so")
    written.cells[2].outputs = [nbformat.v4.new_output("stream", text="old")]
    written.metadata["x"] = "y"
    nbformat.write(written, path)
    assert changes() == []
    assert "top" in changes(top=2)[0]
    helper.write_text(kept.replace("100", "99"))
    assert changes()
    helper.write_text(f"{kept}# as it was\n")
    assert changes() == []
    written.cells[-1].source += "\nprint(top)"
    nbformat.write(written, path)
    assert "cells_of_보고" in changes()[0]
    nbformat.write(code, path)
    assert changes() == []


def test_a_reused_notebook_lies_with_the_new_run_too(run, defined):
    again = Orchestrator(workers=1, workspace=run.workspace).rerun(run, registry=defined)
    again.wait()
    assert states(again)["보고"] == "reused"
    copy, first = again.notebook("보고"), run.notebook("보고")
    assert again.run_id in str(copy.path)
    assert copy.path.samefile(first.path)
    assert copy.page is not None
    assert first.page is not None
    assert copy.page.samefile(first.page)


def test_a_person_who_opens_it_gets_the_newest_results(run, folder):
    code = (
        "import dpnb\nprint(len(dpnb.inputs['지연']), dpnb.inputs['달'][1], sorted(dpnb.inputs)[-2:])\ndpnb.output(7)\n"
    )
    asked = code + "dpnb.inputs['지역']"
    done = subprocess.run(
        [sys.executable, "-c", asked],
        env=os.environ | {"DPNB_HOME": str(folder / "store")},
        capture_output=True,
        text=True,
        check=False,
    )
    first, second, *shown = done.stdout.splitlines()
    assert first.startswith("dpnb.inputs['지연'] is from run_")
    assert second.startswith("dpnb.inputs['달'] is from run_")
    assert shown == ["4 2 ['보고', '지연']", "7"]
    assert "No run of this workspace has stored a result of a task '지역'.\nHint: did you mean '지연'" in done.stderr


def test_a_call_can_be_repeated_here_for_debugging(run, defined):
    with pytest.raises(NotebookExecutionError, match="Code cell 2 of 'broken.ipynb' raised ZeroDivisionError"):
        run.debug("broken", registry=defined)


def test_a_name_that_is_no_dependency_is_told_with_those_that_are(tmp_path, registry):
    @task
    def 지연() -> int:
        return 3

    write_notebook(tmp_path / "asks.ipynb", "import dpnb\nname = '지역'\ndpnb.inputs[name]")
    notebook_task(tmp_path / "asks.ipynb", dependencies=[지연])
    run = Orchestrator(executor=InlineExecutor()).start_pipeline(plan_of(registry)).wait()
    assert "asks for the result of '지역', which is none of its dependencies" in run.failures["error"][0]
    assert "did you mean '지연'?" in run.failures["traceback"][0]


@pytest.fixture
def hanging(tmp_path, registry):
    write_notebook(tmp_path / "hangs.ipynb", *HANGS)
    return tmp_path / "pids"


def processes(pids: Path) -> list[psutil.Process]:
    until(pids.exists, seconds=120)
    return [psutil.Process(int(pid)) for pid in pids.read_text().split()]


def test_a_notebook_that_ran_out_of_time_tells_in_which_cell(hanging, tmp_path, registry):
    notebook_task(tmp_path / "hangs.ipynb", timeout=12)
    run = Orchestrator(workers=1).start_pipeline(plan_of(registry)).wait()
    assert states(run) == {"hangs": "timed_out"}
    assert run.failures["error"][0] == "Killed after its timeout of 12 s; it was at 'cell 2 of 2: while True:'."


def test_cancelling_kills_the_kernel_with_all_that_it_has_started_and_keeps_the_copy(hanging, tmp_path, registry):
    notebook_task(tmp_path / "hangs.ipynb")
    run = Orchestrator(workers=1).start_pipeline(plan_of(registry))
    alive = processes(hanging)
    until(lambda: "cell 2 of 2: while True:" in run.logs("hangs"))
    run.cancel()
    run.wait()
    assert states(run) == {"hangs": "cancelled"}
    assert psutil.wait_procs(alive, timeout=5)[1] == []
    copy = run.notebook("hangs")
    assert [bool(cell.execution_count) for cell in nbformat.read(copy.path, as_version=4).cells] == [True, False]
    assert copy.page is None


STARTS = """
import sys
from dpnb import Orchestrator, get_planner, notebook_task
notebook_task("hangs.ipynb")
Orchestrator(workers=1).start_pipeline(get_planner().create_execution_plan()).wait()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a thread looks twice a second")
def test_the_kernel_ends_with_the_process_that_has_started_the_run(hanging, tmp_path):
    started = subprocess.Popen([sys.executable, "-c", STARTS], cwd=tmp_path)
    alive = processes(hanging)
    started.send_signal(signal.SIGKILL)
    started.wait()
    assert psutil.wait_procs(alive, timeout=10)[1] == []


def test_streams_are_streams_in_a_notebook(tmp_path, registry):
    @task(stream_output=True)
    def 달() -> Iterator[int]:
        yield from (1, 2, 3)

    write_notebook(
        tmp_path / "counts.ipynb",
        "import dpnb\ndpnb.output([type(dpnb.inputs['달']).__name__, sum(dpnb.inputs['달'])])",
    )
    notebook_task(tmp_path / "counts.ipynb")
    run = Orchestrator(executor=InlineExecutor()).start_pipeline(plan_of(registry)).wait()
    assert run["counts"] == [Stream.__name__, 6]


def test_where_results_lie_elsewhere_the_executed_notebook_stays_here(tmp_path, registry):
    write_notebook(tmp_path / "보고서.ipynb", "import dpnb", 'dpnb.output(dpnb.inputs["수"] + 1)')

    @task(name="수", registry=registry)
    def number() -> int:
        return 6

    notebook_task(tmp_path / "보고서.ipynb", dependencies=["수"], registry=registry)
    workspace = Workspace(
        tmp_path / ".dpnb", io_manager=FsspecIOManager(f"file://{tmp_path}/멀리", cache=tmp_path / "c")
    )
    plan = Planner(DAGBuilder(registry)).create_execution_plan()
    run = Orchestrator(workers=1, workspace=workspace).start_pipeline(plan)
    run.wait(120)
    assert run["보고서"] == 7
    again = run.rerun()
    again.wait(120)
    assert set(states(again).values()) == {"reused"}
    for each in (run, again):
        assert (page := each.notebook("보고서").page) is not None
        assert page.is_file()
        assert each.notebook("보고서").path.is_relative_to(workspace.base_path / each.run_id)
