"""What several commands are given."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from dpnb.notebook.preparation import NotebookRequest


def assignments(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> dict[str, Any]:
    """Read options of the form ``NAME=VALUE``."""
    from dpnb.notebook.parameters import parse_assignment

    try:
        return dict(map(parse_assignment, values))
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _tags(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if not value.strip(" ,"):
            raise click.BadParameter(f"{value!r} names no tag")
    return tuple(tag.strip() for value in values for tag in value.split(",") if tag.strip())


class Seconds(click.FloatRange):
    """A deadline: more than none, less than forever."""

    name = "seconds"

    def __init__(self) -> None:
        super().__init__(min=0, min_open=True)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number; ``nan`` and ``inf`` are numbers of seconds to nobody."""
        seconds = float(super().convert(value, param, ctx))
        if not math.isfinite(seconds):
            self.fail(f"{value} is no number of seconds.", param, ctx)
        return seconds


def selection_options[**P, R](command: Callable[P, R]) -> Callable[P, R]:
    """Add what to select of a notebook's tasks."""
    return _with(
        command,
        click.option(
            "--tags",
            multiple=True,
            callback=_tags,
            metavar="TAG[,TAG…]",
            help="Tasks with any of these tags, and what they need.",
        ),
        click.option(
            "--target", "targets", multiple=True, metavar="TASK", help="This task (or glob), and what it needs."
        ),
    )


def notebook_options[**P, R](command: Callable[P, R]) -> Callable[P, R]:
    """Add the notebook, its parameters and its deadlines."""
    return _with(
        command,
        click.argument("notebook", type=click.Path(exists=True, dir_okay=False, path_type=Path)),
        click.option(
            "-p",
            "--param",
            "parameters",
            multiple=True,
            callback=assignments,
            metavar="NAME=VALUE",
            help="A parameter of the notebook and of its tasks. The value is read as JSON (2013, true, [1, 2]), "
            "else taken as text.",
        ),
        click.option("--timeout", type=Seconds(), metavar="SECONDS", help="Deadline for it all."),
        click.option("--cell-timeout", type=Seconds(), metavar="SECONDS", help="Deadline for each cell."),
    )


workers_option = click.option(
    "--workers", type=click.IntRange(min=1), help="Processes that run tasks at the same time."
)


def reuse_option[**P, R](*, meaning: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return the option that asks for what is fresh; `meaning` says what the command does with it."""
    return click.option("--reuse", type=click.Choice(["fresh"]), help=meaning)


def _with[**P, R](command: Callable[P, R], *options: Callable[[Callable[P, R]], Callable[P, R]]) -> Callable[P, R]:
    for option in reversed(options):
        command = option(command)
    return command


def request(notebook: Path, *, workers: int | None = None, **given: Any) -> NotebookRequest:
    """Return what the options of `notebook_options`, and of `selection_options`, ask for."""
    from dpnb.notebook.headless import Limits
    from dpnb.notebook.preparation import NotebookRequest
    from dpnb.workspace import find_home

    path = notebook.absolute()
    return NotebookRequest(
        path=path,
        # What the notebook itself would find; inside it, DPNB_HOME says so in any case.
        home=find_home() if os.environ.get("DPNB_HOME") else find_home(path.parent),
        parameters=given["parameters"],
        tags=given.get("tags", ()),
        targets=tuple(given.get("targets", ())),
        workers=workers,
        reuse=given.get("reuse"),
        limits=Limits(notebook=given["timeout"], cell=given["cell_timeout"]),
    )
