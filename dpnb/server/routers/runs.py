"""Runs: which there were, what is known of one, starting one of chosen tasks, and forgetting one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dpnb.planner import ExecutionPlan
from dpnb.results import RunStatus, TaskState
from dpnb.results.reconcile import mark_interrupted
from dpnb.results.run_filter import RunFilter
from dpnb.server.addresses import as_segment
from dpnb.server.json_values import Text
from dpnb.server.models import RunModel
from dpnb.server.pipelines import SelectionRequest, plan_selection
from dpnb.server.problems import described
from dpnb.server.starting import Order
from dpnb.server.state import AskedRun, IdempotencyKey, ServerState, State

router = APIRouter(tags=["runs"])

MOST_RUNS = 1000


class RunList(BaseModel):
    """Runs, newest first."""

    runs: list[RunModel]


class RunDetail(RunModel):
    """A run, and how far its tasks are."""

    tasks_by_state: dict[TaskState, int]
    levels: list[list[str]] = Field(description="Its tasks, level by level; those of one level can run side by side.")
    remaining_s: float | None = Field(description="How long it will still take, by earlier runs, where they tell.")


class Remark(BaseModel):
    """What its user says of a run."""

    model_config = ConfigDict(extra="forbid", strict=True)

    note: Text | None = Field(default=None, max_length=10_000)
    pinned: bool | None = Field(default=None, description="Whether it is kept from being pruned.")


class Criteria(BaseModel):
    """Which runs are asked for; a run must meet all that is given."""

    model_config = ConfigDict(extra="forbid")

    status: list[RunStatus] = []
    tag: list[str] = Field(default=[], description="It had a task with any of these tags.")
    task: list[str] = Field(default=[], description="It had a task of any of these names, or that fits these globs.")
    since: str | None = Field(default=None, description="It started then or later: 2026-11-01, or 7d, 12h, 30min ago.")
    pinned: bool | None = None
    limit: int = Field(default=100, ge=1, le=MOST_RUNS)

    def as_filter(self) -> RunFilter:
        """Return them as the ledger takes them. Raises `RunCriterionError`."""
        return RunFilter.of(
            status=self.status or None,
            tag=self.tag or None,
            task=self.task or None,
            since=self.since,
            pinned=self.pinned,
            limit=self.limit,
        )


@router.get("/runs", summary="List runs", operation_id="list_runs")
def list_runs(criteria: Annotated[Criteria, Query()], state: State) -> RunList:
    """Return the runs that fit, newest first."""
    workspace = state.means.workspace
    interrupted = mark_interrupted(workspace.ledger, workspace.io_manager)
    found = workspace.ledger.runs(criteria.as_filter(), interrupted)
    return RunList(runs=[RunModel.of(record) for record in found])


@router.post(
    "/runs",
    summary="Start a run of chosen tasks",
    operation_id="start_run",
    status_code=201,
    responses={
        200: {"model": RunModel, "description": "The idempotency key came before: this is the run that it started."},
        **described(404, 409),
    },
)
def start_run(
    request: SelectionRequest, state: State, response: Response, idempotency_key: IdempotencyKey = None
) -> RunModel:
    """Start tasks that the server's process has registered, chosen by tags or names, and what they need."""
    order = Order.of("", request, idempotency_key)
    run, is_known = state.means.starter.start(order, lambda: _planned(request, state))
    response.headers["Location"] = f"runs/{as_segment(run.run_id)}"
    response.status_code = 200 if is_known else 201
    return RunModel.of(run.record)


def _planned(request: SelectionRequest, state: ServerState) -> ExecutionPlan:
    try:
        return plan_selection(request, state.means.workspace)
    except ValidationError as error:
        found = [{**one, "loc": ("body", *one["loc"])} for one in error.errors()]
        raise RequestValidationError(found) from None


@router.get("/runs/{run_id}", summary="Show a run", operation_id="show_run", responses=described(404))
def show_run(run: AskedRun) -> RunDetail:
    """Return what is known of a run."""
    status, record, remaining = run.status, run.record, run.eta
    totals = run.workspace.ledger.run_totals([run.run_id]).get(run.run_id)
    return RunDetail(
        **RunModel.of(record, status).model_dump(),
        tasks_by_state={} if totals is None else totals.tasks_by_state,
        levels=run.outline.parallel_levels,
        remaining_s=None if remaining is None else remaining.total_seconds(),
    )


@router.patch(
    "/runs/{run_id}", summary="Note something of a run", operation_id="annotate_run", responses=described(404, 409)
)
def annotate_run(run: AskedRun, remark: Remark) -> RunModel:
    """Set the note, or whether the run is kept from being pruned, as far as they are given."""
    if remark.note is not None:
        run.note(remark.note)
    if remark.pinned is not None:
        (run.pin if remark.pinned else run.unpin)()
    return RunModel.of(run.record)


@router.delete(
    "/runs/{run_id}",
    summary="Delete a run",
    operation_id="delete_run",
    status_code=204,
    response_class=Response,
    responses=described(404, 409),
)
def delete_run(run: AskedRun) -> None:
    """Delete a run's results, logs and rows; a run that is going is refused."""
    run.delete()
