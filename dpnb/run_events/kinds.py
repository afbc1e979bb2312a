"""The events of a run.

========================================  ===============  ==========================================================
topic                                     class            when
========================================  ===============  ==========================================================
``run.{run_id}.started``                  `RunStarted`     once, first
``run.{run_id}.task.{task}.{state}``      `TaskChanged`    a task came to that state: ``running`` at each attempt,
                                                           ``retrying``, ``pending`` (it waits again, as if the attempt
                                                           had not been), and a terminal one
``run.{run_id}.task.{task}.chunk``        `ChunkAdded`    a stream has one more chunk
``run.{run_id}.task.{task}.progress``     `TaskProgressed`   a task said how far it is; thinned out
``run.{run_id}.placed``                   `RunPlaced`      its tasks run elsewhere than in processes of its own
``run.{run_id}.finished``                 `RunFinished`    the run ended, or its process died (``interrupted``)
``run.{run_id}.resumed``                  `RunResumed`     another owner goes on with it; another ``finished`` follows
========================================  ===============  ==========================================================

Names become segments as `dpnb.events.topic_segment` makes them. `data` holds the facts by their names, as JSON carries
them, without those that are missing; the attributes of the same names read it. Instants are microseconds since 1970 UTC
(``_us``), durations seconds. Events of a run are ordered by `RunEvent.position`, and have the same ids wherever they
are read: from the ledger, or from any broker.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, overload

from dpnb.events import EventBase, topic_segment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Fact[T]:
    """An entry of an event's data as an attribute; `missing` stands in where there is none."""

    def __init__(self, missing: T) -> None:
        self._missing = missing

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, event: None, kind: type) -> Self: ...
    @overload
    def __get__(self, event: EventBase, kind: type) -> T: ...
    def __get__(self, event: EventBase | None, kind: type) -> Self | T:
        if event is None:
            return self
        found: T = event.data.get(self._name, self._missing)
        return found


class RunEvent(EventBase):
    """Something that happened in a run. `source` is the run's id."""

    run_id = Fact("")
    lease = Fact(0)
    """The token of the run's owner who said it."""
    number = Fact(0)
    """Its place among all that this owner said, from 1."""

    @property
    def position(self) -> tuple[int, int]:
        """Where it stands among the events of its run."""
        return self.lease, self.number


class RunStarted(RunEvent):
    """A run began. `outline` names its tasks in their order, each with its upstream.

    Of more than `MOST_OUTLINED` tasks there is no outline: a broker would refuse so large an event.
    """

    dag_id = Fact("")
    tasks = Fact(0)
    workers = Fact(0)
    started_us = Fact(0)
    rerun_of = Fact("")
    tags: Fact[Sequence[str]] = Fact(())
    outline: Fact[Mapping[str, Sequence[str]]] = Fact({})


class RunResumed(RunEvent):
    """Another owner goes on with a run that had ended, or whose process had died."""

    workers = Fact(0)


class RunPlaced(RunEvent):
    """The run's tasks run somewhere else than in worker processes of its own, under that name; it says what it misses.

    Each of `missing` is what its `executor` does not promise, of what its tasks ask for.
    """

    executor = Fact("")
    missing: Fact[Sequence[str]] = Fact(())


class RunFinished(RunEvent):
    """A run ended: succeeded, failed, cancelled or interrupted."""

    status = Fact("")
    finished_us: Fact[int | None] = Fact(None)
    reason = Fact("")


class _TaskEvent(RunEvent):
    """Something that happened to a task of a run."""

    task = Fact("")
    attempt = Fact(0)


class TaskChanged(_TaskEvent):
    """A task came to another state; `attempt` says how many attempts it has had."""

    state = Fact("")
    started_us: Fact[int | None] = Fact(None)
    finished_us: Fact[int | None] = Fact(None)
    duration_s: Fact[float | None] = Fact(None)
    cpu_s: Fact[float | None] = Fact(None)
    peak_memory_bytes: Fact[int | None] = Fact(None)
    size_bytes: Fact[int | None] = Fact(None)
    rows: Fact[int | None] = Fact(None)
    chunks: Fact[int | None] = Fact(None)
    reason = Fact("")
    origin = Fact("")
    delay_s: Fact[float | None] = Fact(None)


class ChunkAdded(_TaskEvent):
    """A chunk of a stream lies in the store; `chunk` is its place in it, from 0."""

    chunk = Fact(0)
    result_id = Fact("")
    size_bytes = Fact(0)
    rows: Fact[int | None] = Fact(None)


class TaskProgressed(_TaskEvent):
    """A task said how far it is, as a fraction from 0 to 1 and in words."""

    fraction = Fact(0.0)
    note = Fact("")


MOST_OUTLINED = 10_000
RUN_KINDS: dict[str, type[RunEvent]] = {
    "started": RunStarted,
    "resumed": RunResumed,
    "placed": RunPlaced,
    "finished": RunFinished,
}
TASK_KINDS: dict[str, type[RunEvent]] = {"chunk": ChunkAdded, "progress": TaskProgressed}


def run_pattern(run_id: str = "*") -> str:
    """Return the pattern of all that a run says; of all runs, where none is named.

    >>> run_pattern("nightly 2013.11")
    'run.nightly 2013%2E11.**'
    """
    return f"run.{run_id if run_id == '*' else topic_segment(run_id)}.**"


def as_run_event(event: EventBase) -> RunEvent | None:
    """Return an event as that of a run, whichever class a broker's client made of it; None if it is none.

    Examples
    --------
    >>> as_run_event(EventBase("run.r1.finished", {"run_id": "r1", "status": "failed"})).status
    'failed'
    """
    if isinstance(event, RunEvent):
        return event
    kind = _kind_of(event.topic.split("."))
    if kind is None or not isinstance(event.data, dict) or "run_id" not in event.data:
        return None
    origin: dict[str, Any] = {"event_id": event.event_id, "timestamp": event.timestamp, "source": event.source}
    return kind(event.topic, event.data, **origin)


def _kind_of(segments: Sequence[str]) -> type[RunEvent] | None:
    match segments:
        case ["run", _, word]:
            return RUN_KINDS.get(word)
        case ["run", _, "task", _, word]:
            return TASK_KINDS.get(word, TaskChanged)
        case _:
            return None
