"""What can be done with a run: cancel it, go on with it, run the same again."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from dpnb.server.addresses import as_segment
from dpnb.server.json_values import JsonObject, Text
from dpnb.server.models import RunModel
from dpnb.server.problems import described
from dpnb.server.starting import Order
from dpnb.server.state import AskedRun, IdempotencyKey, State

router = APIRouter(prefix="/runs/{run_id}", tags=["runs"])


class CancelRequest(BaseModel):
    """How a run is to end."""

    model_config = ConfigDict(extra="forbid", strict=True)

    at_once: bool = Field(default=False, description="Whether running tasks are killed in place of being asked first.")


class RerunRequest(BaseModel):
    """What of a run is to run again."""

    model_config = ConfigDict(extra="forbid", strict=True)

    tasks: Literal["stale", "all", "failed"] | list[Text] = Field(
        default="stale", description="What is stale or failed, everything, or tasks of these names and globs."
    )
    downstream: bool = Field(default=True, description="Whether what depends on named or failed tasks runs too.")
    params: JsonObject = Field(default={}, description="Run parameters that are new, or have other values.")


@router.post(
    "/cancel", summary="Cancel a run", operation_id="cancel_run", status_code=202, responses=described(404, 409)
)
def cancel_run(run: AskedRun, state: State, request: CancelRequest | None = None) -> RunModel:
    """Ask for a run's end; a run that has ended is left as it is.

    This server must have started it. If it did so with a notebook, the notebook is ended.
    """
    if not (run.is_running and state.notebooks.cancel_run(run.record)):
        run.cancel(at_once=request.at_once if request is not None else False)
    return RunModel.of(run.record, run.status)


@router.post(
    "/resume", summary="Go on with a run", operation_id="resume_run", status_code=202, responses=described(404, 409)
)
def resume_run(run: AskedRun, state: State) -> RunModel:
    """Go on with a run that was interrupted, failed or cancelled: what was committed does not run again."""
    resumed = state.starter.orchestrator.resume(run.run_id)
    return RunModel.of(resumed.record, resumed.status)


@router.post(
    "/rerun",
    summary="Run the same again",
    operation_id="rerun_run",
    status_code=201,
    responses={
        200: {"model": RunModel, "description": "The idempotency key came before: this is the run that it started."},
        **described(404, 409),
    },
)
def rerun_run(
    run: AskedRun,
    state: State,
    response: Response,
    idempotency_key: IdempotencyKey = None,
    request: RerunRequest | None = None,
) -> RunModel:
    """Start a new run of what this one was asked for; what still stands is reused."""
    asked = request or RerunRequest()
    order = Order(pipeline=f"rerun of {run.run_id}", body=asked.model_dump(mode="json"), key=idempotency_key)
    again, is_known = state.starter.rerun(order, run, asked)
    response.headers["Location"] = f"../{as_segment(again.run_id)}"
    response.status_code = 200 if is_known else 201
    return RunModel.of(again.record)
