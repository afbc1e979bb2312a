"""A notebook as a pipeline: execute it headless, then run, or only plan, the tasks that its cells define."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dpnb.notebook.conclusion import PLAN_MIME, RUN_MIME
from dpnb.notebook.executed_copy import ExecutedCopy
from dpnb.notebook.kernel_process import KernelProcess
from dpnb.notebook.parameters import unread
from dpnb.notebook.preparation import execute_prepared, prepare
from dpnb.notebook.store import require_store
from dpnb.planner import PlanOutline
from dpnb.results.segments import encode_segment
from dpnb.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dpnb.errors import NotebookError
    from dpnb.notebook.headless import Listener
    from dpnb.notebook.preparation import NotebookRequest, Prepared


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
    return await execute_and_keep(
        prepare(request, "conclude_with_run", {**request.selection, **workers}), request, listener
    )


async def execute_and_keep(prepared: Prepared, request: NotebookRequest, listener: Listener) -> NotebookOutcome:
    """Execute a notebook that ends with a run, and keep the executed copy with that."""
    require_store(request.workspace)
    copy = ExecutedCopy(prepared.notebook, source=request.path, home=request.home)
    following = _Following(listener, copy)
    error = await execute_prepared(prepared, request, following, RUN_MIME)
    run, others = _runs_of(prepared, request, following.kernel)
    if run is not None:
        copy.move_to(run.workspace.base_path / encode_segment(run.run_id))
    page = copy.publish()
    return NotebookOutcome(
        error=error,
        workspace=request.workspace if run is None else run.workspace,
        run_id=None if run is None else run.run_id,
        copy=copy.path,
        page=page,
        others=tuple(others),
        unused=() if error else tuple(_unused(prepared, request.parameters, run)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class NotebookPlan:
    """The plan of a notebook's tasks, and what was asked about one of them, in words."""

    outline: PlanOutline
    explanation: str | None = None


async def plan_notebook(
    request: NotebookRequest, listener: Listener, *, explain: str | None = None
) -> NotebookPlan | None:
    """Execute a notebook up to where it starts a run, and return the plan of its tasks; None without tasks.

    Parameters
    ----------
    explain
        The name of a task to be explained.

    Raises
    ------
    NotebookError
        Its cells did not get that far, or the plan is refused.
    """
    asked = {**request.selection, "explain": explain}
    prepared = prepare(request, "conclude_with_plan", asked, may_start_runs=False)
    if error := await execute_prepared(prepared, request, listener, PLAN_MIME):
        raise error
    said = prepared.said(PLAN_MIME)
    if said["plan"] is None:
        return None
    return NotebookPlan(outline=PlanOutline.from_json(json.dumps(said["plan"])), explanation=said["explanation"])


class _Following:
    """Saves the copy after every cell, remembers the kernel, and passes everything on."""

    def __init__(self, listener: Listener, copy: ExecutedCopy) -> None:
        self._listener = listener
        self._copy = copy
        self.kernel: KernelProcess | None = None

    def kernel_started(self, pid: int, cells: int) -> None:
        self.kernel = KernelProcess.of(pid)
        self._copy.note_kernel(self.kernel)
        self._listener.kernel_started(pid, cells)

    def cell_started(self, number: int) -> None:
        self._listener.cell_started(number)

    def cell_ended(self) -> None:
        self._copy.save()
        self._listener.cell_ended()


def _runs_of(
    prepared: Prepared, request: NotebookRequest, kernel: KernelProcess | None
) -> tuple[NotebookRun | None, list[NotebookRun]]:
    """Return the command's run and the notebook's others: as the kernel said, else as the ledger has them."""
    if said := prepared.said(RUN_MIME):
        others = [_named(other, request, counts=other["going"]) for other in said["others"]]
        return (None if said["run_id"] is None else _named(said, request)), others
    found = _runs_in_ledger(request.workspace, kernel)
    if request.tags or request.targets or not found:  # those would have had a run of their own
        return None, found
    return found[-1], found[:-1]


def _named(facts: Mapping[str, Any], request: NotebookRequest, *, counts: bool = False) -> NotebookRun:
    workspace = request.workspace if facts["home"] == str(request.home) else Workspace(facts["home"])
    return NotebookRun(run_id=facts["run_id"], workspace=workspace, counts=counts)


def _runs_in_ledger(workspace: Workspace, kernel: KernelProcess | None) -> list[NotebookRun]:
    """Return the runs of a kernel that did not come to its conclusion, in their order."""
    if kernel is None or not workspace.has_ledger:
        return []
    runs = filter(kernel.drove, reversed(workspace.ledger.runs()))
    return [NotebookRun(run_id=run.run_id, workspace=workspace) for run in runs]


def _unused(prepared: Prepared, given: Mapping[str, Any], run: NotebookRun | None) -> list[str]:
    """Return what neither the notebook reads nor its run was given."""
    record = None if run is None else run.workspace.ledger.run(run.run_id)
    taken = {} if record is None else record.params
    own = [cell for cell in prepared.notebook.cells if cell.id in prepared.own]
    return [name for name in unread(own, given) if (name, given[name]) not in taken.items()]
