"""The sessions in which the table of edits is gone through: two kernels, one after the other, on one workspace.

::

    first kernel    all cells → run → the edits → plan → rerun
    second kernel   all cells as edited, in another order, written in another way → rerun
                    → rerun, where what cannot be tracked is taken for fresh
                    all cells as they were at first → rerun
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat.v4 import new_code_cell, new_notebook

from dpnb.notebook.headless import Limits, execute
from dpnb.notebook.kernel import KernelStart
from tests.edits.edit import Edit, rewritten

_BEGIN = """
import json, os, pathlib, time
from dpnb import Orchestrator, get_planner, get_run, task

def execute(cells):
    for cell in cells:
        get_ipython().run_cell(cell, store_history=True).raise_error()

def place(files, moment):
    for name, text in files.items():
        path = pathlib.Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        os.utime(path, (moment, moment))

def value(run, name):
    try:
        return repr(run[name])
    except Exception:
        return "None"

def explained(plan):
    return {name: [plan.verdicts[name].state, *plan.explain(name).freshness] for name in plan.verdicts}

def tell(phase, run, plans=None):
    run.wait()
    told = {
        "states": {record.task: str(record.state) for record in run.task_records()},
        "values": {name: value(run, name) for name in run},
        "plan": plans or {},
    }
    pathlib.Path(f"{phase}.json").write_text(json.dumps(told))
"""
_RUN = "tell('first', Orchestrator(workers=2).start_pipeline(get_planner().create_execution_plan(params={params!r})))"
_EDITED = """
plans = explained(get_planner().create_execution_plan(params={params!r}, reuse="fresh"))
tell("edited", get_run("latest").rerun(params={params!r}, workers=2), plans)
"""
_RERUN = "tell({phase!r}, get_run('latest').rerun(params={params!r}, workers=2, **{options!r}))"
_AGO_S = 3_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one run came to, by task: its state, the repr of its value, what the plan before it said."""

    states: Mapping[str, str]
    values: Mapping[str, str]
    plan: Mapping[str, Sequence[str]]

    @property
    def ran(self) -> set[str]:
        """The tasks that were not reused."""
        return {name for name, state in self.states.items() if state != "reused"}


class Silent:
    """Hears how far an execution is, and keeps it to itself."""

    def kernel_started(self, pid: int, cells: int) -> None: ...
    def cell_started(self, number: int) -> None: ...
    def cell_ended(self) -> None: ...


def go_through(rows: Sequence[Edit], folder: Path, env: Mapping[str, str]) -> dict[str, Told]:
    """Go through all rows at once, in an empty folder; return what was told of each run."""
    _execute(folder / "연구.ipynb", _first_session(rows), {**env, "PYTHONHASHSEED": "1"})
    _execute(folder / "다른 이름.ipynb", _second_session(rows), {**env, "PYTHONHASHSEED": "2"})
    phases = ("first", "edited", "restarted", "trusting", "undone")
    return {phase: Told(**json.loads((folder / f"{phase}.json").read_text())) for phase in phases}


def _first_session(rows: Sequence[Edit]) -> Iterator[str]:
    yield _BEGIN
    yield _placing({name: text for row in rows for name, text in row.files.items()}, _AGO_S)
    yield _executing(cell for row in rows for cell in row.cells)
    yield _RUN.format(params=_merged(row.params for row in rows))
    yield _placing({name: text for row in rows for name, text in row.edited_files.items()}, _AGO_S // 2)
    yield _executing(cell for row in rows for cell in row.executed_again)
    yield _EDITED.format(params=_edited_params(rows))


def _second_session(rows: Sequence[Edit]) -> Iterator[str]:
    yield "# This cell lets all others have other numbers."
    yield _BEGIN
    yield _executing(rewritten(cell) for row in reversed(rows) for cell in _in_another_order(row))
    yield _RERUN.format(phase="restarted", params=_edited_params(rows), options={})
    yield _RERUN.format(phase="trusting", params=_edited_params(rows), options={"untracked": "warn"})
    yield _placing({name: text for row in rows for name, text in row.files.items()}, _AGO_S // 4)
    yield _executing(cell for row in rows for cell in row.cells)
    yield _RERUN.format(phase="undone", params=_merged(row.params for row in rows), options={})


def _in_another_order(row: Edit) -> Iterable[str]:
    return row.edited_cells if row.in_order else reversed(row.edited_cells)


def _executing(cells: Iterable[str]) -> str:
    """Return a cell that has the shell execute others, as it does what a frontend sends, which takes it far longer."""
    return f"execute({list(cells)!r})"


def _placing(files: Mapping[str, str], ago_s: int) -> str:
    return f"place({dict(files)!r}, time.time() - {ago_s})"


def _merged(given: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    return {name: value for params in given for name, value in params.items()}


def _edited_params(rows: Sequence[Edit]) -> dict[str, Any]:
    return _merged({**row.params, **row.edited_params} for row in rows)


def _execute(path: Path, cells: Iterable[str], env: Mapping[str, str]) -> None:
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    asyncio.run(
        execute(notebook, path=path, limits=Limits(notebook=270), start=KernelStart(env=env), listener=Silent())
    )
