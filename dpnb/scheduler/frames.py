"""Schedules and fires as tidy DataFrames, with the same dtypes when there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dpnb.scheduler.records import Cause, FireState

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from dpnb.scheduler.records import FireRecord, ScheduleRecord
    from dpnb.scheduler.store import ScheduleStore
    from dpnb.workspace import Workspace


def schedules(workspace: Workspace | None = None) -> pd.DataFrame:
    """Return one row per schedule of a workspace, the default one where it is None, by name.

    Returns
    -------
    pandas.DataFrame
        Columns as `dpnb.scheduler.schedules_frame` lists them.

    Examples
    --------
    >>> schedules()[["name", "next", "paused"]]  # doctest: +SKIP
    """
    return schedules_frame(store_of(workspace))


def fires(name: str | None = None, workspace: Workspace | None = None) -> pd.DataFrame:
    """Return one row per fire of a workspace's schedules, or of one of them, the latest first.

    Fires that were missed or skipped have their rows too, with the reason.

    Parameters
    ----------
    name
        A schedule, also one that has been removed.
    workspace
        The default one where it is None.

    Returns
    -------
    pandas.DataFrame
        Columns as `dpnb.scheduler.fires_frame` lists them.

    Examples
    --------
    >>> fires("daily report")  # doctest: +SKIP
    """
    return fires_frame(store_of(workspace), name)


def store_of(workspace: Workspace | None = None) -> ScheduleStore:
    """Return where a workspace's schedules are kept."""
    from dpnb.scheduler.store import ScheduleStore
    from dpnb.workspace import get_workspace

    return ScheduleStore((workspace or get_workspace()).ledger.database)


def schedules_frame(store: ScheduleStore) -> pd.DataFrame:
    """Return one row per schedule, by name.

    Returns
    -------
    schedules × name (str), kind (category), when (str, in words), target (str), next (UTC; missing where only
    something else than the time makes it fire, or it is over), paused (bool), failures (Int64, in a row), misfire,
    overlap (category), created (UTC).
    """
    return _frame(_SCHEDULE_COLUMNS, store.schedules())


def fires_frame(store: ScheduleStore, name: str | None = None) -> pd.DataFrame:
    """Return one row per fire, the latest first.

    Returns
    -------
    fires × schedule (str), due (UTC), state, cause (category), attempt (Int64), run_id (str; empty where no run came
    of it), reason (str), started, finished (UTC), instants (Int64: for how many missed ones it stands; missing where
    nobody has counted them), fire (str, its id), data (what the signal carried).
    """
    return _frame(_FIRE_COLUMNS, store.fires(name)[::-1])


KINDS = ("cron", "interval", "once", "event", "file", "api", "manual")

type _Columns = dict[str, tuple[str | tuple[str, ...], Callable[[Any], Any]]]

_SCHEDULE_COLUMNS: _Columns = {
    "name": ("str", lambda one: one.name),
    "kind": (KINDS, lambda one: one.kind),
    "when": ("str", lambda one: one.description),
    "target": ("str", lambda one: str(one.target)),
    "next": ("instant", lambda one: None if one.paused else one.next_us),
    "paused": ("bool", lambda one: one.paused),
    "failures": ("Int64", lambda one: one.failures),
    "misfire": (("coalesce", "skip", "all"), lambda one: one.options.misfire),
    "overlap": (("skip", "queue", "cancel_running", "allow"), lambda one: one.options.overlap),
    "created": ("instant", lambda one: one.created_us),
}

_FIRE_COLUMNS: _Columns = {
    "schedule": ("str", lambda one: one.schedule),
    "due": ("instant", lambda one: one.due_us),
    "state": (tuple(state.value for state in FireState), lambda one: one.state.value),
    "cause": (tuple(cause.value for cause in Cause), lambda one: one.cause.value),
    "attempt": ("Int64", lambda one: one.attempt),
    "run_id": ("str", lambda one: one.run_id),
    "reason": ("str", lambda one: one.reason),
    "started": ("instant", lambda one: one.started_us),
    "finished": ("instant", lambda one: one.finished_us),
    "instants": ("Int64", lambda one: one.instants),
    "fire": ("str", lambda one: one.fire),
    "data": ("object", lambda one: one.data),
}


def _frame(columns: _Columns, records: list[ScheduleRecord] | list[FireRecord]) -> pd.DataFrame:
    import pandas as pd

    data = {name: _values(kind, [value(one) for one in records]) for name, (kind, value) in columns.items()}
    return pd.DataFrame(data, index=pd.RangeIndex(len(records)))


def _values(kind: str | tuple[str, ...], values: list[Any]) -> Any:
    import pandas as pd

    from dpnb.results.columns import instants

    if isinstance(kind, tuple):
        others = sorted(set(values).difference(kind))  # kinds of the user's own triggers
        return pd.Categorical(values, categories=[*kind, *others])
    return instants(values) if kind == "instant" else pd.Series(values, dtype=kind)
