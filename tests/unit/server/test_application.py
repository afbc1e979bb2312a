"""Pipelines are started, and runs are read, cancelled, resumed and run again, over HTTP."""

from __future__ import annotations

import json
import re
import sys
from typing import Any

import httpx
import pyarrow as pa
import pytest
from fastapi import FastAPI

from dpnb import InlineExecutor, Orchestrator, TaskRegistry, Workspace, task
from dpnb.errors import NotebookFormatError, PipelineNameError, PlanError
from dpnb.planner import DAGBuilder, Planner, Selection
from dpnb.results.launches import Launch, Launches
from dpnb.server import Access, create_app
from tests.unit.server.conftest import HOST, TOKEN

START = "/pipelines/수집/runs"


@pytest.fixture
async def run_id(client) -> str:
    started = await client.post(START, json={"params": {"연도": 2014}})
    return str(started.json()["run_id"])


async def test_pipeline_tells_what_it_takes_and_runs_with_that(client, workspace):
    listed = (await client.get("/pipelines")).json()
    assert [pipeline["name"] for pipeline in listed["pipelines"]] == ["수집"]
    assert listed["tags"] == {"bad": ["divide"], "etl": ["total", "항공편"]}
    shown = (await client.get("/pipelines/수집")).json()
    assert shown["tasks"] == ["항공편", "total"]
    assert shown["parameters"]["properties"]["연도"] == {"default": 2013, "title": "연도", "type": "integer"}
    answer = await client.post(START, json={"params": {"연도": 2014, "편수": 3}, "metadata": {"왜": ["시험"]}})
    assert answer.status_code == 201
    run = answer.json()
    assert (run["status"], run["params"], run["metadata"]) == ("succeeded", {"연도": 2014, "편수": 3}, {"왜": ["시험"]})
    assert answer.headers["Location"] == f"../../runs/{run['run_id']}"
    assert workspace.ledger.run(run["run_id"]).params == {"연도": 2014, "편수": 3}
    assert (await client.get("/pipelines/수지")).json()["message"] == "Unknown pipeline '수지'; offered are '수집'."


async def test_openapi_shows_what_each_pipeline_takes(client):
    document = (await client.get("/openapi.json")).json()
    operation = document["paths"][START]["post"]
    body = operation["requestBody"]["content"]["application/json"]["schema"]
    assert "연도" in json.dumps([body, document["components"]], ensure_ascii=False)
    for path, operations in document["paths"].items():
        for method, described in operations.items():
            assert described["summary"], (path, method)
            assert described["operationId"], (path, method)
            assert {"401", "403", "422", "500"} <= described["responses"].keys(), (path, method)


async def test_tasks_of_the_process_are_started_by_tags_and_names(client):
    answer = await client.post("/runs", json={"tags": ["etl"], "params": {"연도": 2015}})
    assert (answer.status_code, answer.json()["tasks"]) == (201, 2)
    answer = await client.post("/runs", json={"targets": ["항공*"]})
    assert (answer.status_code, answer.json()["tasks"]) == (201, 1)
    answer = await client.post("/runs", json={"tags": ["bad"], "params": {"by": 2}})
    assert (answer.json()["status"], answer.json()["params"]) == ("succeeded", {"by": 2.0})


async def test_selection_that_is_offered_asks_for_what_its_tasks_lack(workspace):
    app = create_app(
        workspace,
        {"나누기": Selection.of(tags="bad")},
        access=Access(token=None, hosts=(HOST,)),
        executor=InlineExecutor(),
    )
    with pytest.raises(PlanError, match="no registered task"):
        create_app(workspace, {"a": Selection.of(targets="nope")})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"http://{HOST}") as client:
        assert (await client.get("/pipelines/나누기")).json()["parameters"]["required"] == ["by"]
        lacking: list[Any] = [None, {}, {"params": {}}, {"params": {"by": None}}]
        for body in lacking:
            assert (await client.post("/pipelines/나누기/runs", json=body)).status_code == 422
        started = await client.post("/pipelines/나누기/runs", json={"params": {"by": 4}})
        assert (started.status_code, started.json()["params"]) == (201, {"by": 4.0})
    assert len(workspace.ledger.runs()) == 1


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "must select something"),
        ({"tags": ["elt"]}, "did you mean 'etl'"),
        ({"tags": ["bad"]}, "nothing gives its parameter 'by'"),
        ({"tags": ["bad"], "params": {"by": "2"}}, "valid number"),
        ({"tags": ["etl"], "params": {"by": 2}}, "taken by no selected task"),
    ],
)
async def test_selection_that_cannot_be_run_says_why_and_starts_nothing(client, workspace, body, said):
    answer = await client.post("/runs", json=body)
    assert answer.status_code == 422
    assert said in answer.text
    assert not workspace.ledger.has_runs()


