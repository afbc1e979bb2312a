"""What can be done with a run: cancel it, go on with it, run the same again."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from dpnb.orchestrator import Run
from dpnb.orchestrator.rerun_asked import RerunAsked
from dpnb.results.launches import Launch
from dpnb.server.addresses import as_segment
from dpnb.server.json_values import JsonObject, Text
from dpnb.server.models import LaunchModel, RunModel
from dpnb.server.problems import described
from dpnb.server.repeating import Repeater
from dpnb.server.starting import Order
from dpnb.server.state import AskedRun, IdempotencyKey, State

_LAUNCHED = "The notebook that defines its tasks is executed first: the launch tells how far it is, and names the run."

router = APIRouter(prefix="/runs/{run_id}", tags=["runs"])


class CancelRequest(BaseModel):
    """How a run is to end."""

    model_config = ConfigDict(extra="forbid", strict=True)

    at_once: bool = Field(default=False, description="Whether running tasks are killed in place of being asked first.")


PipelineToAsk = Annotated[
    Text | None,
    Field(
        max_length=100,
        description="The pipeline whose tasks are taken: a notebook, where the run came from none that is known.",
    ),
]


class ResumeRequest(BaseModel):
    """By what a run is to go on."""

    model_config = ConfigDict(extra="forbid", strict=True)

    pipeline: PipelineToAsk = None


class RerunRequest(BaseModel):
    """What of a run is to run again."""

    model_config = ConfigDict(extra="forbid", strict=True)

    tasks: Literal["stale", "all", "failed"] | list[Text] = Field(
        default="stale", description="What is stale or failed, everything, or tasks of these names and globs."
    )
    downstream: bool = Field(default=True, description="Whether what depends on named or failed tasks runs too.")
    params: JsonObject = Field(default={}, description="Run parameters that are new, or have other values.")
    pipeline: PipelineToAsk = None

    def asked(self) -> RerunAsked:
        """Return what is asked for."""
        return RerunAsked(tasks=self.tasks, downstream=self.downstream, params=self.params)


@router.post(
    "/cancel", summary="Cancel a run", operation_id="cancel_run", status_code=202, responses=described(404, 409)
)
def cancel_run(run: AskedRun, request: CancelRequest | None = None) -> RunModel:
    """Ask for a run's end; a run that has ended is left as it is.

    One that another process of the workspace drives, such as a notebook, hears of it within a second or two.
    """
    run.cancel(at_once=request.at_once if request is not None else False)
    return RunModel.of(run.record, run.status)


@router.post(
    "/resume",
    summary="Go on with a run",
    operation_id="resume_run",
    response_model=RunModel,
    responses={202: {"model": LaunchModel, "description": _LAUNCHED}, **described(403, 404, 409)},
)
def resume_run(
    run: AskedRun, state: State, response: Response, request: ResumeRequest | None = None
) -> RunModel | JSONResponse:
    """Go on with a run that was interrupted, failed or cancelled: what was committed does not run again.

    Whoever asks while a notebook is on its way to the run is answered with the launch that is going already.
    """
    asked = request or ResumeRequest()
    order = Order(pipeline=f"resume of {run.run_id}", body=asked.model_dump(mode="json"))
    begun = Repeater(state.means, run, asked.pipeline).resume(order)
    return _answer(begun, response, status_code=200)


@router.post(
    "/rerun",
    summary="Run the same again",
    operation_id="rerun_run",
    status_code=201,
    response_model=RunModel,
    responses={
        200: {
            "model": RunModel | LaunchModel,
            "description": "The idempotency key came before: this is what it started.",
        },
        202: {"model": LaunchModel, "description": _LAUNCHED},
        **described(403, 404, 409),
    },
)
def rerun_run(
    run: AskedRun,
    state: State,
    response: Response,
    idempotency_key: IdempotencyKey = None,
    request: RerunRequest | None = None,
) -> RunModel | JSONResponse:
    """Start a new run of what this one was asked for; what still stands is reused."""
    asked = request or RerunRequest()
    order = Order(pipeline=f"rerun of {run.run_id}", body=asked.model_dump(mode="json"), key=idempotency_key)
    again, is_known = Repeater(state.means, run, asked.pipeline).rerun(order, asked.asked())
    if is_known:
        return _answer(again, response, status_code=200, launched=200)
    return _answer(again, response, status_code=201)


def _answer(
    begun: Run | Launch, response: Response, *, status_code: int, launched: int = 202
) -> RunModel | JSONResponse:
    """Answer with a run that has begun, with that status, or with the launch that leads to it."""
    if isinstance(begun, Launch):
        headers = {"Location": f"../../launches/{begun.launch_id}"}
        return JSONResponse(LaunchModel.of(begun).model_dump(mode="json"), status_code=launched, headers=headers)
    response.headers["Location"] = f"../{as_segment(begun.run_id)}"
    response.status_code = status_code
    return RunModel.of(begun.record, begun.status)
