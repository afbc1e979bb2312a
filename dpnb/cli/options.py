"""What several commands are given."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from dpnb.notebook.pipeline import NotebookRequest


def _assignments(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> dict[str, Any]:
    from dpnb.notebook.parameters import parse_assignment

    try:
        return dict(map(parse_assignment, values))
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def notebook_options[**P, R](command: Callable[P, R]) -> Callable[P, R]:
    """Add the notebook, what to select of its tasks, its parameters and its deadlines."""
    options = (
        click.argument("notebook", type=click.Path(exists=True, dir_okay=False, path_type=Path)),
        click.option(
            "--tags", multiple=True, metavar="TAG[,TAG…]", help="Tasks with any of these tags, and what they need."
        ),
        click.option(
            "--target", "targets", multiple=True, metavar="TASK", help="This task (or glob), and what it needs."
        ),
        click.option(
            "-p",
            "--param",
            "parameters",
            multiple=True,
            callback=_assignments,
            metavar="NAME=VALUE",
            help="A parameter of the notebook and of its tasks. The value is read as JSON (2013, true, [1, 2]), "
            "else taken as text.",
        ),
        click.option(
            "--timeout", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS", help="Deadline for it all."
        ),
        click.option(
            "--cell-timeout",
            type=click.FloatRange(min=0, min_open=True),
            metavar="SECONDS",
            help="Deadline for each cell.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def request(notebook: Path, *, workers: int | None = None, **given: Any) -> NotebookRequest:
    """Return what the options of `notebook_options` ask for."""
    from dpnb.notebook.headless import Limits
    from dpnb.notebook.pipeline import NotebookRequest
    from dpnb.workspace import find_home

    path = notebook.absolute()
    return NotebookRequest(
        path=path,
        # What the notebook itself would find; inside it, DPNB_HOME says so in any case.
        home=find_home() if os.environ.get("DPNB_HOME") else find_home(path.parent),
        parameters=given["parameters"],
        tags=tuple(tag for tags in given["tags"] for tag in tags.split(",") if tag),
        targets=tuple(given["targets"]),
        workers=workers,
        limits=Limits(notebook=given["timeout"], cell=given["cell_timeout"]),
    )