async def test_key_that_is_repeated_starts_one_run_and_only_for_the_same_request(client, workspace):
    key = {"Idempotency-Key": "monday"}
    first = await client.post(START, json={"params": {"연도": 2014}}, headers=key)
    second = await client.post(START, json={"params": {"연도": 2014}}, headers=key)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["run_id"] == second.json()["run_id"]
    other = await client.post(START, json={"params": {"연도": 2015}}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    elsewhere = await client.post("/runs", json={"tags": ["etl"]}, headers=key)
    assert elsewhere.status_code == 201
    assert len(workspace.ledger.runs()) == 2


async def test_launch_whose_server_died_before_its_run_began_is_carried_on_as_that_run(client, workspace):
    lost = Launch.of("수집", {"params": {"연도": 2014}}, key="k", run_id="잃은 것")
    Launches(workspace.ledger).begin(lost)
    key = {"Idempotency-Key": "k"}
    answers = [await client.post(START, json={"params": {"연도": 2014}}, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert {answer.json()["run_id"] for answer in answers} == {"잃은 것"}


async def test_run_that_a_key_has_started_is_not_started_again_once_it_is_deleted(client, workspace):
    key = {"Idempotency-Key": "monday"}
    run_id = (await client.post(START, json={}, headers=key)).json()["run_id"]
    assert (await client.delete(f"/runs/{run_id}")).status_code == 204
    assert (await client.post(START, json={}, headers=key)).status_code == 404
    assert not workspace.ledger.has_runs()


async def test_run_is_read_in_all_its_parts(client, run_id):
    run = (await client.get(f"/runs/{run_id}")).json()
    assert (run["levels"], run["tasks_by_state"]) == ([["항공편"], ["total"]], {"succeeded": 2})
    tasks = (await client.get(f"/runs/{run_id}/tasks")).json()["tasks"]
    assert [task["task"] for task in tasks] == ["항공편", "total"]
    assert (await client.get(f"/runs/{run_id}/tasks/항공편")).json() == tasks[0]
    attempts = (await client.get(f"/runs/{run_id}/tasks/항공편/attempts")).json()["attempts"]
    assert [attempt["state"] for attempt in attempts] == ["succeeded"]
    listed = (await client.get("/runs", params={"status": "succeeded", "tag": "etl", "since": "1h"})).json()["runs"]
    assert [one["run_id"] for one in listed] == [run_id]
    assert (await client.get("/runs", params={"status": "failed"})).json() == {"runs": []}
    assert (await client.get("/runs", params={"since": "gestern"})).status_code == 422
    assert (await client.get("/runs/nope")).status_code == 404
    assert (await client.get(f"/runs/{run_id}/tasks/nope")).status_code == 404


async def test_listener_goes_on_behind_the_last_event_that_it_heard(client, run_id):
    def ids(text: str) -> list[str]:
        return re.findall(r"^id: (.+)$", text, re.MULTILINE)

    whole = ids((await client.get(f"/runs/{run_id}/events")).text)
    assert len(whole) == len(set(whole)) >= 6
    rest = await client.get(f"/runs/{run_id}/events", headers={"Last-Event-ID": whole[1]})
    assert ids(rest.text) == whole[2:]
    assert rest.headers["Content-Type"].startswith("text/event-stream")
    for unknown in ("nope", f"1:{10**30}", "1:-1", "1:0", f"1:{len(whole) + 1}", "1:1000", "9:1"):
        again = await client.get(f"/runs/{run_id}/events", headers={"Last-Event-ID": unknown})
        assert ids(again.text) == whole
    assert (await client.get("/runs/nope/events")).status_code == 404


async def test_listener_that_has_heard_all_is_told_not_to_come_back(client, run_id):
    whole = re.findall(r"^id: (.+)$", (await client.get(f"/runs/{run_id}/events")).text, re.MULTILINE)
    end = await client.get(f"/runs/{run_id}/events", headers={"Last-Event-ID": whole[-1]})
    assert (end.status_code, end.content) == (204, b"")


async def test_log_is_read_whole_by_its_end_and_by_range(client, run_id):
    address = f"/runs/{run_id}/tasks/항공편/log"
    whole = await client.get(address)
    assert (whole.status_code, whole.text) == (200, "2014년\n")
    assert whole.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert (await client.get(address, params={"tail": 1})).text == "2014년\n"
    part = await client.get(address, headers={"Range": "bytes=4-6"})
    assert (part.status_code, part.text, part.headers["Content-Range"]) == (206, "년", "bytes 4-6/8")
    outside = await client.get(address, headers={"Range": "bytes=8-"})
    assert (outside.status_code, outside.headers["Content-Range"]) == (416, "bytes */8")


async def test_result_is_described_from_what_was_recorded_without_being_loaded(client, run_id, workspace, monkeypatch):
    monkeypatch.setattr(type(workspace.io_manager), "load", lambda *_, **__: pytest.fail("it was unpickled"))
    (result,) = (await client.get(f"/runs/{run_id}/tasks/항공편/results")).json()["results"]
    assert (result["type"], result["rows"], result["preview"][0]) == ("pandas.DataFrame", 2, ["0", "<b>서울</b>"])
    results = (await client.get(f"/runs/{run_id}/results")).json()["results"]
    assert {result["task"] for result in results} == {"항공편", "total"}


async def test_result_is_downloaded_as_file_that_is_no_page(client, run_id):
    address = f"/runs/{run_id}/tasks/항공편/data"
    as_json, as_csv, as_arrow = [
        await client.get(address, params={"format": form}) for form in ("json", "csv", "arrow")
    ]
    assert as_json.json() == [{"편": 0, "도시": "<b>서울</b>"}, {"편": 1, "도시": "<b>서울</b>"}]
    assert as_csv.text == "편,도시\n0,<b>서울</b>\n1,<b>서울</b>\n"
    assert pa.ipc.open_stream(as_arrow.content).read_all().to_pylist() == as_json.json()
    for answer in (as_json, as_csv, as_arrow):
        assert answer.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''%ED%95%AD")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "html" not in answer.headers["Content-Type"]
    one = await client.get(address, params={"format": "csv", "offset": 1, "limit": 1})
    assert one.text == "편,도시\n1,<b>서울</b>\n"
    assert (await client.get(f"/runs/{run_id}/tasks/total/data")).json() == {"편": 2}
    assert (await client.get(f"/runs/{run_id}/tasks/total/data", params={"format": "csv"})).status_code == 406
    assert (await client.get(address, params={"format": "pickle"})).status_code == 422


async def test_store_that_somebody_else_made_is_described_but_not_unpickled(
    client, run_id, workspace, monkeypatch, tmp_path
):
    monkeypatch.setenv("DPNB_STATE_HOME", str(tmp_path / "another user's"))
    workspace.__dict__.pop("io_manager")
    assert (await client.get(f"/runs/{run_id}/tasks/항공편/results")).json()["results"][0]["rows"] == 2
    answer = await client.get(f"/runs/{run_id}/tasks/항공편/data")
    assert (answer.status_code, answer.json()["code"]) == (403, "untrusted_store")
    assert str(tmp_path) not in answer.text


async def test_failed_run_tells_its_traceback_as_data_and_never_in_an_error(client):
    run = (await client.post("/runs", json={"tags": ["bad"], "params": {"by": 0}})).json()
    assert run["status"] == "failed"
    (attempt,) = (await client.get(f"/runs/{run['run_id']}/tasks/divide/attempts")).json()["attempts"]
    assert attempt["error_type"] == "ZeroDivisionError"
    assert "1 / by" in attempt["traceback"]
    answer = await client.get(f"/runs/{run['run_id']}/tasks/divide/data")
    assert (answer.status_code, answer.json()["code"]) == (409, "task_failed")
    assert "Traceback" not in answer.text
    resumed = await client.post(f"/runs/{run['run_id']}/resume")
    assert (resumed.status_code, resumed.json()["status"]) == (200, "failed")


async def test_run_is_run_again_and_annotated_and_deleted(client, run_id, workspace):
    again = await client.post(f"/runs/{run_id}/rerun", json={"params": {"편수": 5}}, headers={"Idempotency-Key": "k"})
    assert (again.status_code, again.json()["rerun_of"]) == (201, run_id)
    assert again.json()["params"] == {"연도": 2014, "편수": 5}
    assert (await client.post(f"/runs/{run_id}/rerun", json={"tasks": ["nope"]})).status_code == 404
    noted = await client.patch(f"/runs/{run_id}", json={"note": "보관", "pinned": True})
    assert (noted.json()["note"], noted.json()["pinned"]) == ("보관", True)
    assert (await client.post(f"/runs/{run_id}/cancel")).json()["status"] == "succeeded"
    assert (await client.delete(f"/runs/{run_id}")).status_code == 204
    assert [run.run_id for run in workspace.ledger.runs()] == [again.json()["run_id"]]


async def test_names_with_slashes_and_percent_signs_are_found(home):
    registry = TaskRegistry()

    @task(registry=registry, name="a/b %2F..")
    def odd() -> int:
        print("odd")
        return 1

    plan = Planner(DAGBuilder(registry)).create_execution_plan()
    workspace = Workspace(home, registry=registry)
    run = Orchestrator(workspace=workspace, executor=InlineExecutor()).start_pipeline(plan, run_id="x/y%")
    app = create_app(workspace, access=Access(token=None, hosts=(HOST,)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"http://{HOST}") as client:
        assert (await client.get("/runs/x%2Fy%25")).json()["run_id"] == run.run_id
        assert (await client.get("/runs/x%2Fy%25/tasks/a%2Fb%20%252F../log")).text == "odd\n"


async def test_application_works_where_it_is_mounted_beside_another_one(workspace, plan, home):
    own = FastAPI()
    other = Workspace(home.parent / "other", registry=TaskRegistry())
    own.mount("/팀/dpnb", create_app(workspace, {"수집": plan(tags="etl")}, access=Access(token=None, hosts=("*",))))
    own.mount("/other", create_app(other, access=Access(token=TOKEN, hosts=("*",))))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(own), base_url="http://anything") as client:
        assert (await client.get("/팀/dpnb/health")).json()["status"] == "ok"
        assert (await client.get("/팀/dpnb/pipelines/수집")).json()["name"] == "수집"
        assert (await client.get("/팀/dpnb/openapi.json")).json()["servers"] == [{"url": "/팀/dpnb"}]
        assert (await client.get("/other/health")).status_code == 200
        assert (await client.get("/other/pipelines")).status_code == 401
        login = await client.get(f"/other/runs?token={TOKEN}", headers={"Accept": "text/html"})
        assert (login.headers["Location"], "Path=/other;" in login.headers["set-cookie"]) == ("/other/runs", True)
        assert (await client.get("/other/runs")).json() == {"runs": []}


@pytest.mark.parametrize("name", ["", "a/b", "a{b}", "..", " a", "a" * 101, "a\nb", "a%b", 7])
def test_pipeline_whose_name_is_no_part_of_an_address_is_refused(workspace, plan, name):
    with pytest.raises(PipelineNameError, match="Hint: its name is a part of its address"):
        create_app(workspace, {name: plan(tags="etl")})


def test_notebook_that_is_none_is_refused_when_the_application_is_made(workspace, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "rfc3987_syntax", None)  # as the terminal does: it takes long to import
    with pytest.raises(FileNotFoundError, match="no notebook"):
        create_app(workspace, {"a": tmp_path / "nope.ipynb"})
    (tmp_path / "no.ipynb").write_text("{}")
    with pytest.raises(NotebookFormatError):
        create_app(workspace, {"a": tmp_path / "no.ipynb"})


async def test_values_that_json_cannot_hold_are_told_all_the_same(client, workspace, plan):
    odd = {"수": float("inf"), "글": "\ud800"}
    run = Orchestrator(workspace=workspace, executor=InlineExecutor()).start_pipeline(plan(tags="etl"), metadata=odd)
    shown = await client.get(f"/runs/{run.run_id}")
    assert shown.json()["metadata"] == {"수": None, "글": "\\ud800"}
