"""``dpnb compare``: two runs, or what one task left in both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dpnb.cli.console import out
from dpnb.cli.exits import Exit
from dpnb.cli.parts import print_parts
from dpnb.cli.recorded import LATEST, find_run, recorded_runs
from dpnb.workspace import get_workspace

if TYPE_CHECKING:
    from dpnb.orchestrator import Comparison


@click.command("compare")
@click.argument("run_a")
@click.argument("run_b", default=LATEST)
@click.option("--task", help="Compare what this task stored: schema, rows and cells.")
@click.option(
    "--key", "key", multiple=True, metavar="COLUMN", help="What identifies the rows of --task; may be repeated."
)
@click.option("--rtol", type=click.FloatRange(min=0), default=0.0, help="Relative tolerance between numbers.")
@click.option("--atol", type=click.FloatRange(min=0), default=0.0, help="Absolute tolerance between numbers.")
@click.option("--exit-code", is_flag=True, help="Exit with 1 if there is a difference, as diff does.")
def compare_command(  # noqa: PLR0913 - click hands over one by one
    *, run_a: str, run_b: str, task: str | None, key: tuple[str, ...], rtol: float, atol: float, exit_code: bool
) -> None:
    """Compare RUN_A with RUN_B: tasks, parameters, code, timings and results.

    A run is given by its id, the beginning of one, or "latest", which is also meant if RUN_B is not given.
    """
    if key and task is None:
        raise click.UsageError("--key is of one task: name it with --task")
    workspace = get_workspace()
    runs = recorded_runs(workspace)
    if not runs:
        raise SystemExit(Exit.FAILURE)
    from dpnb.orchestrator import compare

    ids = [find_run(runs, wanted).run_id for wanted in (run_a, run_b)]
    found = compare(*ids, keys={task: list(key)} if task and key else None, rtol=rtol, atol=atol, workspace=workspace)
    is_equal = _print_runs(found) if task is None else _print_task(found, task)
    if exit_code and not is_equal:
        raise SystemExit(Exit.FAILURE)


def _print_runs(found: Comparison) -> bool:
    print_parts(found.parts())
    return found.is_equal


def _print_task(found: Comparison, task: str) -> bool:
    compared = found[task]
    out().print(compared.title, style="bold", markup=False)
    out().print(compared.summary, markup=False)
    print_parts(compared.parts())
    return compared.is_equal
