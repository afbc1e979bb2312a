"""``dpnb cancel``: a run comes to its end, whichever process drives it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dpnb.cli.console import err, out
from dpnb.cli.exits import Exit
from dpnb.cli.options import Seconds
from dpnb.cli.recorded import find_run, recorded_runs
from dpnb.cli.summary import report_run
from dpnb.errors import RunTimeoutError
from dpnb.results import RunStatus
from dpnb.workspace import get_workspace

if TYPE_CHECKING:
    from dpnb.orchestrator import Run

EPILOG = """\b
Exit codes:
  0    the run has ended, or had ended before; with --no-wait, it has been asked to
  1    there is no run, its ledger cannot be written, or it goes on after --timeout
  2    wrong usage
  130  interrupted while waiting: the run still comes to its end
"""


@click.command("cancel", epilog=EPILOG)
@click.argument("run")
@click.option("--now", is_flag=True, help="Kill what is running, without asking it to stop first.")
@click.option("--wait/--no-wait", default=True, show_default=True, help="Whether to wait for the run's end.")
@click.option("--timeout", type=Seconds(), metavar="SECONDS", help="Wait no longer than that.")
def cancel_command(run: str, *, now: bool, wait: bool, timeout: float | None) -> None:
    """End RUN, which may be driven by a notebook, a schedule, a server or another terminal.

    RUN is a run's id, the beginning of one, or "latest".

    Nothing new starts; tasks that run are asked to stop, then made to. Who drives the run hears of it within a second
    or two. A second "dpnb cancel" kills them, as --now does. What has been stored stays: "dpnb resume" goes on with it.
    """
    from dpnb.orchestrator import get_run

    workspace = get_workspace()
    runs = recorded_runs(workspace)
    if not runs:
        raise SystemExit(Exit.FAILURE)
    asked = get_run(find_run(runs, run).run_id, workspace)
    if not asked.is_running:
        _say(f"Run {asked.run_id} has ended before: {asked.status}.")
        return
    asked.cancel(at_once=now)
    if not wait:
        _say(f"Run {asked.run_id} has been asked to end.")
        return
    _wait(asked, timeout)
    if report_run(workspace, asked.run_id) is RunStatus.SUCCEEDED:
        _say("It had succeeded before it heard of the request.")


def _wait(run: Run, timeout: float | None) -> None:
    try:
        with err().status(f"Run {run.run_id} has been asked to end"):
            run.wait(timeout)
    except RunTimeoutError:
        err().print(
            f"Run {run.run_id} goes on after {timeout:g} s; --now kills its tasks.", soft_wrap=True, markup=False
        )
        raise SystemExit(Exit.FAILURE) from None
    except KeyboardInterrupt:
        err().print(f"Run {run.run_id} has been asked to end, and goes on for now.", soft_wrap=True, markup=False)
        raise SystemExit(Exit.INTERRUPTED) from None


def _say(text: str) -> None:
    out().print(text, soft_wrap=True, markup=False, highlight=False)
