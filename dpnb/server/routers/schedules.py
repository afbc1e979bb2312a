"""Schedules: which there are, what became of their fires, and having one rest, go on or fire now."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from dpnb.launch import Schedule, get_schedule
from dpnb.scheduler.frames import store_of
from dpnb.server.addresses import ScheduleName
from dpnb.server.json_values import JsonObject
from dpnb.server.models import FireModel, ScheduleModel
from dpnb.server.problems import described
from dpnb.server.state import State

router = APIRouter(tags=["schedules"])

MOST_FIRES = 1000


class ScheduleList(BaseModel):
    """The schedules of the workspace, by name."""

    schedules: list[ScheduleModel]


class FireList(BaseModel):
    """Fires, the latest first."""

    fires: list[FireModel]


class FireRequest(BaseModel):
    """What a fire that is asked for gives its run."""

    model_config = ConfigDict(extra="forbid", strict=True)

    params: JsonObject = Field(default={}, description="Run parameters that have other values this time.")


def schedule_of(name: ScheduleName, state: State) -> Schedule:
    """Return the schedule that an address names. Raises `UnknownScheduleError`."""
    return get_schedule(name, state.means.workspace)


AskedSchedule = Annotated[Schedule, Depends(schedule_of)]
Limit = Annotated[int, Query(ge=1, le=MOST_FIRES)]


@router.get("/schedules", summary="List the schedules", operation_id="list_schedules")
def list_schedules(state: State) -> ScheduleList:
    """Return the workspace's schedules; they fire while something serves them."""
    return ScheduleList(schedules=[ScheduleModel.of(record) for record in store_of(state.means.workspace).schedules()])


@router.get("/fires", summary="List the fires of all schedules", operation_id="list_all_fires")
def list_all_fires(state: State, limit: Limit = 100) -> FireList:
    """Return what became of the latest fires, those among them that were missed or skipped."""
    found = store_of(state.means.workspace).fires(limit=limit)
    return FireList(fires=[FireModel.of(record) for record in reversed(found)])


@router.get("/schedules/{name}", summary="Show a schedule", operation_id="show_schedule", responses=described(404))
def show_schedule(schedule: AskedSchedule) -> ScheduleModel:
    """Return what is kept of a schedule."""
    return ScheduleModel.of(schedule.record)


@router.get(
    "/schedules/{name}/fires", summary="List a schedule's fires", operation_id="list_fires", responses=described(404)
)
def list_fires(schedule: AskedSchedule, state: State, limit: Limit = 100) -> FireList:
    """Return what became of a schedule's latest fires."""
    found = store_of(state.means.workspace).fires(schedule.name, limit=limit)
    return FireList(fires=[FireModel.of(record) for record in reversed(found)])


@router.post(
    "/schedules/{name}/pause", summary="Let a schedule rest", operation_id="pause_schedule", responses=described(404)
)
def pause_schedule(schedule: AskedSchedule) -> ScheduleModel:
    """Let a schedule rest: what is due meanwhile is left out."""
    return ScheduleModel.of(schedule.pause().record)


@router.post(
    "/schedules/{name}/resume",
    summary="Go on with a schedule",
    operation_id="resume_schedule",
    responses=described(404, 409),
)
def resume_schedule(schedule: AskedSchedule) -> ScheduleModel:
    """Go on with a schedule from now."""
    return ScheduleModel.of(schedule.resume().record)


@router.post(
    "/schedules/{name}/fire",
    summary="Have a schedule fire now",
    operation_id="fire_schedule",
    status_code=202,
    responses=described(404, 409),
)
def fire_schedule(schedule: AskedSchedule, request: FireRequest | None = None) -> FireModel:
    """Have a schedule fire, whether or not it rests; whatever serves the workspace starts its run."""
    return FireModel.of(schedule.fire(request.params if request is not None else {}))
