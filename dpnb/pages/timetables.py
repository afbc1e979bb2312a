"""Schedules: when each is due next, what became of its fires, and having one rest, go on or fire now."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from dpnb.launch import get_schedule
from dpnb.scheduler.frames import store_of
from dpnb.scheduler.presence import present_schedulers

if TYPE_CHECKING:
    from dpnb.scheduler import FireRecord, ScheduleRecord
    from dpnb.workspace import Workspace

NEXT_FIRES = 3
LATEST_FIRES = 100


def list_schedules(workspace: Workspace) -> dict[str, Any]:
    """Return the schedules of a workspace by name, its latest fires, and whether anything serves them."""
    if not workspace.has_ledger:
        return {"schedules": [], "fires": [], "is_served": False}
    store = store_of(workspace)
    fires = [_fire(one) for one in reversed(store.fires(limit=LATEST_FIRES))]
    latest: dict[str, dict[str, Any]] = {}
    for fire in fires:
        latest.setdefault(fire["schedule"], fire)
    now_us = time.time_ns() // 1000
    return {
        "schedules": [_schedule(workspace, one, latest.get(one.name)) for one in store.schedules()],
        "fires": fires,
        "is_served": any(one.is_there(now_us) for one in present_schedulers(workspace.ledger.database)),
    }


def pause_schedule(workspace: Workspace, name: str) -> dict[str, Any]:
    """Let a schedule rest. Raises `UnknownScheduleError`."""
    get_schedule(name, workspace).pause()
    return {"word": f"{name} rests until it is resumed"}


def resume_schedule(workspace: Workspace, name: str) -> dict[str, Any]:
    """Go on with a schedule. Raises `UnknownScheduleError`, `UnreadyScheduleError`."""
    get_schedule(name, workspace).resume()
    return {"word": f"{name} goes on from now"}


def fire_schedule(workspace: Workspace, name: str) -> dict[str, Any]:
    """Have a schedule fire at once. Raises `UnknownScheduleError`."""
    get_schedule(name, workspace).fire()
    return {"word": f"{name} fires as soon as something serves it"}


def _schedule(workspace: Workspace, record: ScheduleRecord, latest: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "name": record.name,
        "kind": record.kind,
        "when": record.description,
        "target": str(record.target),
        "paused": record.paused,
        "failures": record.failures,
        "misfire": record.options.misfire,
        "overlap": record.options.overlap,
        "user": record.user,
        "next_us": [] if record.paused else _next_us(workspace, record),
        "latest": latest,
    }


def _next_us(workspace: Workspace, record: ScheduleRecord) -> list[int]:
    preview = get_schedule(record.name, workspace).preview(NEXT_FIRES)
    due = [round(instant.timestamp() * 1e6) for instant in preview["utc"]]
    return due or ([] if record.next_us is None else [record.next_us])


def _fire(record: FireRecord) -> dict[str, Any]:
    return {
        "schedule": record.schedule,
        "fire": record.fire,
        "attempt": record.attempt,
        "due_us": record.due_us,
        "state": record.state.value,
        "cause": record.cause.value,
        "reason": record.reason,
        "run_id": record.run_id,
        "duration_s": _duration_s(record),
    }


def _duration_s(record: FireRecord) -> float | None:
    if record.started_us is None or record.finished_us is None:
        return None
    return (record.finished_us - record.started_us) / 1e6
