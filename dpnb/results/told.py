"""What a run has said of itself, as the ledger keeps it: compact, in batches, in its order.

A batch is what one owner of the run said between two commits, and lies in the transaction with the rows that it tells
of: whoever reads an event finds in the ledger what it speaks of. Events are numbered from 1 under each owner's token,
so that token and number order all events of a run, and identify each of them wherever it is read.

An event is an instant, a kind, a task (empty where it is of the whole run) and facts in the order of `FACTS`, those
missing at the end left out. A new fact is added at an end, so that what was written before still reads. Durations are
whole microseconds: to write one as a number with 17 digits takes longer than all else of an event.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from dpnb.results.records import EventBatch, TaskState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dpnb.results.records import RunRecord, TaskRunRecord

STARTED, RESUMED, FINISHED, CHUNK, PROGRESS = "started", "resumed", "finished", "chunk", "progress"
PLACED = "placed"
STATES = frozenset(state.value for state in TaskState)

STATE_FACTS = (
    "attempt",
    "started_us",
    "finished_us",
    "duration_us",
    "cpu_us",
    "peak_memory_bytes",
    "size_bytes",
    "rows",
    "chunks",
    "reason",
    "origin",
    "delay_s",
)
_DURATIONS = {"duration_us": "duration_s", "cpu_us": "cpu_s"}
FACTS: dict[str, tuple[str, ...]] = {
    STARTED: ("dag_id", "tasks", "workers", "started_us", "rerun_of", "tags"),
    RESUMED: ("workers",),
    PLACED: ("executor", "missing"),
    FINISHED: ("status", "finished_us", "reason"),
    CHUNK: ("attempt", "chunk", "result_id", "size_bytes", "rows"),
    PROGRESS: ("attempt", "fraction", "note"),
    **dict.fromkeys(STATES, STATE_FACTS),
}


class Told(NamedTuple):
    """One event. `kind` is one of `FACTS`: a word of the run, or the state that the task came to."""

    time_us: int
    kind: str
    task: str
    facts: tuple[Any, ...]

    def named_facts(self) -> dict[str, Any]:
        """Return the facts by their names, without those that are missing; durations in seconds."""
        named = zip(FACTS.get(self.kind, ()), self.facts, strict=False)
        facts = {name: fact for name, fact in named if fact is not None and fact != ""}
        return facts | {to: facts.pop(name) / 1e6 for name, to in _DURATIONS.items() if name in facts}


def batch_of(run_id: str, lease: int, events: Sequence[Told], *, before: int = 0) -> EventBatch:
    """Return events as the ledger keeps them; their owner had said so many `before`."""
    return EventBatch(run_id=run_id, lease=lease, last=before + len(events), count=len(events), events=_to_json(events))


def numbered(batch: EventBatch) -> list[tuple[int, Told]]:
    """Return the events of a batch with their numbers."""
    told = [Told(time_us, kind, task, tuple(facts)) for time_us, kind, task, facts in json.loads(batch.events)]
    return list(enumerate(told, batch.last - batch.count + 1))


def _to_json(events: Iterable[Told]) -> str:
    text = _encode(events)
    try:
        text.encode()
    except UnicodeEncodeError:  # an exception's message may hold lone surrogates, which nothing beyond here takes
        return _encode([_encodable(event) for event in events])
    return text


_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    return [_encodable(one) for one in value] if isinstance(value, (tuple, list)) else value


def run_started(record: RunRecord) -> Told:
    """Return what a run says first."""
    facts = (record.dag_id, record.tasks, record.workers, record.started_us, record.rerun_of, record.tags)
    return Told(record.started_us, STARTED, "", facts)


def run_resumed(record: RunRecord, time_us: int) -> Told:
    """Return what a run says when another owner goes on with it."""
    return Told(time_us, RESUMED, "", (record.workers,))


def run_placed(executor: str, missing: Sequence[str], time_us: int) -> Told:
    """Return what a run says of where its tasks run, and of what that does not promise."""
    return Told(time_us, PLACED, "", (executor, list(missing)))


def run_finished(record: RunRecord) -> Told:
    """Return what a run says last, until it is resumed."""
    finished_us = record.finished_us if record.finished_us is not None else record.started_us
    return Told(finished_us, FINISHED, "", (record.status, record.finished_us, record.reason))


def task_came_to(row: TaskRunRecord, time_us: int) -> Told:
    """Return what is said of a task that came to the state that its row tells."""
    facts = {
        **{name: getattr(row, name, None) for name in STATE_FACTS},
        "attempt": row.attempts,
        "duration_us": whole_us(row.duration_s),
        "cpu_us": whole_us(row.cpu_s),
    }
    return Told(time_us, row.state, row.task, tuple(facts.values()))


def whole_us(seconds: float | None) -> int | None:
    """Return seconds as microseconds."""
    return None if seconds is None else round(seconds * 1e6)
