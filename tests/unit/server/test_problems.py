"""Errors become problems: none is lost, and none tells what it should not."""

from __future__ import annotations

import pytest

from dpnb import errors
from dpnb.errors import (
    DpnbError,
    LedgerError,
    LedgerReadOnlyError,
    PlanError,
    RunNotFoundError,
    TaskFailedError,
    UntrustedStoreError,
    WorkspaceError,
)
from dpnb.server.problems import problem_of

SECRET = "postgresql://me:hunter2@db/상자"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (LedgerError(f"The ledger {SECRET!r} failed: {SECRET}.", hint=SECRET), 503),
        (WorkspaceError(SECRET, reason="no"), 503),
        (LedgerReadOnlyError(SECRET), 409),
        (UntrustedStoreError(SECRET, why="no"), 403),
        (TaskFailedError("t", "r", state="failed", reason="", traceback=f"Traceback: {SECRET}"), 409),
        (DpnbError(SECRET, hint=SECRET), 500),
    ],
)
def test_places_passwords_and_tracebacks_stay_within(error, status):
    problem = problem_of(error)
    assert problem.status == status
    assert "hunter2" not in problem.model_dump_json()


def test_plan_that_is_refused_names_every_problem():
    problem = problem_of(PlanError([f"문제 {number}" for number in range(3)]))
    assert (problem.status, [one.message for one in problem.problems]) == (422, ["문제 0", "문제 1", "문제 2"])


def test_hints_speak_of_http_where_the_errors_own_speak_of_python():
    assert "runs()" not in problem_of(RunNotFoundError("a", known=["ab"])).model_dump_json()


def test_every_error_of_runs_results_and_requests_has_a_status_of_its_own_kind():
    kinds = [kind for name in errors.__all__ if isinstance(kind := getattr(errors, name), type)]
    shown = (errors.ExecutionError, errors.ResultError, errors.PlanError, errors.RegistryError, errors.LedgerError)
    for kind in kinds:
        if issubclass(kind, shown):
            bare = kind.__new__(kind)
            bare.args, bare.hint = ("wrong",), ""
            for name in ("task", "run_id", "state"):
                bare.__dict__.setdefault(name, "x")
            assert problem_of(bare).status != 500, kind


async def test_names_of_a_query_that_a_route_does_not_know_are_told(client):
    for address, known in [
        ("/fires?limt=5", "It is none of: limit"),
        ("/schedules?x=1", "Nothing can be asked for here"),
        ("/health?verbose=1", "Nothing can be asked for here"),
        ("/runs/latest/tasks?x=1", "Nothing can be asked for here"),
        ("/pipelines/수집?x=1", "Nothing can be asked for here"),
        ("/launches/nope?x=1", "Nothing can be asked for here"),
    ]:
        answer = await client.get(address)
        (problem,) = answer.json()["problems"]
        name = address.partition("?")[2].partition("=")[0]
        assert (answer.status_code, problem["where"], problem["kind"]) == (422, ["query", name], "extra_forbidden")
        assert problem["message"] == known
    assert (await client.get("/runs?statsu=failed")).status_code == 422
    assert (await client.get("/runs?status=failed&status=succeeded&limit=3")).status_code == 200
    assert (await client.get("/fires?limit=5&token=a-token-of-the-tests")).status_code == 200
