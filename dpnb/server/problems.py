"""How every refusal and failure reads: one shape, without tracebacks, paths or secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from dpnb.errors import (
    BrowseRequestError,
    CorruptResultError,
    DpnbError,
    ExecutionError,
    IdempotencyKeyError,
    LedgerError,
    LedgerReadOnlyError,
    NotebookGoneError,
    PageRequestError,
    PlanError,
    RegistryError,
    RerunParameterError,
    ResultError,
    ResultNotFoundError,
    RunCriterionError,
    RunExistsError,
    RunGoingError,
    RunNotFoundError,
    ScheduleOptionError,
    SchedulingError,
    TaskFailedError,
    TaskNotFinishedError,
    TransportError,
    TriggerError,
    UndeliverableResultError,
    UnknownLaunchError,
    UnknownPipelineError,
    UnknownScheduleError,
    UnknownTaskError,
    UnloadableResultError,
    UnservedTasksError,
    UntrustedStoreError,
    WorkspaceError,
)
from dpnb.server.feeds import AllHeard

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import FastAPI, Request

_MOST_PROBLEMS = 50


class Invalid(BaseModel):
    """One thing that is wrong with a request."""

    where: list[str | int] = Field(description="The way to it: body, query or path, then names and places.")
    message: str
    kind: str = Field(description="Which rule it breaks, in the words of pydantic where it is one of pydantic's.")


class Problem(BaseModel):
    """Why a request was refused or failed."""

    status: int = Field(description="The answer's HTTP status.")
    code: str = Field(description="Which rule it was, for programs.")
    message: str
    hint: str = Field(default="", description="What to do next.")
    problems: list[Invalid] = Field(default=[], description="Every single thing that is wrong, where that is known.")

    def response(self, headers: dict[str, str] | None = None) -> JSONResponse:
        """Return the answer that says so."""
        return JSONResponse(self.model_dump(mode="json"), status_code=self.status, headers=headers)


_MEANINGS = {
    400: "The request cannot be read.",
    401: "The token is missing or wrong.",
    403: "The host, the origin or the page may not do this, or the store is not trusted.",
    404: "There is no such thing here.",
    405: "This address does not know this method.",
    406: "The result is of no kind that this format carries.",
    409: "What is asked for does not fit the state that things are in.",
    413: "The body is too long.",
    415: "The body is not JSON.",
    416: "The range lies outside.",
    422: "The request is read, but not right: each problem is named.",
    500: "The server failed; its log says why.",
    503: "The workspace cannot be used at the moment.",
}


def described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return statuses as FastAPI documents them, each with the shape of a problem."""
    return {status: {"model": Problem, "description": _MEANINGS[status]} for status in statuses}


_ALWAYS = (400, 401, 403, 405, 413, 415, 422, 500, 503)
ALWAYS = described(*_ALWAYS)


