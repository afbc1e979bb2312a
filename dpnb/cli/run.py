"""``dpnb run``: a notebook from the terminal, from make, from cron."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from dpnb.cli.console import err, out, print_error, print_place
from dpnb.cli.exits import MEANINGS, Exit
from dpnb.cli.options import notebook_options, request
from dpnb.cli.progress import NotebookProgress, shown
from dpnb.cli.summary import as_it_is, print_failures, print_run
from dpnb.errors import NotebookExecutionError, RunNotFoundError
from dpnb.notebook.pipeline import run_notebook
from dpnb.results import RunStatus
from dpnb.results.segments import encode_segment

if TYPE_CHECKING:
    from pathlib import Path

    from dpnb.errors import NotebookError
    from dpnb.notebook.pipeline import NotebookOutcome, NotebookRun
    from dpnb.results import RunRecord
    from dpnb.workspace import Workspace


@click.command("run", epilog=MEANINGS)
@notebook_options
@click.option("--workers", type=click.IntRange(min=1), help="Processes that run tasks at the same time.")
def run_command(notebook: Path, workers: int | None, **given: Any) -> None:
    """Execute NOTEBOOK headless, and run its tasks.

    The cells are executed in a kernel of their own, started with the Python that dpnb is installed in, in the
    notebook's folder. -p gives values to the cell tagged "parameters", as papermill does; cells tagged
    "skip-execution" are left out.

    If cells start runs, the last one is this command's. If none does, or --tags or --target are given, the tasks that
    the cells define are planned and run afterwards; there, -p gives the tasks' own parameters.

    Every run that is still going after the last cell is waited for. If this command's run or one of those does not
    succeed, the exit code is 1. A run that had failed before is the notebook's own affair: it is mentioned.

    The executed notebook lies with its run, also as HTML with its pictures.
    """
    asked = request(notebook, workers=workers, **given)
    progress = NotebookProgress(notebook.name, asked.home)
    with shown(progress):
        outcome = asyncio.run(run_notebook(asked, progress))
    raise SystemExit(_report(outcome))


def _report(outcome: NotebookOutcome) -> Exit:
    statuses = [] if outcome.run_id is None else [_report_run(outcome.workspace, outcome.run_id)]
    for other in outcome.others:
        if other.counts:
            out().print("The notebook left this run going:", style="dim")
            statuses.append(_report_run(other.workspace, other.run_id))
    if outcome.run_id is None and outcome.error is None:
        out().print("The notebook started no run and defines no task.")
    print_place("notebook", outcome.copy)
    print_place("page", outcome.page)
    if outcome.run_id is not None:
        print_place("results", outcome.workspace.base_path / encode_segment(outcome.run_id))
    for other in outcome.others:
        if not other.counts:
            _mention(other)
    for name in outcome.unused:
        err().print(f"Warning: neither the notebook nor its tasks take the parameter {name!r}.", style="yellow")
    if outcome.error is not None:
        return _report_error(outcome.error)
    return Exit.SUCCESS if set(statuses) <= {RunStatus.SUCCEEDED} else Exit.FAILURE


def _report_run(workspace: Workspace, run_id: str) -> RunStatus:
    run = _find(workspace, run_id)
    print_run(workspace.ledger, run)
    print_failures(workspace.ledger, run)
    return run.status


def _mention(other: NotebookRun) -> None:
    status = _find(other.workspace, other.run_id).status
    if status is not RunStatus.SUCCEEDED:
        ended = "failed" if status is RunStatus.FAILED else f"was {status}"
        text = f"Note: a cell had a run of its own, {other.run_id!r}, which {ended}; the notebook knew of it and"
        err().print(Text(f"{text} went on. It is in {other.workspace.home}.", style="dim"), soft_wrap=True)


def _find(workspace: Workspace, run_id: str) -> RunRecord:
    run = workspace.ledger.run(run_id)
    if run is None:
        raise RunNotFoundError(run_id, known=[])
    return as_it_is(run, workspace)


def _report_error(error: NotebookError) -> Exit:
    if isinstance(error, NotebookExecutionError) and error.cell:
        err().print(Text.from_ansi(error.traceback), soft_wrap=True)
        print_error(error, hint="the executed copy holds the output of every cell up to this one.")
    else:
        print_error(error)
    return Exit.of(error)
