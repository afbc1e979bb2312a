"""The pages from a server that really listens, below a path of a site: they are told of changes until it stops."""

from __future__ import annotations

import re
import threading

import httpx
import pytest

from dpnb import InlineExecutor, Orchestrator, TaskRegistry, Workspace, task
from dpnb.planner import DAGBuilder, Planner
from dpnb.server import Access, Server, create_app

pytestmark = pytest.mark.integration

TOKEN = "a-token-of-the-tests"
HTML = {"Accept": "text/html"}


@pytest.fixture
def workspace(home) -> Workspace:
    registry = TaskRegistry()

    @task(registry=registry)
    def 적재() -> int:
        return 42

    return Workspace(home, registry=registry)


@pytest.fixture
def server(workspace):
    made = Server(create_app(workspace, access=Access(token=TOKEN)), port=0, base_url="/team/dp")
    thread = threading.Thread(target=made.run)
    thread.start()
    yield made
    made.stop()
    thread.join(60)
    assert not thread.is_alive()


def test_pages_below_a_path_are_told_of_changes_and_their_streams_end_whole_when_the_server_stops(server, workspace):
    with httpx.Client(base_url=server.url, follow_redirects=True) as browser:
        page = browser.get(f"?token={TOKEN}", headers=HTML)
        assert str(page.url) == f"{server.url}pages/"
        for address in re.findall(r'(?:src|href)="([^"]+)"', page.text):
            assert browser.get(page.url.join(address)).status_code == 200, address
        told: list[str] = []
        with browser.stream("GET", "pages/changes", timeout=60) as stream:
            lines = stream.iter_lines()
            while "event: change" not in told:
                told.append(next(lines))
            plan = Planner(DAGBuilder(workspace.registry)).create_execution_plan()
            Orchestrator(executor=InlineExecutor(), workspace=workspace).start_pipeline(plan).wait()
            while told.count("event: change") < 2:
                told.append(next(lines))
            server.stop()
            told.extend(lines)  # raises where the stream is cut off
        assert told.count("event: change") >= 2
