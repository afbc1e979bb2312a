"""``dpnb run``: a notebook from the terminal, from make, from cron."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from dpnb.cli.console import err, out, print_place
from dpnb.cli.exits import MEANINGS, Exit
from dpnb.cli.options import notebook_options, request, reuse_option, selection_options, workers_option
from dpnb.cli.progress import NotebookProgress, shown
from dpnb.cli.summary import report_error, report_run, status_of
from dpnb.notebook.pipeline import run_notebook
from dpnb.results import RunStatus

if TYPE_CHECKING:
    from pathlib import Path

    from dpnb.notebook.pipeline import NotebookOutcome, NotebookRun


@click.command("run", epilog=MEANINGS)
@selection_options
@notebook_options
@workers_option
@reuse_option(meaning="Take over the results of tasks that have not changed since an earlier run.")
def run_command(notebook: Path, workers: int | None, **given: Any) -> None:
    """Execute NOTEBOOK headless, and run its tasks.

    The cells are executed in a kernel of their own, started with the Python that dpnb is installed in, in the
    notebook's folder. -p gives values to the cell tagged "parameters", as papermill does; cells tagged
    "skip-execution" are left out.

    If cells start runs, the last one is this command's. If none does, or --tags or --target are given, the tasks that
    the cells define are planned and run afterwards; there, -p gives the tasks' own parameters, and --reuse takes over
    what is fresh.

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
    statuses = [] if outcome.run_id is None else [report_run(outcome.workspace, outcome.run_id)]
    for other in outcome.others:
        if other.counts:
            out().print("The notebook left this run going:", style="dim")
            statuses.append(report_run(other.workspace, other.run_id))
    if outcome.run_id is None and outcome.error is None:
        out().print("The notebook started no run and defines no task.")
    print_place("notebook", outcome.copy)
    print_place("page", outcome.page)
    if outcome.run_id is not None:
        print_place("results", outcome.workspace.place_of(outcome.run_id))
    for other in outcome.others:
        if not other.counts:
            _mention(other)
    for name in outcome.unused:
        err().print(f"Warning: neither the notebook nor its tasks take the parameter {name!r}.", style="yellow")
    if outcome.error is not None:
        return report_error(outcome.error, hint="the executed copy holds the output of every cell up to this one.")
    return Exit.SUCCESS if set(statuses) <= {RunStatus.SUCCEEDED} else Exit.FAILURE


def _mention(other: NotebookRun) -> None:
    status = status_of(other.workspace, other.run_id)
    if status is not RunStatus.SUCCEEDED:
        ended = "failed" if status is RunStatus.FAILED else f"was {status}"
        text = f"Note: a cell had a run of its own, {other.run_id!r}, which {ended}; the notebook knew of it and"
        err().print(Text(f"{text} went on. It is in {other.workspace.home}.", style="dim"), soft_wrap=True)
