"""A notebook with dpnb's cells in it: what was asked for goes in as code, what came of it is said in an output."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dpnb.errors import NotebookError, NotebookExecutionError, NotebookFormatError
from dpnb.notebook.headless import Limits, Listener, execute
from dpnb.notebook.kernel import KernelStart
from dpnb.notebook.parameters import inject, python_literal
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
    reuse: str | None = None  # as for `Planner.create_execution_plan`
    limits: Limits = field(default_factory=Limits)
    database: str = ""  # as `Workspace` takes it
    config: Path | None = None  # the file that speaks for the workspace, where it is not found from its folder
    claim: str = ""  # the fire of a schedule that its first run is for, as JSON

    @property
    def workspace(self) -> Workspace:
        """Where its runs are kept."""
        return Workspace(self.config or self.home, database=self.database or None)

    @property
    def env(self) -> dict[str, str]:
        """What its kernel is to find in the environment."""
        notebook = {} if self.workspace.settings.notebook else {"DPNB_NOTEBOOK": self._place_in_project}
        return {**self.workspace.settings.environment, **notebook, "DPNB_HOME": str(self.home), "DPNB_HEADLESS": "1"}

    @property
    def _place_in_project(self) -> str:
        project = self.home.parent
        return str(self.path.relative_to(project) if self.path.is_relative_to(project) else self.path)

    @property
    def selection(self) -> dict[str, Any]:
        """What the appended cell hands on, without what was not given."""
        chosen = {
            "tags": list(self.tags),
            "targets": list(self.targets),
            "params": dict(self.parameters),
            "reuse": self.reuse,
        }
        return {name: value for name, value in chosen.items() if value}


@dataclass(frozen=True, slots=True)
class Prepared:
    """A notebook with dpnb's cells in it; `own` are the ids of the cells that its file holds."""

    notebook: NotebookNode
    own: frozenset[str]

    @property
    def added(self) -> frozenset[str]:
        """The ids of the other cells."""
        return frozenset(cell.id for cell in self.notebook.cells) - self.own

    def said(self, mime: str) -> Mapping[str, Any]:
        """Return what the last cell has said; nothing where it did not come to that."""
        outputs = self.notebook.cells[-1].outputs
        return next((output.data[mime] for output in outputs if mime in output.get("data", {})), {})


async def execute_prepared(
    prepared: Prepared, request: NotebookRequest, listener: Listener, mime: str
) -> NotebookError | None:
    """Execute the cells; return what went wrong, be it that the last cell did not say what it should."""
    notebook, path, env = prepared.notebook, request.path, request.env
    limits, added = request.limits, prepared.added
    try:
        await execute(notebook, path=path, limits=limits, start=KernelStart(env=env), listener=listener, added=added)
    except NotebookError as error:
        return error
    if not prepared.said(mime):
        return NotebookExecutionError(request.path.name, cell=0, error="nothing, but its output was lost", traceback="")
    return None


def prepare(
    request: NotebookRequest, conclusion: str, arguments: Mapping[str, Any], *, may_start_runs: bool = True
) -> Prepared:
    """Read the notebook, and put the parameters and a call of the conclusion in their places.

    Where it may start no runs, it ends with the cell that is about to start one; the conclusion is called all the same.

    Raises
    ------
    NotebookFormatError
        The file is no notebook, or not one of Python's.
    """
    notebook = read_notebook(request.path)
    notebook.cells = [cell for cell in notebook.cells if OURS not in cell.metadata.get("tags", ())]
    for cell in notebook.cells:
        if cell.cell_type == "code":  # else a cell that is not reached would show what an earlier execution left
            cell.outputs, cell.execution_count = [], None
    own = frozenset(cell.id for cell in notebook.cells)
    inject(notebook, request.parameters)
    notebook.cells.append(_cell(conclusion, arguments))
    if request.claim:
        notebook.cells.insert(0, _cell("claim_first_run", {"claim": request.claim}))
    if not may_start_runs:
        notebook.cells.insert(0, _cell("withhold_runs", {}))
    return Prepared(notebook, own)


def read_notebook(path: Path) -> NotebookNode:
    """Return a Python notebook in the current format. Raises `NotebookFormatError`."""
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
