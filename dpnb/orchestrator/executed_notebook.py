"""The notebook that a task of `notebook_task` has executed: the copy with its outputs, and its HTML."""

from __future__ import annotations

import os
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from dpnb.errors import NoExecutedNotebookError
from dpnb.registry import TaskKind
from dpnb.results.layout import COMPANIONS, Layout
from dpnb.results.records import ResultFacts, ResultRecord
from dpnb.results.result_ids import attempt_and_chunk, lease_of

if TYPE_CHECKING:
    from dpnb.orchestrator.recorded_run import RecordedRun

_TYPES = dict(zip(COMPANIONS, ("executed notebook", "HTML page"), strict=True))
_FAR = 2  # folders up, beyond which a whole path reads better


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutedNotebook:
    """Where an executed notebook lies.

    Attributes
    ----------
    path
        The notebook, with the outputs of the cells that were executed.
    page
        The same as one HTML file that asks for nothing outside of it; None where the execution was cut off.

    Examples
    --------
    >>> run.notebook("report").page.read_text()  # doctest: +SKIP
    >>> run.notebook("report").show()  # doctest: +SKIP
    """

    path: Path
    page: Path | None

    def _lying_beside(self, result: Path) -> ExecutedNotebook:
        """Return the copies beside a stored result, which are those of its run; itself where there are none."""
        path, page = (result.with_suffix(suffix) for suffix in COMPANIONS)
        return ExecutedNotebook(path=path, page=page if page.exists() else None) if path.exists() else self

    def show(self, *, height: int = 600) -> None:
        """Show the page within a notebook, `height` pixels high. Raises ``FileNotFoundError`` where it is gone."""
        from IPython.display import HTML, display

        if self.page is None:
            raise FileNotFoundError(f"The execution was cut off before there was a page; see {self.path}")
        text = escape(self.page.read_text(encoding="utf-8"))
        frame = f'<iframe sandbox="allow-scripts" width="100%" height="{height}" srcdoc="{text}"></iframe>'
        display(HTML(frame))  # type: ignore[no-untyped-call]

    def __repr__(self) -> str:
        return f"<executed notebook: {_short(self.page or self.path)}>"


def find_notebook(run: RecordedRun, task: str, attempt: int | None = None) -> ExecutedNotebook:
    """Return the notebook that an attempt of a task has executed, its last one unless that is given.

    Raises
    ------
    NoExecutedNotebookError
        There is none.
    """
    folder = Path(Layout(str(run.workspace.base_path)).task_folder(run.run_id, task))
    found = [file for file in folder.glob("*.ipynb") if attempt in (None, _order(file)[1])]
    if not found:
        raise NoExecutedNotebookError(task, run.run_id)
    path = max(found, key=_order)
    page = path.with_suffix(".html")
    return ExecutedNotebook(path=path, page=page if page.exists() else None)


def notebook_results(run: RecordedRun) -> list[ResultRecord]:
    """Return the executed copies of a run's notebooks, and their HTML, as results beside the values.

    No ledger has them. Each is named by its file: that of a failed attempt shows how far it came.
    """
    layout, base_path = Layout(str(run.workspace.base_path)), run.workspace.base_path
    notebooks = (task.name for task in run.outline.tasks if task.kind == TaskKind.NOTEBOOK)
    folders = [(name, Path(layout.task_folder(run.run_id, name))) for name in notebooks]
    found = [(name, file) for name, folder in folders for file in folder.glob("*.*") if file.suffix in _TYPES]
    return [_record(run.run_id, name, file, base_path) for name, file in sorted(found, key=lambda one: one[1].name)]


def _record(run_id: str, task: str, file: Path, base_path: Path) -> ResultRecord:
    state = file.stat()
    return ResultRecord(
        run_id=run_id,
        task=task,
        result_id=file.name,
        path=file.relative_to(base_path).as_posix(),
        size_bytes=state.st_size,
        digest="",
        facts=ResultFacts(type=_TYPES[file.suffix]),
        attempt=_order(file)[1],
        saved_us=state.st_mtime_ns // 1000,
    )


def _order(file: Path) -> tuple[int, int]:
    return lease_of(file.stem) or 0, attempt_and_chunk(file.stem)[0]


def _short(path: Path) -> str:
    """Write a path as it is found from the working directory, where that is not far."""
    relative = os.path.relpath(path)
    return relative if relative.count(os.pardir) <= _FAR else str(path)