def described_beside_a_stream(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return statuses, and those of every route, where FastAPI would take problems for what the route streams."""
    shape = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"content": shape, "description": _MEANINGS[status]} for status in sorted({*statuses, *_ALWAYS})}


# The first that fits; the more special ones stand before their parents.
_STATUSES: dict[type[DpnbError], tuple[int, str]] = {
    RunNotFoundError: (404, "unknown_run"),
    UnknownTaskError: (404, "unknown_task"),
    UnknownPipelineError: (404, "unknown_pipeline"),
    UnknownLaunchError: (404, "unknown_launch"),
    ResultNotFoundError: (404, "result_not_found"),
    UndeliverableResultError: (406, "undeliverable_result"),
    IdempotencyKeyError: (422, "idempotency_key_reused"),
    UnknownScheduleError: (404, "unknown_schedule"),
    ScheduleOptionError: (422, "schedule_option"),
    SchedulingError: (409, "schedule"),
    TriggerError: (422, "trigger"),
    RunCriterionError: (422, "criterion"),
    RerunParameterError: (422, "rerun_parameter"),
    NotebookGoneError: (409, "notebook_gone"),
    UnservedTasksError: (409, "tasks_unknown"),
    PageRequestError: (422, "page_request"),
    BrowseRequestError: (422, "browse_request"),
    PlanError: (422, "plan_refused"),
    TransportError: (422, "plan_refused"),
    RegistryError: (422, "plan_refused"),
    RunGoingError: (409, "run_going"),
    RunExistsError: (409, "run_exists"),
    TaskNotFinishedError: (409, "task_not_finished"),
    TaskFailedError: (409, "task_failed"),
    UntrustedStoreError: (403, "untrusted_store"),
    CorruptResultError: (409, "corrupt_result"),
    UnloadableResultError: (409, "unloadable_result"),
    LedgerReadOnlyError: (409, "read_only"),
    LedgerError: (503, "ledger_unavailable"),
    WorkspaceError: (503, "workspace_unavailable"),
    ResultError: (409, "result"),
    ExecutionError: (409, "execution"),
}
_HINTS = {
    "run_going": "wait for its end, or cancel it.",
    "task_failed": "its attempts tell why; resume or rerun the run.",
    "task_not_finished": "wait for the task's end.",
    "plan_refused": "mend the parameters or the selection that are named.",
    "unknown_schedule": "GET /schedules lists them.",
    "unknown_run": "GET /runs lists the runs.",
    "untrusted_store": "who runs the server may trust the store; until then its previews can be read.",
}
_WITHHELD = {  # their messages name places, or an address with a password in it
    "ledger_unavailable": "The workspace's ledger cannot be used at the moment.",
    "workspace_unavailable": "The workspace cannot be used.",
    "untrusted_store": "The store was made by somebody else: its results are described, but not unpickled.",
    "read_only": "The workspace may be read, but not written.",
    "corrupt_result": "What is stored differs from what was saved.",
    "unloadable_result": "What is stored cannot be unpickled here.",
}


def problem_of(error: DpnbError) -> Problem:
    """Return what an error of dpnb says to who asked."""
    status, code = next((found for kind, found in _STATUSES.items() if isinstance(error, kind)), (500, "internal"))
    if status == 500:  # noqa: PLR2004 - no error that is meant for who asked
        return INTERNAL
    first = _without_traceback(error)
    listed = [Invalid(where=[], message=text, kind=code) for text in getattr(error, "problems", ())[:_MOST_PROBLEMS]]
    hint = _HINTS.get(code, "" if code in _WITHHELD else error.hint)
    return Problem(status=status, code=code, message=_WITHHELD.get(code, first), hint=hint, problems=listed)


def _without_traceback(error: DpnbError) -> str:
    if isinstance(error, TaskFailedError):
        return f"Task {error.task!r} of run {error.run_id!r} has no result: it is {error.state}."
    return str(error).partition("\nHint: ")[0]


INTERNAL = Problem(status=500, code="internal", message="The server failed.", hint="its log says why.")


def invalid_of(errors: Sequence[Any]) -> Problem:
    """Return pydantic's errors without what was given: it may be a secret."""
    listed = [Invalid(where=list(one["loc"]), message=one["msg"], kind=one["type"]) for one in errors[:_MOST_PROBLEMS]]
    return Problem(
        status=422, code="invalid", message="The request is not right.", hint="mend what is named.", problems=listed
    )


def add_handlers(app: FastAPI) -> None:
    """Have an application answer with problems."""

    @app.exception_handler(DpnbError)
    def _ours(_: Request, error: DpnbError) -> JSONResponse:
        return problem_of(error).response()

    @app.exception_handler(AllHeard)
    def _heard(_: Request, __: AllHeard) -> Response:
        return Response(status_code=204)

    @app.exception_handler(RequestValidationError)
    def _invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        return invalid_of(error.errors()).response()

    @app.exception_handler(HTTPException)
    def _of_http(_: Request, error: HTTPException) -> JSONResponse:
        code = {404: "not_found", 405: "method_not_allowed", 416: "range"}.get(error.status_code, "refused")
        problem = Problem(status=error.status_code, code=code, message=str(error.detail))
        return problem.response(dict(error.headers or {}))
