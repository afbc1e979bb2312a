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

    from dpnb.notebook.pipeline import NotebookOutcome


@click.command("run", epilog=MEANINGS)
@notebook_options
@click.option("--workers", type=click.IntRange(min=1), help="Processes that run tasks at the same time.")
def run_command(notebook: Path, workers: int | None, **given: Any) -> None:
    """Execute NOTEBOOK headless, and run its tasks.

    The cells are executed in a kernel of their own, started with the Python that dpnb is installed in, in the
    notebook's folder. -p gives values to the cell tagged "parameters", as papermill does; cells tagged
    "skip-execution" are left out.

    If a cell starts a run, the last one is waited for. If none does, or --tags or --target are given, the tasks that
    the cells define are planned and run afterwards; there, -p gives the tasks' own parameters.

    The executed notebook lies with its run, also as HTML with its pictures.
    """
    asked = request(notebook, workers=workers, **given)
    progress = NotebookProgress(notebook.name, asked.home)
    with shown(progress):
        outcome = asyncio.run(run_notebook(asked, progress))
    raise SystemExit(_report(outcome))


def _report(outcome: NotebookOutcome) -> Exit:
    status = None if outcome.run_id is None else _report_run(outcome, outcome.run_id)
    if outcome.run_id is None and outcome.error is None:
        out().print("The notebook started no run and defines no task.")
    print_place("notebook", outcome.copy)
    print_place("page", outcome.page)
    if outcome.run_id is not None:
        print_place("results", outcome.workspace.base_path / encode_segment(outcome.run_id))
    for name in outcome.unused:
        err().print(f"Warning: neither the notebook nor its tasks know the parameter {name!r}.", style="yellow")
    if outcome.error is not None:
        if isinstance(outcome.error, NotebookExecutionError) and outcome.error.cell:
            err().print(Text.from_ansi(outcome.error.traceback), soft_wrap=True)
        print_error(outcome.error)
        return Exit.of(outcome.error)
    return Exit.SUCCESS if status in (None, RunStatus.SUCCEEDED) else Exit.FAILURE


def _report_run(outcome: NotebookOutcome, run_id: str) -> RunStatus:
    ledger = outcome.workspace.ledger
    run = ledger.run(run_id)
    if run is None:
        raise RunNotFoundError(run_id, known=[])
    run = as_it_is(run, outcome.workspace)
    print_run(ledger, run)
    print_failures(ledger, run)
    return run.status
