"""``dpnb runs``: what ran here, and what of it may go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from dpnb.cli.console import out
from dpnb.cli.disk import disk_command
from dpnb.cli.options import assignments
from dpnb.cli.prune import prune_command
from dpnb.cli.recorded import recorded_runs
from dpnb.cli.tables import runs_table
from dpnb.results import RunStatus
from dpnb.results.run_filter import RunFilter
from dpnb.workspace import get_workspace

if TYPE_CHECKING:
    from dpnb.workspace import Workspace


@click.group("runs", invoke_without_command=True)
@click.option("--tag", multiple=True, metavar="TAG", help="Runs of a task with this tag, or with any of several.")
@click.option(
    "--status",
    multiple=True,
    type=click.Choice([status.value for status in RunStatus]),
    help="Runs that are so, or any of several.",
)
@click.option("--since", metavar="TIME", help="Started since then (2026-11-01), or in the last 7d, 12h, 30min.")
@click.option("--task", multiple=True, metavar="TASK", help="Runs of this task, or of one that fits this glob.")
@click.option(
    "-p",
    "--param",
    "params",
    multiple=True,
    callback=assignments,
    metavar="NAME=VALUE",
    help="Runs that were given this parameter. The value is read as JSON (2013, true, [1, 2]), else taken as text.",
)
@click.option("--pinned/--not-pinned", default=None, help="Runs that are pinned, or are not.")
@click.option("-n", "--limit", type=click.IntRange(min=1), default=20, show_default=True, help="Show at most so many.")
@click.pass_context
def runs_command(context: click.Context, /, limit: int, **criteria: Any) -> None:
    """List the runs of this workspace, newest first: all of them, or those that fit every option.

    The workspace is the nearest folder .dpnb, or what DPNB_HOME names.
    """
    if context.invoked_subcommand is None:
        asked: Any = {name: value for name, value in criteria.items() if value not in ((), {})}
        _list_runs(get_workspace(), RunFilter.of(limit=limit + 1, **asked), limit)
    elif given := [name for name in context.params if _is_given(context, name)]:
        raise click.UsageError(f"{given[0]!r} is for the list of runs, not for {context.invoked_subcommand!r}.")


runs_command.add_command(disk_command)
runs_command.add_command(prune_command)


def _list_runs(workspace: Workspace, where: RunFilter, limit: int) -> None:
    runs = recorded_runs(workspace, where)
    if runs:
        out().print(runs_table(runs[:limit]))
    if len(runs) > limit:
        out().print("Older runs are not shown; see --limit.")


def _is_given(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is ParameterSource.COMMANDLINE
