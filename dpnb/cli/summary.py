"""A run in a few lines: its head, its tasks, and why what failed did."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.text import Text

from dpnb.cli.console import err, out, print_error
from dpnb.cli.exits import Exit
from dpnb.cli.tables import name_text, state_text, states_text, tasks_table
from dpnb.cli.wording import instant, plural
from dpnb.errors import NotebookExecutionError, RunNotFoundError
from dpnb.render.quantities import duration
from dpnb.results import TaskState
from dpnb.run_events.placing import placing_of

if TYPE_CHECKING:
    from dpnb.errors import NotebookError
    from dpnb.results import AttemptRecord, RunLedger, RunRecord, RunStatus, TaskRunRecord
    from dpnb.workspace import Workspace


def as_it_is(run: RunRecord, workspace: Workspace) -> RunRecord:
    """Return the record with its true status: a run whose process died cannot say so itself."""
    if run.status.is_terminal:
        return run
    from dpnb.orchestrator import get_run

    return replace(run, status=get_run(run.run_id, workspace).status)


def _recorded(workspace: Workspace, run_id: str) -> RunRecord:
    run = workspace.ledger.run(run_id)
    if run is None:
        raise RunNotFoundError(run_id, known=[])
    return as_it_is(run, workspace)


def status_of(workspace: Workspace, run_id: str) -> RunStatus:
    """Return a run's true status. Raises `RunNotFoundError`."""
    return _recorded(workspace, run_id).status


def report_run(workspace: Workspace, run_id: str) -> RunStatus:
    """Write what became of a run that this command has waited for. Raises `RunNotFoundError`."""
    run = _recorded(workspace, run_id)
    print_run(workspace.ledger, run)
    print_failures(workspace.ledger, run)
    return run.status


def report_error(error: NotebookError, *, hint: str = "") -> Exit:
    """Write why a notebook did not get to its end, with this hint where a cell of its own raised."""
    if isinstance(error, NotebookExecutionError) and error.cell:
        err().print(Text.from_ansi(error.traceback), soft_wrap=True)
        print_error(error, hint)
    else:
        print_error(error)
    return Exit.of(error)


def _as_it_is(task: TaskRunRecord, run: RunRecord) -> TaskRunRecord:
    """Return a task's record with its true state: what ran when its run was interrupted has been."""
    ended = run.status.is_terminal and not task.state.is_terminal
    return replace(task, state=TaskState.CANCELLED, reason="the run was interrupted") if ended else task


def print_run(ledger: RunLedger, run: RunRecord) -> None:
    """Write a run's head and the table of its tasks."""
    tasks = [_as_it_is(task, run) for task in ledger.task_runs(run.run_id)]
    took = None if run.finished_us is None else (run.finished_us - run.started_us) / 1e6
    facts = [instant(run.started_us), duration(took), plural(len(tasks), "task"), "pinned" if run.pinned else ""]
    head = Text.assemble((run.run_id, "bold"), "  ", state_text(run.status), "  ", " · ".join(filter(None, facts)))
    out().print(head, soft_wrap=True)
    if run.params:
        out().print(Text.assemble(("params   ", "dim"), ", ".join(f"{k}={v!r}" for k, v in run.params.items())))
    if run.note:
        out().print(Text.assemble(("note     ", "dim"), run.note), soft_wrap=True)
    if run.reason:
        out().print(Text.assemble(("reason   ", "dim"), run.reason), soft_wrap=True)
    if missing := placing_of(ledger, run.run_id):
        out().print(Text.assemble(("missing  ", "dim"), missing), soft_wrap=True)
    out().print(tasks_table(tasks))
    out().print(states_text(task.state for task in tasks))
    out().print()


def print_failures(ledger: RunLedger, run: RunRecord, task: str | None = None) -> None:
    """Write the last failed attempt of every task that has no result, or of one task."""
    states = {each.task: each.state for each in ledger.task_runs(run.run_id)}
    last = {each.task: each for each in ledger.attempts(run.run_id, task) if each.error_type or each.exit_status}
    for name, attempt in last.items():
        if not states[name].has_result:
            print_attempt(attempt)


def print_attempt(attempt: AttemptRecord) -> None:
    """Write why an attempt failed, with the user's frames."""
    tried = f"attempt {attempt.attempt}"
    out().print(
        Text.assemble((name_text(attempt.task).plain, "bold"), "  ", state_text(attempt.state), "  ", tried),
        soft_wrap=True,
    )
    told = attempt.traceback or ": ".join(filter(None, (attempt.error_type, attempt.error_message)))
    text = "\n".join(filter(None, (told.rstrip(), attempt.exit_status)))
    out().print(Text.from_ansi(textwrap.indent(text, "  ")), soft_wrap=True)
    out().print()
