"""An earlier run of a notebook's tasks: gone on with, or run again, by what its cells define now.

::

    cells ──up to the first that starts a run──▶ tasks ──▶ conclude_with_resumed_run │ conclude_with_rerun
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dpnb.notebook.conclusion import RUN_MIME
from dpnb.notebook.origin import parameters_of
from dpnb.notebook.pipeline import execute_and_keep
from dpnb.notebook.preparation import execute_prepared, prepare

if TYPE_CHECKING:
    from dpnb.errors import NotebookError
    from dpnb.notebook.headless import Listener
    from dpnb.notebook.pipeline import NotebookOutcome
    from dpnb.notebook.preparation import NotebookRequest
    from dpnb.orchestrator.rerun_asked import RerunAsked


async def resume_notebook(request: NotebookRequest, run_id: str, listener: Listener) -> NotebookError | None:
    """Execute a notebook up to where it starts a run, and go on with an earlier run by the tasks that it has defined.

    Parameters that `dpnb run` once gave to the run's notebook are given again, where the request has no others. Returns
    what went wrong; what became of the run stands in the ledger.

    Raises
    ------
    NotebookFormatError
        The file is no notebook, or not one of Python's.
    """
    request = _with_parameters_of(run_id, request)
    asked = {"run_id": run_id, **_workers(request)}
    prepared = prepare(request, "conclude_with_resumed_run", asked, may_start_runs=False)
    return await execute_prepared(prepared, request, listener, RUN_MIME)


async def rerun_notebook(
    request: NotebookRequest, run_id: str, asked: RerunAsked, listener: Listener
) -> NotebookOutcome:
    """Execute a notebook up to where it starts a run, and run an earlier run again by the tasks that it has defined.

    It is given the parameters that it had then, with those of `asked` in their place. The executed copy is kept with
    the new run.

    Raises
    ------
    NotebookFormatError
        The file is no notebook, or not one of Python's.
    WorkspaceError, LedgerError
        Nothing can be kept there. All that happens later is told by the outcome.
    """
    request = _with_parameters_of(run_id, replace(request, parameters={**request.parameters, **asked.params}))
    tasks = asked.tasks if isinstance(asked.tasks, str) else list(asked.tasks)
    given = {"tasks": tasks, "downstream": asked.downstream, "params": dict(asked.params)}
    conclusion = {"run_id": run_id, **given, **_workers(request)}
    return await execute_and_keep(
        prepare(request, "conclude_with_rerun", conclusion, may_start_runs=False), request, listener
    )


def _with_parameters_of(run_id: str, request: NotebookRequest) -> NotebookRequest:
    return replace(request, parameters={**parameters_of(run_id, request.workspace), **request.parameters})


def _workers(request: NotebookRequest) -> dict[str, int]:
    return {} if request.workers is None else {"workers": request.workers}
