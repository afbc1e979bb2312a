"""What tasks stored: described from what was recorded, and given as files that are no pickles."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from dpnb.server.addresses import TaskName
from dpnb.server.downloads import MEDIA_TYPES, Form, deliver, file_name
from dpnb.server.models import ResultModel
from dpnb.server.problems import described
from dpnb.server.routers.tasks import require_task
from dpnb.server.state import AskedRun

router = APIRouter(prefix="/runs/{run_id}", tags=["results"])

_BINARY = {"schema": {"type": "string", "format": "binary"}}
_FORMS = {
    "text/csv": {"schema": {"type": "string"}},
    "application/json": {"schema": {}},
    "application/vnd.apache.arrow.stream": _BINARY,
}


class ResultList(BaseModel):
    """Stored values."""

    results: list[ResultModel]


@router.get("/results", summary="List a run's results", operation_id="list_results", responses=described(404))
def list_results(run: AskedRun) -> ResultList:
    """Return what all tasks stored, as far as was recorded: types, shapes, columns, first rows."""
    return ResultList(results=[ResultModel.of(record) for record in run.workspace.ledger.results(run.run_id)])


@router.get(
    "/tasks/{task}/results",
    summary="Describe a task's results",
    operation_id="describe_results",
    responses=described(404),
)
def describe_results(run: AskedRun, task: TaskName) -> ResultList:
    """Return what a task stored, several values of a stream. Nothing is unpickled."""
    require_task(run, task)
    return ResultList(results=[ResultModel.of(record) for record in run.workspace.ledger.results(run.run_id, task)])


@router.get(
    "/tasks/{task}/data",
    summary="Download a task's result",
    operation_id="download_result",
    response_class=StreamingResponse,
    responses={200: {"content": _FORMS, "description": "The result, as a file."}, **described(404, 406, 409)},
)
def download_result(
    run: AskedRun,
    task: TaskName,
    form: Annotated[Form, Query(alias="format")] = "json",
    offset: Annotated[int, Query(ge=0, le=2**53, description="How many rows are left out.")] = 0,
    limit: Annotated[int | None, Query(ge=0, le=2**53, description="How many rows at most.")] = None,
) -> StreamingResponse:
    """Load a result, if its store was made by who runs the server, and give it piece by piece.

    CSV and Arrow carry tables: frames, series, arrays. JSON carries tables as records, and whatever else it can hold.
    """
    require_task(run, task)
    pieces = deliver(run[task], form, task=task, offset=offset, limit=limit)
    headers = {"Content-Disposition": file_name(task, form)}
    return StreamingResponse(pieces, media_type=MEDIA_TYPES[form], headers=headers)
