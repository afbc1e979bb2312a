"""``dpnb resume``: an earlier run goes on, by the tasks of its notebook."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import click

from dpnb.cli.console import print_place
from dpnb.cli.exits import MEANINGS, Exit
from dpnb.cli.options import notebook_options, request, workers_option
from dpnb.cli.progress import NotebookProgress, shown
from dpnb.cli.recorded import find_run, recorded_runs
from dpnb.cli.summary import as_it_is, report_error, report_run
from dpnb.errors import RunGoingError
from dpnb.notebook.earlier_runs import resume_notebook
from dpnb.notebook.store import require_store
from dpnb.results import RunStatus
from dpnb.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dpnb.results import RunRecord


@click.command("resume", epilog=MEANINGS)
@click.argument("run")
@notebook_options
@workers_option
def resume_command(run: str, notebook: Path, workers: int | None, **given: Any) -> None:
    """Go on with RUN, by the tasks that NOTEBOOK defines.

    RUN is a run's id, the beginning of one, or "latest". What failed, was cut off or never began runs; so does what
    has lost its result, or has other code by now.

    The cells are executed headless, as "dpnb run" does, up to the first one that starts a run: the tasks defined by
    then are those that RUN goes on with. No copy of the notebook is kept.

    The run keeps its parameters, and the notebook is given those that "dpnb run" gave it; -p adds others.
    """
    asked = request(notebook, workers=workers, **given)
    workspace = Workspace(asked.home)
    runs = recorded_runs(workspace)
    if not runs:
        raise SystemExit(Exit.FAILURE)
    record = find_run(runs, run)
    _require_idle(as_it_is(record, workspace))
    _require_same(record, asked.parameters)
    require_store(workspace)
    progress = NotebookProgress(notebook.name, asked.home)
    with shown(progress):
        error = asyncio.run(resume_notebook(asked, record.run_id, progress))
    status = report_run(workspace, record.run_id)
    print_place("results", workspace.place_of(record.run_id))
    if error is not None:
        raise SystemExit(report_error(error))
    raise SystemExit(Exit.SUCCESS if status is RunStatus.SUCCEEDED else Exit.FAILURE)


def _require_idle(run: RunRecord) -> None:
    # Said before the notebook is executed, which may take long.
    if run.status is RunStatus.RUNNING:
        raise RunGoingError(run.run_id, pid=run.pid, machine=run.host)


def _require_same(run: RunRecord, parameters: Mapping[str, Any]) -> None:
    for name, value in parameters.items():
        if run.params.get(name, value) != value:
            raise click.BadParameter(
                f"Run {run.run_id!r} has {name}={run.params[name]!r}, and a run keeps its parameters; "
                'another value asks for a run of its own, with "dpnb run".',
                param_hint="-p",
            )
