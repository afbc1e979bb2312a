"""The tasks of a run: how they fared, each attempt, and what they printed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, HTTPException, Query, Response
from pydantic import BaseModel

from dpnb.errors import UnknownTaskError
from dpnb.orchestrator import Run
from dpnb.server.addresses import TaskName
from dpnb.server.byte_ranges import requested_range
from dpnb.server.models import AttemptModel, TaskRunModel
from dpnb.server.problems import described
from dpnb.server.state import AskedRun

router = APIRouter(prefix="/runs/{run_id}/tasks", tags=["tasks"])

_TEXT = {"content": {"text/plain": {"schema": {"type": "string"}}}}


class TaskRunList(BaseModel):
    """The tasks of a run in the plan's order."""

    tasks: list[TaskRunModel]


class AttemptList(BaseModel):
    """The attempts of a task in the order in which they started."""

    attempts: list[AttemptModel]


def require_task(run: Run, task: str) -> None:
    """Raise `UnknownTaskError` unless the run has such a task."""
    if task not in run:
        raise UnknownTaskError(task, known=list(run))


@router.get("", summary="List a run's tasks", operation_id="list_tasks", responses=described(404))
def list_tasks(run: AskedRun) -> TaskRunList:
    """Return how each task fared so far."""
    return TaskRunList(tasks=[TaskRunModel.of(record) for record in run.task_records()])


@router.get("/{task}", summary="Show a task of a run", operation_id="show_task", responses=described(404))
def show_task(run: AskedRun, task: TaskName) -> TaskRunModel:
    """Return how a task fared so far."""
    require_task(run, task)
    record = run.task_record(task)
    if record is None:  # its run has only just begun
        raise UnknownTaskError(task, known=[])
    return TaskRunModel.of(record)


@router.get(
    "/{task}/attempts", summary="List a task's attempts", operation_id="list_attempts", responses=described(404)
)
def list_attempts(run: AskedRun, task: TaskName) -> AttemptList:
    """Return every try of a task, with the traceback of those that failed."""
    require_task(run, task)
    return AttemptList(attempts=[AttemptModel.of(record) for record in run.attempt_records(task)])


@router.get(
    "/{task}/log",
    summary="Read what a task printed",
    operation_id="read_log",
    response_class=Response,
    responses={
        200: {**_TEXT, "description": "The log, or its last lines."},
        206: {**_TEXT, "description": "The bytes that the header Range asked for."},
        **described(404, 416),
    },
)
def read_log(
    run: AskedRun,
    task: TaskName,
    attempt: Annotated[int | None, Query(ge=1, le=1_000_000, description="The last one, where it is left out.")] = None,
    tail: Annotated[int | None, Query(ge=1, le=1_000_000, description="How many of the last lines.")] = None,
    byte_range: Annotated[str | None, Header(alias="Range", description="bytes=0-499, bytes=500-, bytes=-500")] = None,
) -> Response:
    """Return an attempt's log, also while it runs; to follow one, ask for ``Range: bytes=N-`` again and again."""
    require_task(run, task)
    log = run.logs(task, attempt)
    data = (log if tail is None else log.tail(tail)).encode("utf-8", "replace")
    headers = {"Content-Type": "text/plain; charset=utf-8", "Accept-Ranges": "bytes"}
    part = requested_range(byte_range, len(data))
    if part is None:
        return Response(data, headers=headers)
    if not part:
        raise HTTPException(416, "The range lies outside of the log.", {"Content-Range": f"bytes */{len(data)}"})
    headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{len(data)}"
    return Response(data[part.start : part.stop], status_code=206, headers=headers)
