"""How a run stands, made of its events: one pure function for every face.

``apply(snapshot, event)`` returns the next snapshot and changes nothing; its cost does not depend on how much has
happened before. An event that the snapshot knows, by its place, changes nothing; one may begin in the middle of a run,
and then knows what it has heard of.

Of a run whose events have all been applied the snapshot says what the ledger's rows say.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import reduce
from typing import TYPE_CHECKING, NamedTuple

from dpnb.results.records import RunStatus, TaskState
from dpnb.run_events.kinds import (
    ChunkAdded,
    RunFinished,
    RunPlaced,
    RunResumed,
    RunStarted,
    TaskChanged,
    TaskProgressed,
    as_run_event,
)
from dpnb.run_events.task_table import TaskTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dpnb.events import EventBase
    from dpnb.run_events.kinds import RunEvent


class TaskSnapshot(NamedTuple):
    """How a task stands. The names are those of `dpnb.results.TaskRunRecord`, which says the same.

    `fraction` and `note` are what the running attempt said of its progress.
    """

    name: str
    state: TaskState = TaskState.PENDING
    upstream: tuple[str, ...] = ()
    attempts: int = 0
    started_us: int | None = None
    finished_us: int | None = None
    duration_s: float | None = None
    cpu_s: float | None = None
    peak_memory_bytes: int | None = None
    size_bytes: int | None = None
    rows: int | None = None
    chunks: int | None = None
    reason: str = ""
    origin: str = ""
    delay_s: float | None = None
    fraction: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSnapshot:
    """How a run stands after its events up to `position`.

    `total` counts its tasks, also those that no event has named yet; `counts` those in each state that any is in.
    `resumptions` says how often another owner has gone on with it. `executor` names where its tasks run, if that is not
    worker processes of its own, and `missing` says what is not promised there.

    Examples
    --------
    >>> from dpnb.events import EventBase
    >>> facts = {"run_id": "r1", "lease": 1, "number": 2, "task": "load", "state": "running", "attempt": 1}
    >>> snapshot = apply(RunSnapshot(), EventBase("run.r1.task.load.running", facts))
    >>> snapshot.tasks["load"].state
    <TaskState.RUNNING: 'running'>
    """

    run_id: str = ""
    status: RunStatus = RunStatus.RUNNING
    position: tuple[int, int] = (0, 0)
    dag_id: str = ""
    started_us: int | None = None
    finished_us: int | None = None
    workers: int = 0
    reason: str = ""
    rerun_of: str = ""
    tags: tuple[str, ...] = ()
    resumptions: int = 0
    executor: str = ""
    missing: tuple[str, ...] = ()
    total: int = 0
    tasks: TaskTable[TaskSnapshot] = field(default_factory=TaskTable)
    counts: Mapping[TaskState, int] = field(default_factory=dict)

    @classmethod
    def of(cls, events: Iterable[EventBase]) -> RunSnapshot:
        """Return how a run stands after these events.

        >>> RunSnapshot.of(run.events(follow=False))  # doctest: +SKIP
        """
        return reduce(apply, events, cls())

    @property
    def is_over(self) -> bool:
        """Whether the run has ended."""
        return self.status.is_terminal

    @property
    def done(self) -> int:
        """How many tasks have ended."""
        return sum(count for state, count in self.counts.items() if state.is_terminal)


def apply(snapshot: RunSnapshot, event: EventBase) -> RunSnapshot:
    """Return how the run stands after one more event; the same snapshot where that says nothing new.

    Raises
    ------
    ValueError
        The event is of another run.
    """
    said = as_run_event(event)
    if said is None:
        return snapshot
    if snapshot.run_id not in ("", said.run_id):
        raise ValueError(f"a snapshot of the run {snapshot.run_id!r} cannot take an event of {said.run_id!r}")
    return _take(snapshot, said) if said.position > snapshot.position else snapshot


def _take(snapshot: RunSnapshot, event: RunEvent) -> RunSnapshot:
    match event:
        case RunStarted():
            return _started(snapshot, event)
        case RunResumed():
            return _resumed(snapshot, event)
        case RunPlaced():
            return _placed(snapshot, event)
        case RunFinished():
            return _finished(snapshot, event)
        case TaskChanged() | ChunkAdded() | TaskProgressed():
            return _with_task(snapshot, _told(_task(snapshot, event.task), event), event)
        case _:
            return snapshot


def _told(task: TaskSnapshot, event: TaskChanged | ChunkAdded | TaskProgressed) -> TaskSnapshot:
    match event:
        case TaskChanged():
            return _changed(task, event)
        case ChunkAdded():
            return _longer(task, event)
        case TaskProgressed():
            return task._replace(fraction=event.fraction, note=event.note)


def _placed(snapshot: RunSnapshot, event: RunPlaced) -> RunSnapshot:
    return replace(
        snapshot,
        run_id=event.run_id,
        position=event.position,
        executor=event.executor,
        missing=tuple(event.missing),
    )


def _finished(snapshot: RunSnapshot, event: RunFinished) -> RunSnapshot:
    return replace(
        snapshot,
        run_id=event.run_id,
        position=event.position,
        status=RunStatus(event.status),
        finished_us=event.finished_us,
        reason=event.reason,
    )


def _resumed(snapshot: RunSnapshot, event: RunResumed) -> RunSnapshot:
    return replace(
        snapshot,
        run_id=event.run_id,
        position=event.position,
        status=RunStatus.RUNNING,
        finished_us=None,
        reason="",
        workers=event.workers,
        resumptions=snapshot.resumptions + 1,
        executor="",
        missing=(),
    )


def _task(snapshot: RunSnapshot, name: str) -> TaskSnapshot:
    found: TaskSnapshot | None = snapshot.tasks.get(name)
    return found if found is not None else TaskSnapshot(name)


def _changed(task: TaskSnapshot, event: TaskChanged) -> TaskSnapshot:
    facts = {name: fact for name, fact in event.data.items() if name in _SAME}
    return TaskSnapshot(task.name, TaskState(event.state), task.upstream, event.attempt, **facts)


_SAME = frozenset(TaskSnapshot._fields[4:-2])


def _longer(task: TaskSnapshot, event: ChunkAdded) -> TaskSnapshot:
    return task._replace(
        chunks=event.chunk + 1,
        size_bytes=(task.size_bytes or 0) + event.size_bytes,
        rows=task.rows if event.rows is None else (task.rows or 0) + event.rows,
    )


def _with_task(snapshot: RunSnapshot, task: TaskSnapshot, event: RunEvent) -> RunSnapshot:
    before: TaskSnapshot | None = snapshot.tasks.get(task.name)
    counts = snapshot.counts
    if before is None or before.state is not task.state:
        counts = _moved(counts, None if before is None else before.state, task.state)
    tasks = snapshot.tasks.with_value(task.name, task)
    return RunSnapshot(
        run_id=event.run_id,
        status=snapshot.status,
        position=event.position,
        dag_id=snapshot.dag_id,
        started_us=snapshot.started_us,
        finished_us=snapshot.finished_us,
        workers=snapshot.workers,
        reason=snapshot.reason,
        rerun_of=snapshot.rerun_of,
        tags=snapshot.tags,
        resumptions=snapshot.resumptions,
        executor=snapshot.executor,
        missing=snapshot.missing,
        total=max(snapshot.total, len(tasks)),
        tasks=tasks,
        counts=counts,
    )


def _moved(counts: Mapping[TaskState, int], before: TaskState | None, after: TaskState) -> dict[TaskState, int]:
    moved = dict(counts)
    moved[after] = moved.get(after, 0) + 1
    if before is not None:
        moved[before] -= 1
        if not moved[before]:
            del moved[before]
    return moved


def _started(snapshot: RunSnapshot, event: RunStarted) -> RunSnapshot:
    tasks = TaskTable((name, TaskSnapshot(name, upstream=tuple(upstream))) for name, upstream in event.outline.items())
    return replace(
        snapshot,
        run_id=event.run_id,
        position=event.position,
        dag_id=event.dag_id,
        started_us=event.started_us,
        workers=event.workers,
        rerun_of=event.rerun_of,
        tags=tuple(event.tags),
        total=max(event.tasks, len(tasks)),
        tasks=tasks,
        counts={TaskState.PENDING: len(tasks)} if tasks else {},
    )
