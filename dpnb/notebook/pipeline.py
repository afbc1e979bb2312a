"""A notebook as a pipeline: execute it headless, then run, or only plan, the tasks that its cells define."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dpnb.errors import NotebookError, NotebookExecutionError, NotebookFormatError
from dpnb.notebook.conclusion import PLAN_MIME, RUN_MIME
from dpnb.notebook.executed_copy import ExecutedCopy
from dpnb.notebook.headless import Limits, Listener, execute
from dpnb.notebook.kernel_process import KernelProcess
from dpnb.notebook.parameters import inject, python_literal, unread
from dpnb.notebook.store import require_store
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
class NotebookRun:
    """A run that a notebook led to.

    `counts` where it is not the command's own, but was still going when the cells were through: nobody saw its end.
    """

    run_id: str
    workspace: Workspace
    counts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NotebookOutcome:
    """What came of a notebook.

    Attributes
    ----------
    error:
        Why its cells did not get to their end, if they did not.
    workspace, run_id:
        Where the command's run is: the one that dpnb started, else the notebook's last; no id where none came about.
    others:
        The notebook's other runs, in their order.
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
    others: tuple[NotebookRun, ...] = ()
    unused: tuple[str, ...] = ()


async def run_notebook(request: NotebookRequest, listener: Listener) -> NotebookOutcome:
    """Execute a notebook, wait for the run that it starts or run its tasks, and keep the executed copy.

    Raises
    ------
    NotebookFormatError
        The file is no notebook, or not one of Python's.
    WorkspaceError, LedgerError
        Nothing can be kept there. All that happens later is told by the outcome.
    """
    workers = {} if request.workers is None else {"workers": request.workers}
    prepared = _prepared(request, "conclude_with_run", {**request.selection, **workers})
    require_store(Workspace(request.home))
    copy = ExecutedCopy(prepared.notebook, source=request.path, home=request.home)
    following = _Following(listener, copy)
    error = await _execute(prepared, request, following, RUN_MIME)
    run, others = _runs_of(prepared.notebook, request, following.kernel)
    if run is not None:
        copy.move_to(run.workspace.base_path / encode_segment(run.run_id))
    page = copy.publish()
    return NotebookOutcome(
        error=error,
        workspace=Workspace(request.home) if run is None else run.workspace,
        run_id=None if run is None else run.run_id,
        copy=copy.path,
        page=page,
        others=tuple(others),
        unused=() if error else tuple(_unused(prepared, request.parameters, run)),
    )


async def plan_notebook(request: NotebookRequest, listener: Listener) -> PlanOutline | None:
    """Execute a notebook up to where it starts a run, and return the plan of its tasks; None without tasks.

    Raises
    ------
    NotebookError
        Its cells did not get that far, or the plan is refused.
    """
    prepared = _prepared(request, "conclude_with_plan", request.selection)
    prepared.notebook.cells.insert(0, _cell("withhold_runs", {}))
    if error := await _execute(prepared, request, listener, PLAN_MIME):
        raise error
    plan = _said(prepared.notebook, PLAN_MIME)["plan"]
    return None if plan is None else PlanOutline.from_json(json.dumps(plan))


class _Following:
    """Saves the copy after every cell, remembers the kernel, and passes everything on."""

    def __init__(self, listener: Listener, copy: ExecutedCopy) -> None:
        self._listener = listener
        self._copy = copy
        self.kernel: KernelProcess | None = None

    def kernel_started(self, pid: int, cells: int) -> None:
        self.kernel = KernelProcess.of(pid)
        self._listener.kernel_started(pid, cells)

    def cell_started(self, number: int) -> None:
        self._listener.cell_started(number)

    def cell_ended(self) -> None:
        self._copy.save()
        self._listener.cell_ended()


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A notebook with dpnb's cells in it; `own` are the ids of the cells that its file holds."""

    notebook: NotebookNode
    own: frozenset[str]

    @property
    def added(self) -> frozenset[str]:
        return frozenset(cell.id for cell in self.notebook.cells) - self.own


async def _execute(
    prepared: _Prepared, request: NotebookRequest, listener: Listener, mime: str
) -> NotebookError | None:
    """Execute the cells; return what went wrong, be it that the last cell did not say what it should."""
    notebook, path, env = prepared.notebook, request.path, {"DPNB_HOME": str(request.home)}
    limits, added = request.limits, prepared.added
    try:
        await execute(notebook, path=path, limits=limits, env=env, listener=listener, added=added)
    except NotebookError as error:
        return error
    if not _said(prepared.notebook, mime):
        return NotebookExecutionError(request.path.name, cell=0, error="nothing, but its output was lost", traceback="")
    return None


def _prepared(request: NotebookRequest, conclusion: str, arguments: Mapping[str, Any]) -> _Prepared:
    notebook = _read(request.path)
    notebook.cells = [cell for cell in notebook.cells if OURS not in cell.metadata.get("tags", ())]
    for cell in notebook.cells:
        if cell.cell_type == "code":  # else a cell that is not reached would show what an earlier execution left
            cell.outputs, cell.execution_count = [], None
    own = frozenset(cell.id for cell in notebook.cells)
    inject(notebook, request.parameters)
    notebook.cells.append(_cell(conclusion, arguments))
    return _Prepared(notebook, own)


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


def _runs_of(
    notebook: NotebookNode, request: NotebookRequest, kernel: KernelProcess | None
) -> tuple[NotebookRun | None, list[NotebookRun]]:
    """Return the command's run and the notebook's others: as the kernel said, else as the ledger has them."""
    if said := _said(notebook, RUN_MIME):
        others = [_named(other, counts=other["going"]) for other in said["others"]]
        return (None if said["run_id"] is None else _named(said)), others
    found = _runs_in_ledger(Workspace(request.home), kernel)
    if request.tags or request.targets or not found:  # those would have had a run of their own
        return None, found
    return found[-1], found[:-1]


def _named(facts: Mapping[str, Any], *, counts: bool = False) -> NotebookRun:
    return NotebookRun(run_id=facts["run_id"], workspace=Workspace(facts["home"]), counts=counts)


def _runs_in_ledger(workspace: Workspace, kernel: KernelProcess | None) -> list[NotebookRun]:
    """Return the runs of a kernel that did not come to its conclusion, in their order."""
    if kernel is None or not (workspace.home / "ledger.db").exists():
        return []
    runs = filter(kernel.drove, reversed(workspace.ledger.runs()))
    return [NotebookRun(run_id=run.run_id, workspace=workspace) for run in runs]


def _unused(prepared: _Prepared, given: Mapping[str, Any], run: NotebookRun | None) -> list[str]:
    """Return what neither the notebook reads nor its run was given."""
    record = None if run is None else run.workspace.ledger.run(run.run_id)
    taken = {} if record is None else record.params
    own = [cell for cell in prepared.notebook.cells if cell.id in prepared.own]
    return [name for name in unread(own, given) if (name, given[name]) not in taken.items()]
