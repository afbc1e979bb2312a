"""A notebook as a pipeline: execute it headless, then run, or only plan, the tasks that its cells define."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dpnb.errors import NotebookError, NotebookExecutionError, NotebookFormatError
from dpnb.notebook.conclusion import PLAN_MIME, RUN_MIME
from dpnb.notebook.executed_copy import ExecutedCopy
from dpnb.notebook.headless import Limits, Listener, execute
from dpnb.notebook.parameters import inject, python_literal, unknown_to_defaults
from dpnb.planner import PlanOutline
from dpnb.results.segments import encode_segment
from dpnb.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from nbformat import NotebookNode

OURS = "dpnb"  # tags the cells that are added to the copy


@dataclass(frozen=True, slots=True, kw_only=True)
class NotebookRequest:
    """Which notebook to execute, where its runs are kept, and what to run of it."""

    path: Path
    home: Path
    parameters: Mapping[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    workers: int | None = None
    limits: Limits = field(default_factory=Limits)

    @property
    def selection(self) -> dict[str, Any]:
        """What the appended cell hands on, without what was not given."""
        chosen = {"tags": list(self.tags), "targets": list(self.targets), "params": dict(self.parameters)}
        return {name: value for name, value in chosen.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class NotebookOutcome:
    """What came of a notebook.

    Attributes
    ----------
    error:
        Why its cells did not get to their end, if they did not.
    workspace, run_id:
        Where the run is, that the notebook or dpnb started last; no id where no run came about.
    copy, page:
        The executed notebook, and the same as HTML.
    unused:
        Parameters that were given, but are neither among the notebook's defaults nor taken by the run.
    """

    error: NotebookError | None
    workspace: Workspace
    run_id: str | None
    copy: Path
    page: Path
    unused: tuple[str, ...] = ()


async def run_notebook(request: NotebookRequest, listener: Listener) -> NotebookOutcome:
    """Execute a notebook, wait for the run that it starts or run its tasks, and keep the executed copy.

    Raises
    ------
    NotebookFormatError
        The file is no notebook, or not one of Python's. All that happens later is told by the outcome.
    """
    workers = {} if request.workers is None else {"workers": request.workers}
    notebook = _prepared(request, "conclude_with_run", {**request.selection, **workers})
    copy = ExecutedCopy(notebook, source=request.path, home=request.home)
    following = _Following(listener, copy)
    error = await _execute(notebook, request, following, RUN_MIME)
    said = _said(notebook, RUN_MIME)
    workspace = Workspace(said.get("home", request.home))
    run_id = said.get("run_id") if said else _run_of(following.kernel_pid, workspace)
    if run_id is not None:
        copy.move_to(workspace.base_path / encode_segment(run_id))
    page = copy.publish()
    unused = [] if error else _unused(notebook, request.parameters, workspace, run_id)
    return NotebookOutcome(
        error=error, workspace=workspace, run_id=run_id, copy=copy.path, page=page, unused=tuple(unused)
    )


async def plan_notebook(request: NotebookRequest, listener: Listener) -> PlanOutline | None:
    """Execute a notebook up to where it starts a run, and return the plan of its tasks; None without tasks.

    Raises
    ------
    NotebookError
        Its cells did not get that far, or the plan is refused.
    """
    notebook = _prepared(request, "conclude_with_plan", request.selection)
    notebook.cells.insert(0, _cell("withhold_runs", {}))
    if error := await _execute(notebook, request, listener, PLAN_MIME):
        raise error
    plan = _said(notebook, PLAN_MIME)["plan"]
    return None if plan is None else PlanOutline.from_json(json.dumps(plan))


class _Following:
    """Saves the copy after every cell, remembers the kernel, and passes everything on."""

    def __init__(self, listener: Listener, copy: ExecutedCopy) -> None:
        self._listener = listener
        self._copy = copy
        self.kernel_pid = 0

    def kernel_started(self, pid: int, cells: int) -> None:
        self.kernel_pid = pid
        self._listener.kernel_started(pid, cells)

    def cell_started(self, number: int) -> None:
        self._listener.cell_started(number)

    def cell_ended(self) -> None:
        self._copy.save()
        self._listener.cell_ended()


async def _execute(
    notebook: NotebookNode, request: NotebookRequest, listener: Listener, mime: str
) -> NotebookError | None:
    """Execute the cells; return what went wrong, be it that the last cell did not say what it should."""
    env = {"DPNB_HOME": str(request.home)}
    try:
        await execute(notebook, path=request.path, limits=request.limits, env=env, listener=listener)
    except NotebookError as error:
        return error
    if not _said(notebook, mime):
        return NotebookExecutionError(request.path.name, cell=0, error="nothing, but its output was lost", traceback="")
    return None


def _prepared(request: NotebookRequest, conclusion: str, arguments: Mapping[str, Any]) -> NotebookNode:
    notebook = _read(request.path)
    notebook.cells = [cell for cell in notebook.cells if OURS not in cell.metadata.get("tags", ())]
    for cell in notebook.cells:
        if cell.cell_type == "code":  # else a cell that is not reached would show what an earlier execution left
            cell.outputs, cell.execution_count = [], None
    inject(notebook, request.parameters)
    notebook.cells.append(_cell(conclusion, arguments))
    return notebook


def _read(path: Path) -> NotebookNode:
    import nbformat

    try:
        notebook = nbformat.read(path, as_version=4)
    except (AttributeError, KeyError, TypeError, ValueError, nbformat.ValidationError) as error:
        first = str(error).partition("\n")[0]
        raise NotebookFormatError(path.name, f"it is no notebook ({first[:120]})") from None
    about = notebook.metadata
    language = about.get("kernelspec", {}).get("language") or about.get("language_info", {}).get("name", "python")
    if language != "python":
        raise NotebookFormatError(path.name, f"its language is {language}")
    current: NotebookNode = nbformat.v4.upgrade(notebook, from_version=4, from_minor=notebook.nbformat_minor)
    return current


def _cell(function: str, arguments: Mapping[str, Any]) -> NotebookNode:
    from nbformat.v4 import new_code_cell

    given = ", ".join(f"{name}={python_literal(value)}" for name, value in arguments.items())
    source = f"# Added by dpnb\nfrom dpnb.notebook import {function}\n\n{function}({given})"
    cell: NotebookNode = new_code_cell(source, metadata={"tags": [OURS]})
    return cell


def _said(notebook: NotebookNode, mime: str) -> Mapping[str, Any]:
    outputs = notebook.cells[-1].outputs
    return next((output.data[mime] for output in outputs if mime in output.get("data", {})), {})


def _run_of(kernel_pid: int, workspace: Workspace) -> str | None:
    """Return the last run that a kernel started which did not come to its conclusion."""
    if not (workspace.home / "ledger.db").exists():
        return None
    return next((run.run_id for run in workspace.ledger.runs() if run.pid == kernel_pid), None)


def _unused(notebook: NotebookNode, given: Mapping[str, Any], workspace: Workspace, run_id: str | None) -> list[str]:
    run = None if run_id is None else workspace.ledger.run(run_id)
    taken = {} if run is None else run.params
    return [name for name in unknown_to_defaults(notebook, given) if name not in taken]
