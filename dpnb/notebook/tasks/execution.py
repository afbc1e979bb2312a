"""What the function of a notebook's task does in a worker: execute the notebook, and give what it has given.

::

    worker's main thread                                 a thread of its own
    relays progress, hears of cancelling  ◀──queue──     event loop: cells, one after the other, in the kernel
                                          ──cancel──▶

Signals and the worker's channel are the main thread's own; an event loop there would take the handlers away by which a
worker unwinds. The copy is written after every cell: what ends the process at once leaves it as far as it came.
"""

from __future__ import annotations

import tempfile
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dpnb.errors import NotebookExecutionError
from dpnb.notebook.executed_copy import ExecutedCopy
from dpnb.notebook.headless import Limits, execute
from dpnb.notebook.kernel import KernelStart
from dpnb.notebook.page import make_ready
from dpnb.notebook.parameters import inject
from dpnb.notebook.tasks.handover import VARIABLE, Errand, Handover
from dpnb.notebook.tasks.loop_thread import run_in_thread
from dpnb.notebook.tasks.progress import CellProgress
from dpnb.orchestrator.executed_notebook import ExecutedNotebook
from dpnb.orchestrator.worker.outputs import StoredAlready
from dpnb.results import FilesystemIOManager
from dpnb.results.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Collection, Coroutine, Mapping

    from nbformat import NotebookNode

    from dpnb.notebook.tasks.loop_thread import Report
    from dpnb.notebook.tasks.source import NotebookSource
    from dpnb.orchestrator.executable import ExceptionFacts, ExecutableTask
    from dpnb.orchestrator.worker.attempt_context import AttemptContext
    from dpnb.registry import TaskContext
    from dpnb.results import ResultRecord

_KERNEL = "dpnb.notebook.tasks.kernel_main"
_EXTENSION = "dpnb.notebook.tasks.kernel_extension"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One execution: the notebook, what its cell of parameters is to say, and what it is given by upstream tasks."""

    source: NotebookSource
    parameters: Mapping[str, Any]
    inputs: Mapping[str, Any]  # by task: a `StoredInput`, or outside of a run the value itself


def run_notebook(assignment: Assignment, context: AttemptContext) -> Any:
    """Execute the notebook; return what it has given, else where its executed copy lies.

    Raises
    ------
    NotebookError
        Its cells did not get to their end.
    """
    with tempfile.TemporaryDirectory(prefix="dpnb-task-", ignore_cleanup_errors=True) as folder:
        handover = Handover(Path(folder))
        place = _Place.of(context, handover.folder)
        handover.give(
            Errand(
                run_id=context.run_id,
                task=context.task_name,
                result_id=context.task.task_result_id,
                store=place.store,
                inputs=assignment.inputs,
            )
        )
        notebook, added = _prepared(assignment)
        copy = ExecutedCopy(notebook, source=assignment.source.path, home=place.home)
        if place.copy is not None:
            copy.path = place.copy
        _Execution(copy, added, handover, place).run(context)
        return _outcome(copy, handover.record, place)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where an attempt's results go: `is_final` unless they have to be handed on as values."""

    store: FilesystemIOManager
    home: Path
    copy: Path | None
    is_final: bool

    @classmethod
    def of(cls, context: AttemptContext, folder: Path) -> _Place:
        store, task = context.store, context.task
        if not isinstance(store, FilesystemIOManager):  # nothing that another process could write to
            beside = getattr(store, "companions", None)
            copy = None if beside is None else _copy_in(beside, task)
            return cls(store=FilesystemIOManager(folder / "runs", trust=True), home=folder, copy=copy, is_final=False)
        return cls(store=store, home=store.base_path.parent, copy=_copy_in(store.base_path, task), is_final=True)


def _copy_in(base_path: Path, task: ExecutableTask) -> Path:
    """Return where the executed copy lies, by its result's name, in a folder of runs."""
    layout = Layout(str(base_path))
    layout.make_task_folder(task.run_id, task.task_name)
    return Path(layout.result_file(task.run_id, task.task_name, task.task_result_id)).with_suffix(".ipynb")


def _prepared(assignment: Assignment) -> tuple[NotebookNode, set[str]]:
    """Return the notebook with its parameters, and the ids of the cells that are not its own."""
    notebook = assignment.source.contents.notebook()
    own = {cell.id for cell in notebook.cells}
    inject(notebook, assignment.parameters)
    return notebook, {cell.id for cell in notebook.cells} - own


@dataclass(frozen=True, slots=True)
class _Execution:
    copy: ExecutedCopy
    added: Collection[str]
    handover: Handover
    place: _Place

    def run(self, context: TaskContext) -> None:
        """Execute all cells; what has failed leaves nothing but the copy. Raises `NotebookError`."""
        self.copy.save()
        try:
            run_in_thread(self._work, context, meanwhile=make_ready)
        except NotebookExecutionError as error:
            _withdraw(self.handover.record, self.place)
            self.copy.publish()
            raise self._told(error) from None
        except BaseException:
            _withdraw(self.handover.record, self.place)
            raise

    def _work(self, report: Report) -> Coroutine[None, None, None]:
        report(0.0, "its kernel is starting")
        env = {VARIABLE: str(self.handover.folder)}
        if self.place.is_final:
            env["DPNB_HOME"] = str(self.place.home)
        return execute(
            self.copy.notebook,
            path=self.copy.source,
            limits=Limits(),
            start=KernelStart(env=env, module=_KERNEL, arguments=(f"--ext={_EXTENSION}",)),
            listener=CellProgress(self.copy, self.added, report),
            added=self.added,
        )

    def _told(self, error: NotebookExecutionError) -> NotebookExecutionError:
        """Let an error tell what its cell has raised, with the cells named as a reader of the file counts them."""
        failure = self.handover.failure
        if failure is None:
            return error
        own = [c for c in self.copy.notebook.cells if c.cell_type == "code" and c.id not in self.added]
        places = {f"In[{c.execution_count}]": f"Cell {at} of {error.notebook}" for at, c in enumerate(own, 1)}
        told = [_named(facts, places) for facts in failure.told]
        ending = f"Code cell {error.cell} of {error.notebook!r}; Run.notebook(…) shows how far it came.\n"
        told[-1] = replace(told[-1], text=(*told[-1].text, ending))
        error.told, error.told_types = tuple(told), failure.types
        return error


def _named(facts: ExceptionFacts, places: Mapping[str, str]) -> ExceptionFacts:
    frames = (replace(frame, place=places.get(frame.place, frame.place)) for frame in facts.frames)
    return replace(facts, frames=tuple(frames))


def _withdraw(record: ResultRecord | None, place: _Place) -> None:
    """Take back what a notebook has given that has failed."""
    if record is not None:
        with suppress(OSError):
            place.store.remove(run_id=record.run_id, task_name=record.task, task_result_id=record.result_id)


def _outcome(copy: ExecutedCopy, record: ResultRecord | None, place: _Place) -> Any:
    page = copy.publish()
    if record is None:
        return ExecutedNotebook(path=copy.path, page=page)
    if place.is_final:
        return StoredAlready(record)
    return place.store.load(run_id=record.run_id, task_name=record.task, task_result_id=record.result_id)
