"""Schedules and fires as rows of the ledger's tables, and back."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from dpnb.results.schedule_tables import FIRES, SCHEDULES
from dpnb.scheduler.options import ScheduleOptions
from dpnb.scheduler.records import Cause, FireRecord, FireState, ScheduleRecord
from dpnb.scheduler.targets import target_from_json, target_to_json

if TYPE_CHECKING:
    from sqlalchemy import Row

# A plan's functions may be large, and are needed only where they run.
WITHOUT_PACKED = select(*(column for column in SCHEDULES.columns if column.name not in ("packed", "signature")))
ALL_FIRES = select(FIRES)


def schedule_row(record: ScheduleRecord) -> dict[str, Any]:
    """Return the values of a schedule's columns, but for what is packed."""
    values = {one.name: getattr(record, one.name) for one in fields(record)}
    return values | {
        "spec": None if record.spec is None else json.dumps(dict(record.spec), ensure_ascii=False),
        "target": target_to_json(record.target),
        "options": record.options.to_json(),
        "paused": int(record.paused),
    }


def schedule_from(row: Row[Any]) -> ScheduleRecord:
    """Return the schedule of a row of `WITHOUT_PACKED`, whose columns are in the order of the record's fields."""
    name, kind, description, spec, target, options, paused, *figures, user = tuple[Any, ...](row)
    failures, after_us, next_us, created_us, revision = figures
    return ScheduleRecord(
        name=name,
        kind=kind,
        description=description,
        spec=None if spec is None else json.loads(spec),
        target=_target(target),
        options=_options(options),
        paused=bool(paused),
        failures=failures,
        after_us=after_us,
        next_us=next_us,
        created_us=created_us,
        revision=revision,
        user=user,
    )


# Thousands of schedules are given the same, or nearly.
_options = lru_cache(maxsize=1_024)(ScheduleOptions.from_json)
_target = lru_cache(maxsize=1_024)(target_from_json)


def fire_row(record: FireRecord) -> dict[str, Any]:
    """Return the values of a fire's columns."""
    values = asdict(record)
    return values | {
        "cause": record.cause.value,
        "state": record.state.value,
        "is_unwanted": int(record.is_unwanted),
        "data": json.dumps(record.data, ensure_ascii=False, default=repr),
    }


def fire_from(row: Row[Any]) -> FireRecord:
    """Return the fire of a row of `FIRES`."""
    values = dict(row._mapping)  # noqa: SLF001  # as above
    return FireRecord(
        **values
        | {
            "cause": Cause(values["cause"]),
            "state": FireState(values["state"]),
            "is_unwanted": bool(values["is_unwanted"]),
            "data": json.loads(values["data"]),
        }
    )
