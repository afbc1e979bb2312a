"""``dpnb show``: one run, or one task of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.markup import escape

from dpnb.cli.console import out, print_place
from dpnb.cli.exits import Exit
from dpnb.cli.recorded import LATEST, find_run, recorded_runs
from dpnb.cli.summary import as_it_is, print_attempt, print_failures, print_run
from dpnb.cli.tables import attempts_table, preview_table, results_table
from dpnb.errors import UnknownTaskError
from dpnb.results.segments import encode_segment
from dpnb.workspace import get_workspace

if TYPE_CHECKING:
    from dpnb.results import ResultRecord, RunLedger, RunRecord
    from dpnb.workspace import Workspace

LOG_LINES = 40


@click.command("show")
@click.argument("run", default=LATEST)
@click.option("--task", help="Show this task: its attempts, what it printed, and what it left.")
def show_command(run: str, task: str | None) -> None:
    """Show RUN: its tasks, failures and results.

    RUN is a run's id, the beginning of one, or "latest", which is also meant if nothing is given.
    """
    workspace = get_workspace()
    runs = recorded_runs(workspace)
    if not runs:
        raise SystemExit(Exit.FAILURE)
    record = as_it_is(find_run(runs, run), workspace)
    if task is None:
        _show_run(workspace, record)
    else:
        _show_task(workspace, record, task)


def _show_run(workspace: Workspace, run: RunRecord) -> None:
    ledger = workspace.ledger
    print_run(ledger, run)
    print_failures(ledger, run)
    order = {each.task: each.position for each in ledger.task_runs(run.run_id)}
    results = sorted(ledger.results(run.run_id), key=lambda each: order.get(each.task, len(order)))
    if results:
        out().print(results_table(results))
    folder = workspace.base_path / encode_segment(run.run_id)
    for label, place in (
        ("notebook", folder / "notebook.ipynb"),
        ("page", folder / "notebook.html"),
    ):
        if place.exists():
            print_place(label, place)
    if results or folder.exists():
        print_place("results", workspace.place_of(run.run_id))


def _show_task(workspace: Workspace, run: RunRecord, task: str) -> None:
    ledger = workspace.ledger
    _require_task(ledger, run, task)
    attempts = ledger.attempts(run.run_id, task)
    out().print(attempts_table(attempts))
    for attempt in attempts:
        if attempt.error_type or attempt.exit_status:
            print_attempt(attempt)
        _print_log(workspace, run, task, attempt.attempt)
    results = ledger.results(run.run_id, task)
    if results:
        out().print(results_table(results))
        _print_preview(results[0])


def _require_task(ledger: RunLedger, run: RunRecord, task: str) -> None:
    known = [each.task for each in ledger.task_runs(run.run_id)]
    if task not in known:
        raise UnknownTaskError(task, known=known)


def _print_log(workspace: Workspace, run: RunRecord, task: str, attempt: int) -> None:
    lines = workspace.logs.read(run_id=run.run_id, task_name=task, attempt=attempt).splitlines()
    if lines:
        note = f", last {LOG_LINES} of {len(lines)} lines" if len(lines) > LOG_LINES else ""
        out().print(f"[dim]log of attempt {attempt}{note}[/dim]")
        out().print(escape("\n".join(lines[-LOG_LINES:])) + "\n", soft_wrap=True)


def _print_preview(result: ResultRecord) -> None:
    facts = result.facts
    if facts.columns and facts.preview:
        out().print(preview_table(facts))
    elif facts.text:
        out().print(escape(facts.text), soft_wrap=True)
