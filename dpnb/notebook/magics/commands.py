"""The magics: what is written on a line becomes the call that it stands for, and its value is what the cell shows."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, line_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring

from dpnb.errors import DpnbError
from dpnb.notebook.parameters import parse_assignment
from dpnb.workspace import get_planner, runs

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Iterable

    import pandas as pd

    from dpnb.orchestrator import Run
    from dpnb.planner import ExecutionPlan
    from dpnb.registry import TaskMetadata

_PARAM = "a run parameter; the value is read as JSON (2013, true, [1, 2]), else taken as text"


def _shortly[**P, R](magic: Callable[P, R]) -> Callable[P, R]:
    """Let dpnb's own errors be shown as what they say, without the frames between the cell and it."""

    @functools.wraps(magic)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return magic(*args, **kwargs)
        except DpnbError as error:
            lines = [f"{type(error).__name__}: {error}"]
            error._render_traceback_ = lambda: lines  # type: ignore[attr-defined] # IPython's own protocol
            raise

    return told


def _asking(*options: argument) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return what adds options to a magic, in this order, so that ``%plan?`` lists them."""

    def add(magic: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            magic = option(magic)
        asked: Callable[..., Any] = magic_arguments()(magic)
        return asked

    return add


_SELECTION = (
    argument("targets", nargs="*", metavar="TASK", help="this task (or glob), and what it needs; else every task"),
    argument("--tags", action="append", default=[], metavar="TAG[,TAG…]", help="tasks with any of these tags"),
    argument("--exclude", action="append", default=[], metavar="TASK", help="leave this task (or glob) out"),
    argument("--reuse", action="store_true", help="take over the stored results that still stand"),
    argument("-p", "--param", action="append", default=[], metavar="NAME=VALUE", help=_PARAM),
)
"""What `create_execution_plan` is asked."""


@magics_class
class Commands(Magics):
    """``%%task``, ``%plan``, ``%run_plan`` and ``%runs``."""

    @cell_magic
    @_shortly
    def task(self, line: str, cell: str) -> TaskMetadata:
        """Turn the cell into a task.

        ::

            %%task name=delays depends=flights,airports tags=etl max_retries=2
            late = flights[flights.dep_delay > 60]
            late.merge(airports, left_on="dest", right_on="faa")

        The results of the tasks that it depends on are variables of their names. The value of the last expression is
        the task's result; ``return`` and ``yield`` do what they do in a function, which the cell becomes. Run again,
        the cell replaces its task.

        depends=…   the tasks whose results it takes; one that the cell does not name only comes first
        params=…    run parameters that it takes besides, as in a def: params="year: int = 2013"
        returns=…   the type of its result, as in a def: returns="pd.DataFrame"

        All other options are those of @task: see help(dpnb.task). Several values stand behind commas
        (tags=etl,daily), pairs have colons (inputs=frame:flights), and what holds spaces is quoted.
        """
        from dpnb.notebook.magics.cell_task import define

        return define(self.shell, line, cell)

    @_shortly
    @_asking(*_SELECTION)
    @line_magic
    def plan(self, line: str) -> ExecutionPlan:
        """Plan tasks and show what would run, in which order, and why: ``plan = %plan delays --reuse`` keeps it."""
        return _plan(parse_argstring(self.plan, line))

    @_shortly
    @_asking(*_SELECTION, argument("--workers", type=int, help="processes that run tasks at the same time"))
    @line_magic
    def run_plan(self, line: str) -> Run:
        """Plan tasks, start a run of them, and show its panel: ``run = %run_plan delays`` keeps the run instead."""
        from dpnb.orchestrator import Orchestrator

        asked = parse_argstring(self.run_plan, line)
        if asked.workers is not None and asked.workers < 1:
            raise UsageError(f"--workers must be at least 1, not {asked.workers}")
        plan = _plan(asked)
        return Orchestrator(workers=asked.workers).start_pipeline(plan)

    @_shortly
    @_asking(
        argument("--tag", action="append", help="runs of a task with this tag, or with any of several"),
        argument("--status", action="append", help="runs that are so, or any of several: failed, running, …"),
        argument("--since", help="started since then (2026-11-01), or in the last 7d, 12h, 30min"),
        argument("--task", action="append", help="runs of this task, or of one that fits this glob"),
        argument("-p", "--param", action="append", metavar="NAME=VALUE", help=f"given {_PARAM}"),
        argument("-n", "--limit", type=int, help="at most so many"),
    )
    @line_magic
    def runs(self, line: str) -> pd.DataFrame:
        """Return one row per run, newest first, as ``dpnb.runs`` does: of all, or of those that fit each option."""
        given = {name: value for name, value in vars(parse_argstring(self.runs, line)).items() if value is not None}
        if "param" in given:
            given["params"] = _params(given.pop("param"))
        for several in ("tag", "status", "task"):
            if several in given:
                given[several] = _split(given[several])
        return runs(**given)


def _plan(asked: Namespace) -> ExecutionPlan:
    return get_planner().create_execution_plan(
        targets=asked.targets or None,
        tags=_split(asked.tags) or None,
        exclude=_split(asked.exclude) or None,
        params=_params(asked.param),
        reuse="fresh" if asked.reuse else None,
    )


def _split(values: Iterable[str]) -> list[str]:
    return [one.strip() for value in values for one in value.split(",") if one.strip()]


def _params(given: Iterable[str]) -> dict[str, Any]:
    try:
        return dict(map(parse_assignment, given))
    except ValueError as error:
        raise UsageError(str(error)) from None
