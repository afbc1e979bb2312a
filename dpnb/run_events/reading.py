"""Makes events of what the ledger keeps of them."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from dpnb.events import topic_segment
from dpnb.results.told import STARTED, numbered
from dpnb.results.wiring import wiring_of
from dpnb.run_events.kinds import MOST_OUTLINED, RUN_KINDS, TASK_KINDS, TaskChanged

if TYPE_CHECKING:
    from collections.abc import Callable

    from dpnb.results import RunLedger
    from dpnb.results.records import EventBatch
    from dpnb.results.told import Told
    from dpnb.run_events.kinds import RunEvent

    type Outline = dict[str, list[str]]

_EPOCH = datetime.fromtimestamp(0, UTC)
_MOST = 2**63 - 1  # which a database can compare with


def event_id(run_id: str, lease: int, number: int) -> str:
    """Return the id of an event."""
    return f"{run_id}:{lease}:{number}"


def position_of(identifier: str) -> tuple[int, int]:
    """Return the place of the event of that id in its run. Raises `ValueError`.

    >>> position_of("run_1:2:17")
    (2, 17)
    """
    with suppress(ValueError):
        *_, lease, number = identifier.rsplit(":", 2)
        position = int(lease), int(number)
        if min(position) >= 0 and max(position) <= _MOST:
            return position
    raise ValueError(f"{identifier!r} is no id of an event of a run, such as 'run_1:1:17'")


def events_of(batch: EventBatch, outline: Callable[[], Outline]) -> list[RunEvent]:
    """Return the events of a batch; `outline` is asked for where the run starts in it."""
    return [event_of(batch.run_id, batch.lease, number, told, outline) for number, told in numbered(batch)]


def event_of(run_id: str, lease: int, number: int, told: Told, outline: Callable[[], Outline]) -> RunEvent:
    """Return what was told as an event."""
    data: dict[str, Any] = {"run_id": run_id, "lease": lease, "number": number}
    topic = f"run.{topic_segment(run_id)}"
    kind = RUN_KINDS.get(told.kind)
    if kind is None:
        kind = TASK_KINDS.get(told.kind, TaskChanged)
        data["task"] = told.task
        topic = f"{topic}.task.{topic_segment(told.task)}"
        if kind is TaskChanged:
            data["state"] = told.kind
    data |= told.named_facts()
    if told.kind == STARTED:
        data["outline"] = outline() if data.get("tasks", 0) <= MOST_OUTLINED else {}
    return kind(
        f"{topic}.{told.kind}",
        data,
        event_id=event_id(run_id, lease, number),
        timestamp=_EPOCH + timedelta(microseconds=told.time_us),
        source=run_id,
    )


def recorded_outline(ledger: RunLedger, run_id: str) -> Outline:
    """Return a run's tasks in the plan's order, each with its upstream, as the ledger knows them."""
    run = ledger.run(run_id)
    wired = wiring_of(run.plan) if run is not None else {}
    return {task: list(wiring.upstream) for task, wiring in wired.items()} or {
        row.task: [] for row in ledger.task_runs(run_id)
    }
