"""``dpnb plan``: what would run, in which order, and what each task is given."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from dpnb.cli.console import out, print_place
from dpnb.cli.options import notebook_options, request, reuse_option, selection_options
from dpnb.cli.progress import NotebookProgress, shown
from dpnb.cli.tables import plan_table
from dpnb.cli.wording import plural
from dpnb.notebook.pipeline import plan_notebook

if TYPE_CHECKING:
    from dpnb.planner import PlanOutline


def _writable(_ctx: click.Context, _param: click.Parameter, path: Path | None) -> Path | None:
    # Said before the notebook is executed, which may take long.
    if path is not None and not os.access(path.absolute().parent, os.W_OK):
        raise click.BadParameter(f"Nothing can be written to the folder {str(path.absolute().parent)!r}.")
    return path


@click.command("plan")
@selection_options
@notebook_options
@click.option(
    "--svg",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    callback=_writable,
    help="Write a picture of the DAG to this file.",
)
@reuse_option(meaning="Tell of each task whether a stored result still stands, and if not, why.")
@click.option(
    "--explain",
    metavar="TASK",
    help="Tell of this task where its arguments come from and, with --reuse, what has made it stale.",
)
def plan_command(notebook: Path, svg: Path | None, explain: str | None, **given: Any) -> None:
    """Show what NOTEBOOK's tasks would do, and start nothing.

    The cells are executed headless, as "dpnb run" does, up to the first one that starts a run: the tasks defined by
    then are planned. No copy of the notebook is kept.
    """
    asked = request(notebook, **given)
    progress = NotebookProgress(notebook.name, asked.home)
    with shown(progress):
        plan = asyncio.run(plan_notebook(asked, progress, explain=explain))
    if plan is None:
        out().print("The notebook defines no task.")
        return
    _print_plan(plan.outline, asked.home)
    if plan.explanation is not None:
        out().print()
        out().print(Text(plan.explanation), soft_wrap=True)
    if svg is not None:
        _draw(plan.outline, svg)


def _print_plan(plan: PlanOutline, home: Path) -> None:
    levels = plan.parallel_levels
    width = max(map(len, levels), default=0)
    shape = f"{plural(len(plan.tasks), 'task')} on {plural(len(levels), 'level')}, at most {width} at once"
    out().print(Text.assemble((plan.dag_id, "bold"), "  ", shape))
    if plan.params:
        out().print(Text.assemble(("params   ", "dim"), ", ".join(f"{k}={v!r}" for k, v in plan.params.items())))
    if expected := _expected(plan, home):
        out().print(Text.assemble(("expected ", "dim"), expected), soft_wrap=True)
    for note in plan.notes:
        out().print(Text.assemble(("note     ", "yellow"), note), soft_wrap=True)
    out().print(plan_table(plan))


def _expected(plan: PlanOutline, home: Path) -> str:
    """Say how long it will take and, where results are reused, how much will run."""
    from dpnb.orchestrator.pool.call import default_workers
    from dpnb.planner import PlanSummary
    from dpnb.planner.forecast import forecast_of
    from dpnb.workspace import Workspace

    running = [task for task in plan.tasks if task.freshness != "fresh"]
    known = Workspace(home).durations_s([task.name for task in running], plan.dag_id)
    forecast = forecast_of(running, known, default_workers())
    if plan.reuse is not None:
        return str(PlanSummary.of(plan.tasks, forecast))
    return "" if forecast is None else str(forecast)


def _draw(plan: PlanOutline, path: Path) -> None:
    from dpnb.render import draw

    path.write_text(draw(plan.graph_facts()).svg, encoding="utf-8")
    print_place("picture", path)
