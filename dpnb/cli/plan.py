"""``dpnb plan``: what would run, in which order, and what each task is given."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from dpnb.cli.console import out, print_place
from dpnb.cli.options import notebook_options, request, selection_options
from dpnb.cli.progress import NotebookProgress, shown
from dpnb.cli.tables import plan_table
from dpnb.cli.wording import plural
from dpnb.notebook.pipeline import plan_notebook

if TYPE_CHECKING:
    from dpnb.planner import Forecast, PlanOutline


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
def plan_command(notebook: Path, svg: Path | None, **given: Any) -> None:
    """Show what NOTEBOOK's tasks would do, and start nothing.

    The cells are executed headless, as "dpnb run" does, up to the first one that starts a run: the tasks defined by
    then are planned. No copy of the notebook is kept.
    """
    asked = request(notebook, **given)
    progress = NotebookProgress(notebook.name, asked.home)
    with shown(progress):
        plan = asyncio.run(plan_notebook(asked, progress))
    if plan is None:
        out().print("The notebook defines no task.")
        return
    _print_plan(plan, asked.home)
    if svg is not None:
        _draw(plan, svg)


def _print_plan(plan: PlanOutline, home: Path) -> None:
    levels = plan.parallel_levels
    width = max(map(len, levels), default=0)
    shape = f"{plural(len(plan.tasks), 'task')} on {plural(len(levels), 'level')}, at most {width} at once"
    out().print(Text.assemble((plan.dag_id, "bold"), "  ", shape))
    if plan.params:
        out().print(Text.assemble(("params   ", "dim"), ", ".join(f"{k}={v!r}" for k, v in plan.params.items())))
    if (expected := _forecast(plan, home)) is not None:
        out().print(Text.assemble(("expected ", "dim"), str(expected)))
    for note in plan.notes:
        out().print(Text.assemble(("note     ", "yellow"), note), soft_wrap=True)
    out().print(plan_table(plan))


def _forecast(plan: PlanOutline, home: Path) -> Forecast | None:
    from dpnb.orchestrator.pool.call import default_workers
    from dpnb.planner.forecast import forecast_of
    from dpnb.workspace import Workspace

    known = Workspace(home).durations_s(plan.execution_order, plan.dag_id)
    return forecast_of(plan.tasks, known, default_workers())


def _draw(plan: PlanOutline, path: Path) -> None:
    from dpnb.render import draw

    path.write_text(draw(plan.graph_facts()).svg, encoding="utf-8")
    print_place("picture", path)
