"""``dpnb.inputs``: the results that a notebook reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dpnb.errors import NotebookInputError
from dpnb.notebook.tasks.handover import Handover
from dpnb.orchestrator.worker.stored_input import StoredInput

if TYPE_CHECKING:
    from dpnb.notebook.tasks.handover import Errand
    from dpnb.workspace import Workspace


class NotebookInputs(Mapping[str, Any]):
    """Results of tasks by name, each mapped from the store when it is asked for.

    In a notebook that runs as a task they are the results of its dependencies, in that run. In one that a person has
    opened they are the newest that the workspace's runs have stored; a line says from which run each comes. What they
    hold may be changed: it is loaded anew each time.

    Examples
    --------
    >>> import dpnb
    >>> delays = dpnb.inputs["delays"]  # doctest: +SKIP
    """

    @cached_property
    def _errand(self) -> Errand | None:
        handover = Handover.of_this_kernel()
        return None if handover is None else handover.errand

    def __getitem__(self, task: str) -> Any:
        if self._errand is None:
            return _newest(task)
        given = self._errand.inputs
        if task not in given:
            raise NotebookInputError(task, task=self._errand.task, known=list(given))
        address = given[task]
        return address.load() if isinstance(address, StoredInput) else address

    def __iter__(self) -> Iterator[str]:
        return iter(_stored_tasks() if self._errand is None else self._errand.inputs)

    def __len__(self) -> int:
        return len(list(iter(self)))

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)

    def __repr__(self) -> str:
        names = ", ".join(self) or "none"
        if self._errand is None:
            return f"<inputs: the newest results of this workspace's runs: {names}>"
        return f"<inputs of task {self._errand.task!r}: {names}>"


inputs = NotebookInputs()


def _newest(task: str) -> Any:
    """Return the newest result of a task, and say which run it is from."""
    from dpnb.orchestrator import get_run

    workspace = _workspace()
    for run_id, tasks in _stored(workspace):
        if task in tasks:
            print(f"dpnb.inputs[{task!r}] is from {run_id}, the newest run that has it.")  # noqa: T201 - a person reads
            return get_run(run_id, workspace)[task]
    raise NotebookInputError(task, task=None, known=_stored_tasks())


def _stored_tasks() -> list[str]:
    """Return the tasks of which runs have stored a result, those of the newest run first."""
    return list(dict.fromkeys(task for _, tasks in _stored(_workspace()) for task in tasks))


def _stored(workspace: Workspace) -> Iterator[tuple[str, list[str]]]:
    """Yield the runs, newest first, with the tasks that have a result in them."""
    if not workspace.has_ledger:
        return
    for run in workspace.ledger.runs():
        yield run.run_id, [row.task for row in workspace.ledger.task_runs(run.run_id) if row.state.has_result]


def _workspace() -> Workspace:
    from dpnb.workspace import get_workspace

    return get_workspace()
