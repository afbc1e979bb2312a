"""Events that reach several schedulers of one database through a server start one run each."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager

import pytest

from dpnb import Workspace, schedule, task
from dpnb.events import EventBase
from dpnb.events.adapters.redis_broker import RedisBroker
from dpnb.planner import DAGBuilder, Planner
from dpnb.registry import TaskRegistry
from dpnb.results import RunStatus
from dpnb.scheduler import ScheduleStore
from tests.waiting import until

pytestmark = pytest.mark.integration


@contextmanager
def serving(workspace, broker_url):
    """Start `dpnb schedule run` in a process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "dpnb.cli", "schedule", "run"],
        env=os.environ
        | {"DPNB_HOME": str(workspace.home), "DPNB_DATABASE": workspace.database, "DPNB_BROKER": broker_url},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_each_event_is_one_run_though_a_scheduler_is_killed(tmp_path, postgres, redis_server, monkeypatch):
    registry = TaskRegistry()

    @task(registry=registry)
    def 도착(rows: int = 1) -> int:
        return rows

    url = f"{redis_server.url}?namespace=by-events"
    monkeypatch.setenv("DPNB_BROKER", url)
    workspace = Workspace(tmp_path / ".dpnb", database=postgres)
    plan = Planner(DAGBuilder(registry)).create_execution_plan()
    schedule(plan, on_event="data.*", name="도착", workers=1, workspace=workspace, serve=False)
    broker = RedisBroker(url)
    publisher = broker.publisher("밖")
    store = ScheduleStore(workspace.ledger.database)
    events = [EventBase(f"data.{number}", {"rows": number}) for number in range(6)]

    def begun() -> set[str]:
        return {fire.fire for fire in store.fires("도착")}

    def fires_of(*some: EventBase) -> set[str]:
        return {f"signal:{event.event_id}" for event in some}

    with serving(workspace, url) as first, serving(workspace, url):
        until(lambda: len(listeners(broker)) >= 2)
        for event in events[:3]:
            publisher.publish_sync(event.topic, event)
        until(lambda: begun() == fires_of(*events[:3]))
        first.kill()
        for event in events[3:]:
            publisher.publish_sync(event.topic, event)
        publisher.publish_sync(events[0].topic, events[0])  # again, as who was not sure would
        until(lambda: begun() == fires_of(*events) and not store.open_fires())
    runs = workspace.ledger.runs()
    assert len(runs) == len(events)
    assert {run.metadata["fire"] for run in runs} == fires_of(*events)
    assert {run.status for run in runs} <= {RunStatus.SUCCEEDED, RunStatus.INTERRUPTED}
    broker.close()
    workspace.ledger.close()


def listeners(broker: RedisBroker) -> list[dict[str, str]]:
    """Return the connections that wait for the stream's news."""
    return [one for one in broker._server.asking.client_list() if one["cmd"] == "xread"]
