"""``schedule``: a pipeline or a notebook that runs by itself, said in one line."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from dpnb.errors import ScheduleOptionError
from dpnb.launch.orders import notebook_target, pipeline_order, plain_params
from dpnb.launch.schedulers import get_scheduler, running_scheduler
from dpnb.launch.timing import Timing, read_timing
from dpnb.planner import ExecutionPlan
from dpnb.results.trust import Trust
from dpnb.scheduler import LaunchOrder, NotebookTarget, ScheduleStore
from dpnb.scheduler.frames import fires_frame
from dpnb.scheduler.records import from_us
from dpnb.scheduler.scheduler import check_name, manual_fire, new_schedule, resume_schedule
from dpnb.scheduler.timetable import Timetable
from dpnb.scheduler.triggers_at_hand import BY_TIME_ALONE, TriggersAtHand
from dpnb.workspace import get_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from dpnb.events import Consumer
    from dpnb.scheduler import FireRecord, ScheduleRecord, Trigger
    from dpnb.scheduler.timetable import Due
    from dpnb.workspace import Workspace


class Request(Timing, total=False):
    """What `schedule` is given beside what it is to run."""

    name: str | None
    params: Mapping[str, Any] | None
    workers: int | None
    notebook_options: Mapping[str, Any]
    consumer: Consumer | None
    workspace: Workspace | None
    replace: bool
    serve: bool


def schedule(what: ExecutionPlan | NotebookTarget | str | Path, **request: Unpack[Request]) -> Schedule:
    """Have a pipeline, or a whole notebook, run by itself.

    It is kept in the workspace: whatever process serves it, and however often that ends and starts again, each fire
    starts one run. This process begins to serve it in the background, and goes on until it ends; `dpnb schedule run`
    does so by itself.

    Parameters
    ----------
    what
        A plan, whose functions are kept with it as they are now, or the path of a notebook, which is executed headless
        as it is then; its executed copy is kept with the run.
    cron
        When: ``"0 9 * * *"`` is nine o'clock each day, on the clocks of `zone`.
    zone
        The name of a time zone, ``"Asia/Seoul"``; this machine's, where it is not given. Local times and days that
        `at`, `start` and `end` are given are of it.
    every
        In place of `cron`: seconds, a timedelta, or ``"15min"``.
    at, once
        In place of `cron`, one of them: once, at this instant.
    on_event
        In place of `cron`: when an event is heard on this topic, or on one that fits, by `consumer`.
    files
        In place of `cron`: when files that fit this pattern are new or changed.
    trigger
        In place of `cron`: any trigger.
    params
        Run parameters of the pipeline; parameters of the notebook, and of the tasks that it defines.
    name
        What it is called: the notebook's name, or that of the plan's last task, where it is not given. One of the same
        name is replaced, unless ``replace=False``.
    workers
        How many tasks run at once.
    notebook_options
        Of a notebook: ``tags``, ``targets``, ``reuse``, ``timeout``, ``cell_timeout``, as for `dpnb run`.
    start, end, jitter, misfire, grace, most, overlap, retries, retry_delay, pause_after
        How fires are dealt with; see `dpnb.scheduler.ScheduleOptions`. Fires of `on_event` and `files` wait for each
        other where nothing else is said. Spans may be text: ``"10min"``.
    consumer
        Hears the events of `on_event`; the workspace's broker has it where it is None.
    workspace
        Where it is kept, and its runs; the default workspace where it is None.
    replace
        Whether it takes the place of a schedule of its name.
    serve
        Whether this process serves the workspace's schedules from now on, in the background.

    Raises
    ------
    ScheduleOptionError
        An option makes no sense, or there is no such notebook.
    NotebookFormatError
        The file is no notebook.
    TriggerError
        The cron expression, the zone or the instant is refused.
    TransportError
        Something that the plan's tasks need cannot be kept.
    PlanError
        A parameter that no task of the plan takes, or a value of the wrong type.
    ScheduleExistsError
        The name is taken, and ``replace=False``.

    Examples
    --------
    >>> schedule(plan, cron="0 9 * * *", zone="Asia/Seoul", params={"year": 2014})  # doctest: +SKIP
    >>> schedule("report.ipynb", every="1h", retries=2, name="hourly report")  # doctest: +SKIP
    """
    now_us = _now_us()
    asked: dict[str, Any] = dict(request)
    workspace: Workspace = asked.pop("workspace", None) or get_workspace()
    name, serve, replacing = asked.pop("name", None), asked.pop("serve", True), asked.pop("replace", True)
    order = _order(what, asked, workspace)
    trigger, options = read_timing(asked, asked.pop("consumer", None) or partial(_consumer, workspace))
    name = check_name(_name_of(what) if name is None else name)
    record = replace(new_schedule(name, trigger, order.target, options, now_us), user=workspace.who.user)
    if record.next_us is None and record.kind in BY_TIME_ALONE:
        given = f"{name!r}: {record.description}"
        raise ScheduleOptionError("when", given, rule="is never due any more", hint="give an instant that is to come.")
    store = ScheduleStore(workspace.ledger.database)
    store.add(record, packed=order.packed, signature=order.signature, replacing=replacing)
    made = Schedule(name, workspace)
    if serve:
        get_scheduler(workspace).use(name, trigger)
    return made


def get_schedule(name: str, workspace: Workspace | None = None) -> Schedule:
    """Return a schedule of a workspace. Raises `UnknownScheduleError`."""
    found = Schedule(name, workspace or get_workspace())
    found.record  # noqa: B018 - it raises where there is none
    return found


class Schedule:
    """A schedule of a workspace, by its name: looked up each time it is asked something."""

    def __init__(self, name: str, workspace: Workspace) -> None:
        self.name = name
        self._workspace = workspace
        self._store = ScheduleStore(workspace.ledger.database)
        self._triggers = TriggersAtHand()

    @property
    def record(self) -> ScheduleRecord:
        """What is kept of it. Raises `UnknownScheduleError`."""
        return self._store.schedule(self.name)

    def preview(self, count: int = 10) -> pd.DataFrame:
        """Return when it is due next, as long as it is not paused.

        Returns
        -------
        pandas.DataFrame
            One row per fire; columns ``local`` (a datetime in the trigger's zone), ``utc`` and ``note``.
        """
        from dpnb.scheduler.fire_frames import fire_frame

        record = self.record
        if not self._triggers.knows(record):  # only a process that has its trigger could tell
            return fire_frame([], "UTC", [])
        trigger = self._triggers.of(record)
        due = [one.at for one in islice(self._next(trigger, record), count)]
        note = getattr(trigger, "note", lambda *_: "")
        start = from_us(_now_us())
        notes = [note(fire, earlier) for fire, earlier in zip(due, [start, *due], strict=False)]
        return fire_frame(due, getattr(trigger, "local_zone", "UTC"), notes)

    def _next(self, trigger: Trigger, record: ScheduleRecord) -> Iterator[Due]:
        timetable = Timetable(self.name, trigger.next_fire, record.options)
        due = timetable.next(from_us(_now_us()))
        while due is not None:
            yield due
            due = timetable.next(due.at)

    def fires(self) -> pd.DataFrame:
        """Return one row per fire, the latest first; columns as `dpnb.scheduler.fires_frame` lists them."""
        return fires_frame(self._store, self.name)

    def fire(self, params: Mapping[str, Any] | None = None) -> FireRecord:
        """Have it fire at once, whether or not it is paused; return the fire.

        Where nothing serves the workspace's schedules, the next that does starts it.

        Parameters
        ----------
        params
            Run parameters, or parameters of the notebook, that have other values this time; such as JSON can carry.

        Raises
        ------
        ScheduleOptionError
            JSON cannot carry one of them.
        UnknownScheduleError
            It has been removed.
        """
        fire = manual_fire(self.name, _now_us(), {"params": plain_params(params)})
        added = self._store.add_fire(self.name, fire)
        self._wake()
        assert added is not None  # noqa: S101 - its id is its own
        return added

    def pause(self) -> Schedule:
        """Let it rest: what is due meanwhile is left out. Raises `UnknownScheduleError`."""
        self._store.change(self.name, paused=True)
        self._wake()
        return self

    def resume(self) -> Schedule:
        """Go on with it from now. Raises `UnknownScheduleError`."""
        resume_schedule(self._store, self.name, self._triggers, _now_us())
        self._wake()
        return self

    def remove(self) -> None:
        """Forget it; its fires and runs stay on record. Raises `UnknownScheduleError`."""
        self._store.remove(self.name)
        self._wake()

    def _wake(self) -> None:
        if (background := running_scheduler(self._workspace)) is not None:
            background.wake()

    def __repr__(self) -> str:
        record = self.record
        rests = ", paused" if record.paused else ""
        return f"<Schedule {self.name!r}: {record.target}, {record.description}{rests}>"


def _order(what: object, asked: dict[str, Any], workspace: Workspace) -> LaunchOrder:
    """Return what is to be launched; what says so is taken out of `asked`."""
    params, workers = asked.pop("params", None) or {}, asked.pop("workers", None)
    options = dict(asked.pop("notebook_options", None) or {})
    if isinstance(what, ExecutionPlan):
        if options:
            hint = "give a plan of the tasks that you want: create_execution_plan(tags=…)."
            raise ScheduleOptionError("notebook_options", options, rule="are of no account for a plan", hint=hint)
        workspace.base_path.mkdir(parents=True, exist_ok=True)
        Trust(str(workspace.base_path)).claim()  # what is packed is loaded from a store that this user has signed
        return pipeline_order(what.with_params(params), workers=workers)
    if isinstance(what, NotebookTarget):
        return LaunchOrder(target=what)
    if isinstance(what, str | Path):
        target = notebook_target(what, params, workers=workers, **options)
        _require_notebook(target)
        return LaunchOrder(target=target)
    raise ScheduleOptionError("what", what, rule="cannot be run", hint="give a plan, or the path of a notebook.")


def _require_notebook(target: NotebookTarget) -> None:
    """Refuse here what is no notebook, rather than at each of its fires. Raises `NotebookFormatError`."""
    from dpnb.notebook.preparation import read_notebook

    read_notebook(Path(target.path))


def _consumer(workspace: Workspace) -> Consumer:
    return workspace.broker.consumer()


def _name_of(what: object) -> str:
    if isinstance(what, ExecutionPlan):
        return what.execution_order[-1]
    return Path(what.path if isinstance(what, NotebookTarget) else str(what)).stem


def _now_us() -> int:
    return time.time_ns() // 1000
