"""Schedules are read, rest, go on and fire over HTTP."""

from __future__ import annotations

import pytest

from dpnb.launch import schedule


@pytest.fixture
def nightly(workspace, plan):
    return schedule(
        plan(tags="etl"), cron="0 3 * * *", zone="Asia/Seoul", name="밤/일", workspace=workspace, serve=False
    )


async def test_schedule_is_listed_rests_and_goes_on(client, nightly):
    (listed,) = (await client.get("/schedules")).json()["schedules"]
    assert (listed["name"], listed["kind"], listed["paused"]) == ("밤/일", "cron", False)
    assert listed["next"].endswith("18:00:00Z")
    address = "/schedules/%EB%B0%A4%2F%EC%9D%BC"
    paused = (await client.post(f"{address}/pause")).json()
    assert (paused["paused"], paused["next"]) == (True, None)
    assert (await client.get(address)).json() == paused
    assert (await client.post(f"{address}/resume")).json() == listed


async def test_schedule_fires_when_it_is_asked_to_with_the_parameters_given(client, nightly):
    address = "/schedules/%EB%B0%A4%2F%EC%9D%BC"
    fired = await client.post(f"{address}/fire", json={"params": {"연도": 2020}})
    assert (fired.status_code, fired.json()["state"], fired.json()["cause"]) == (202, "pending", "manual")
    assert (await client.get(f"{address}/fires")).json()["fires"] == [fired.json()]
    again = (await client.post(f"{address}/fire")).json()
    assert [fire["fire"] for fire in (await client.get("/fires")).json()["fires"]] == [
        again["fire"],
        fired.json()["fire"],
    ]
    assert (await client.get("/fires", params={"limit": 1})).json()["fires"] == [again]


async def test_schedule_that_is_not_there_is_said_so(client):
    for method, path in [("GET", ""), ("GET", "/fires"), ("POST", "/pause"), ("POST", "/resume"), ("POST", "/fire")]:
        answer = await client.request(method, f"/schedules/nope{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_schedule")
    assert (await client.get("/schedules")).json() == {"schedules": []}
