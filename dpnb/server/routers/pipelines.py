"""Pipelines: which there are, what they take, and starting them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from dpnb.errors import UnknownPipelineError
from dpnb.launch import notebook_target
from dpnb.launch.notebook_work import executed
from dpnb.scheduler import LaunchOrder
from dpnb.server.addresses import PipelineName, as_segment
from dpnb.server.models import LaunchModel, RunModel
from dpnb.server.pipelines import (
    NotebookPipeline,
    Pipeline,
    PlanPipeline,
    RunRequest,
    SelectionPipeline,
    request_model,
)
from dpnb.server.problems import described
from dpnb.server.starting import Order
from dpnb.server.state import IdempotencyKey, State

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class PipelineModel(BaseModel):
    """A pipeline that may be started by its name."""

    name: str
    kind: Literal["plan", "notebook"]
    tasks: list[str] = Field(description="In an order in which they can run; not known of a notebook.")
    parameters: dict[str, Any] = Field(description="What it takes, as JSON Schema.")

    @classmethod
    def of(cls, pipeline: Pipeline) -> PipelineModel:
        """Return what there is to know of a pipeline."""
        schema = pipeline.parameters.model_json_schema(by_alias=True)
        return cls(name=pipeline.name, kind=pipeline.kind, tasks=pipeline.tasks, parameters=schema)


class PipelineList(BaseModel):
    """The pipelines of a server, and the tags by which its tasks can be started."""

    pipelines: list[PipelineModel]
    tags: dict[str, list[str]] = Field(description="Tags of registered tasks, with the names of these.")


def router_of(pipelines: Mapping[str, Pipeline]) -> APIRouter:
    """Return routes for these pipelines: each has one of its own, so that OpenAPI shows what it takes."""
    router = APIRouter(prefix="/pipelines", tags=["pipelines"])

    @router.get("", summary="List the pipelines", operation_id="list_pipelines")
    def list_pipelines(state: State) -> PipelineList:
        """Return every pipeline with what it takes."""
        listed = [PipelineModel.of(pipeline) for pipeline in state.means.pipelines.values()]
        return PipelineList(pipelines=listed, tags=state.means.workspace.registry.tags())

    @router.get("/{name}", summary="Show a pipeline", operation_id="show_pipeline", responses=described(404))
    def show_pipeline(name: PipelineName, state: State) -> PipelineModel:
        """Return one pipeline with what it takes."""
        if name not in state.means.pipelines:
            raise UnknownPipelineError(name, known=state.means.pipelines)
        return PipelineModel.of(state.means.pipelines[name])

    for number, pipeline in enumerate(pipelines.values(), 1):
        _add_start(router, pipeline, f"start_pipeline_{number}")
    return router


def _add_start(router: APIRouter, pipeline: Pipeline, operation_id: str) -> None:
    is_plan = not isinstance(pipeline, NotebookPipeline)
    router.add_api_route(
        f"/{pipeline.name}/runs",
        _start_notebook(pipeline) if isinstance(pipeline, NotebookPipeline) else _start_plan(pipeline),
        methods=["POST"],
        status_code=201 if is_plan else 202,
        summary=f"Start {pipeline.name}",
        operation_id=operation_id,
        responses={
            200: {
                "model": RunModel if is_plan else LaunchModel,
                "description": "The idempotency key came before: this is what it started.",
            },
            **described(404, 409),
        },
    )


def _start_plan(pipeline: PlanPipeline | SelectionPipeline) -> Callable[..., RunModel]:
    def start(
        state: State,
        response: Response,
        idempotency_key: IdempotencyKey = None,
        *,
        request: RunRequest | None = None,
    ) -> RunModel:
        """Start a run, which goes on by itself; follow it by its id."""
        asked = request or RunRequest()
        order = Order.of(pipeline.name, asked, idempotency_key)
        run, is_known = state.means.starter.start(order, lambda: pipeline.planned(asked.given(), asked.reuse))
        response.headers["Location"] = f"../../runs/{as_segment(run.run_id)}"
        response.status_code = 200 if is_known else 201
        return RunModel.of(run.record)

    return _taking(pipeline, start)


def _start_notebook(pipeline: NotebookPipeline) -> Callable[..., LaunchModel]:
    def start(
        state: State,
        response: Response,
        idempotency_key: IdempotencyKey = None,
        *,
        request: RunRequest | None = None,
    ) -> LaunchModel:
        """Execute the notebook in a kernel of its own; its launch names the run that comes of it."""
        asked = request or RunRequest()
        order = Order.of(pipeline.name, asked, idempotency_key)
        target = notebook_target(pipeline.path, asked.given(), reuse=asked.reuse, workers=state.means.workers)
        work = executed(LaunchOrder(target=target), state.means.workspace)
        launch, is_new = state.means.notebooks.begin(order.launch(None), work)
        order.require_same(launch)
        response.headers["Location"] = f"../../launches/{launch.launch_id}"
        response.status_code = 202 if is_new else 200
        return LaunchModel.of(launch)

    return _taking(pipeline, start)


def _taking[F: Callable[..., Any]](pipeline: Pipeline, start: F) -> F:
    """Have FastAPI read a request of this pipeline; it may be left out unless a parameter is required."""
    model = request_model(pipeline)
    is_needed = model.model_fields["params"].is_required()
    start.__annotations__["request"] = model if is_needed else model | None
    if is_needed:
        start.__kwdefaults__ = {}
    return start
