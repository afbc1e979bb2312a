"""The workspace of the working directory, and what is asked of it without naming it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Unpack

from dpnb.registry import get_registry
from dpnb.results.run_filter import RunCriteria, naming_criteria
from dpnb.workspace.opened import Workspace, now_us, processors
from dpnb.workspace.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    import pandas as pd

    from dpnb.planner import EarlierRuns, Planner
    from dpnb.results.points_in_time import Span


_open: dict[Path, Workspace] = {}
_lock = threading.Lock()


def get_workspace() -> Workspace:
    """Return the workspace of the working directory (or of ``DPNB_HOME``), opened once per process and settings."""
    settings = Settings.of()
    with _lock:
        opened = _open.get(settings.home)
        if opened is None or opened.settings != settings:
            opened = _open[settings.home] = Workspace()
        return opened


def get_planner() -> Planner:
    """Return a planner of the default registry, which checks types strictly and knows the default workspace's runs."""
    from dpnb.planner import DAGBuilder, Planner, RunHistory

    history = RunHistory(durations_s=_durations_s, workers=processors(), earlier=_earlier_runs, now_us=now_us)
    return Planner(DAGBuilder(get_registry()), history=history)


def _durations_s(tasks: Collection[str], dag_id: str) -> dict[str, float]:
    return get_workspace().durations_s(tasks, dag_id)


def _earlier_runs(tasks: Collection[str]) -> EarlierRuns:
    return get_workspace().earlier_runs(tasks)


@naming_criteria
def runs(workspace: Workspace | None = None, **criteria: Unpack[RunCriteria]) -> pd.DataFrame:
    """Return one row per run, newest first: of all runs, or of those that meet every criterion given.

    Parameters
    ----------
    workspace
        Where to look; the default workspace where it is None.
    tag
        The run's plan had a task with this tag, or with any of several. Whether the plan was selected by it is not
        asked: a run of everything counts too.
    status
        ``"failed"``, or any of several.
    since
        It started then or later: a datetime, a date, text such as ``"2026-11-01"`` or ``"2026-11-01 12:30"``, on this
        machine's clock where no time zone is named; or how long ago: a timedelta, ``"7d"``, ``"12h"``, ``"30min"``.
    task
        It had a task of this name, or one that fits this glob, or any of several.
    params
        It was given run parameters of these values, which are compared as they are stored: as JSON, else as their
        repr. What tasks took from their own defaults does not count.
    pinned
        Whether it is pinned.
    limit
        No more than so many, the newest ones.

    Returns
    -------
    pandas.DataFrame
        Columns as `dpnb.results.runs_frame` lists them.

    Raises
    ------
    RunCriterionError
        A criterion makes no sense: a status that does not exist, a time that is none.

    Examples
    --------
    >>> runs(status="failed", since="7d", params={"year": 2013})  # doctest: +SKIP
    """
    return (workspace or get_workspace()).runs(**criteria)


def prune(
    keep: int | None = None,
    older_than: Span | None = None,
    *,
    keep_succeeded: int = 1,
    dry_run: bool = True,
    workspace: Workspace | None = None,
) -> pd.DataFrame:
    """Delete old runs; with `dry_run`, which is the default, only tell which these are.

    A run goes if it is not among the newest `keep`, and if it ended longer than `older_than` ago; one of the two may be
    left out. It stays nevertheless while a process drives it, if it is pinned (`Run.pin`), and if it is the last of its
    DAG that succeeded. What is deleted is gone; runs that reused its results have them still.

    Parameters
    ----------
    keep
        How many of the newest runs stay, in the order of `runs()`.
    older_than
        How long ago a run that goes has ended, at least: a timedelta, ``"30d"``, ``"12h"``.
    keep_succeeded
        How many of the last successes of each DAG stay, however old; 0 for none.
    dry_run
        Whether to delete nothing.
    workspace
        Where; the default workspace where it is None.

    Returns
    -------
    pandas.DataFrame
        One row per run; columns as `dpnb.results.housekeeping.prune_frame` lists them.

    Raises
    ------
    RunCriterionError
        Neither `keep` nor `older_than` is given, or one of them makes no sense.
    LedgerReadOnlyError
        The workspace may only be read.

    Examples
    --------
    >>> prune(keep=10, older_than="30d")  # doctest: +SKIP
    >>> prune(keep=10, older_than="30d", dry_run=False)  # doctest: +SKIP
    """
    return (workspace or get_workspace()).prune(keep, older_than, keep_succeeded=keep_succeeded, dry_run=dry_run)
