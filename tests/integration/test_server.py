"""Servers that really listen: streams to many, two on one workspace, notebooks, signals, and ports that are taken."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest
import uvicorn

from dpnb import Workspace, get_run
from dpnb.errors import AddressError
from dpnb.results import RunStatus
from dpnb.results.launches import Launches, LaunchState
from dpnb.server import Access, Server, create_app
from tests.terminal import TASKS, Terminal
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.integration

TOKEN = "a-token-of-the-tests"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
PATIENCE_S = 120
SERVER = """
import sys
from pathlib import Path
from dpnb import TaskRegistry, Workspace, task
from dpnb.planner import DAGBuilder, Planner
from dpnb.server import Access, Server, create_app

registry = TaskRegistry()

@task(registry=registry, tags=["slow"])
def waits(until: str) -> int:
    import time
    from pathlib import Path
    while not Path(until).exists():
        time.sleep(0.01)
    return 1

workspace = Workspace(sys.argv[1], registry=registry)
plan = Planner(DAGBuilder(registry)).create_execution_plan(params={"until": sys.argv[2]})
server = Server(create_app(workspace, {"slow": plan}, access=Access(token=sys.argv[3]), workers=1), port=0)
print(server.url, flush=True)
server.run()
print("ended", flush=True)
"""


@contextmanager
def serving(server: Server) -> Iterator[str]:
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server.url
    finally:
        server.stop()
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


@pytest.fixture
def door(tmp_path: Path) -> Path:
    """Give the path of a file; once it is there, the slow tasks end."""
    return tmp_path / "문"


@pytest.fixture
def start_servers(tmp_path: Path, home: Path, door: Path):
    """Give what starts processes beside each other that serve a slow pipeline; it returns their addresses and them."""
    script = tmp_path / "serve.py"
    script.write_text(SERVER)
    started: list[subprocess.Popen[str]] = []

    def start(count: int) -> list[tuple[str, subprocess.Popen[str]]]:
        command = [sys.executable, *map(str, (script, home, door, TOKEN))]
        started.extend(subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(count))
        return [(process.stdout.readline().strip(), process) for process in started if process.stdout is not None]

    yield start
    for process in started:
        process.kill()
        process.communicate()


async def test_hundred_clients_follow_a_run_and_are_forgotten_when_they_leave(start_servers, home, door):
    ((address, _),) = start_servers(1)
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=address, headers=BEARER, timeout=PATIENCE_S, limits=limits) as client:
        run_id = (await client.post("pipelines/slow/runs")).json()["run_id"]
        listening = asyncio.Semaphore(0)

        async def follow(*, leaves: bool) -> list[str]:
            heard = []
            async with client.stream("GET", f"runs/{run_id}/events") as answer:
                assert answer.headers["Content-Type"].startswith("text/event-stream")
                async for line in answer.aiter_lines():
                    if line.startswith("event: "):
                        heard.append(line)
                        if len(heard) == 1:
                            listening.release()
                            if leaves:
                                return heard
            return heard

        clients = [asyncio.create_task(follow(leaves=number % 2 == 0)) for number in range(100)]
        for _ in clients:
            await listening.acquire()
        assert (await client.get("health")).json()["status"] == "ok"
        await _until_streams(client, 50)
        door.touch()
        heard = await asyncio.gather(*clients)
        assert len([one for one in heard if len(one) > 1]) == 50
        assert {one[-1] for one in heard if len(one) > 1} == {heard[1][-1]}
        assert "finished" in heard[1][-1]
        await _until_streams(client, 0)


async def _until_streams(client: httpx.AsyncClient, count: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while f"dpnb_event_streams {count:.1f}" not in (await client.get("metrics")).text:
            pass  # each look is a request


async def test_two_servers_that_hear_one_key_start_one_run_and_each_may_end_it(start_servers, home, door):
    servers = start_servers(2)
    clients = [httpx.AsyncClient(base_url=address, headers=BEARER, timeout=PATIENCE_S) for address, _ in servers]
    key = {"Idempotency-Key": "하루".encode().hex()}
    answers = await asyncio.gather(*(clients[n % 2].post("pipelines/slow/runs", headers=key) for n in range(16)))
    assert sorted(answer.status_code for answer in answers) == [200] * 15 + [201]
    (run_id,) = {answer.json()["run_id"] for answer in answers}
    workspace = Workspace(home)
    assert [run.run_id for run in workspace.ledger.runs()] == [run_id]
    driven_by = workspace.ledger.run(run_id)
    assert driven_by is not None
    other = clients[[process.pid for _, process in servers].index(driven_by.pid) - 1]
    assert (await other.post(f"runs/{run_id}/cancel")).status_code == 202
    await asyncio.to_thread(until, lambda: get_run(run_id, workspace).status is RunStatus.CANCELLED)
    for client in clients:
        await client.aclose()


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_server_that_is_stopped_ends_its_streams_and_its_runs(start_servers, home):
    ((address, process),) = start_servers(1)
    run_id = httpx.post(f"{address}pipelines/slow/runs", headers=BEARER, timeout=PATIENCE_S).json()["run_id"]
    with httpx.stream("GET", f"{address}runs/{run_id}/events", headers=BEARER, timeout=PATIENCE_S) as answer:
        lines = answer.iter_lines()
        next(lines)
        process.send_signal(signal.SIGTERM)
        assert list(lines)[-1] == ""
    out, _ = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, out) == (0, "ended\n")
    assert get_run(run_id, Workspace(home)).status is RunStatus.CANCELLED


def test_base_url_begins_every_address(home):
    app = create_app(Workspace(home), access=Access(token=TOKEN))
    with serving(Server(app, port=0, base_url="/팀/dpnb/")) as address:
        assert address.endswith("/팀/dpnb/")
        assert httpx.get(f"{address}runs", headers=BEARER).json() == {"runs": []}
        assert httpx.get(f"{address}../../runs", headers=BEARER).status_code == 404


def test_address_that_is_taken_is_told_before_anything_begins(home):
    app = create_app(Workspace(home), access=Access(token=TOKEN))
    first = Server(app, port=0)
    with serving(first), pytest.raises(AddressError, match=r"Nothing can listen on '127.0.0.1', port \d+: Address"):
        Server(app, port=first.port)
    with pytest.raises(AddressError):
        Server(app, host="203.0.113.1", port=0)


def test_token_in_an_address_is_in_no_access_log(home, caplog):
    app = create_app(Workspace(home), access=Access(token=TOKEN))
    own = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="off"))
    thread = threading.Thread(target=own.run)
    with caplog.at_level("INFO", "uvicorn.access"):
        thread.start()
        until(lambda: own.started)
        port = own.servers[0].sockets[0].getsockname()[1]
        answer = httpx.get(f"http://127.0.0.1:{port}/runs?limit=2&token={TOKEN}")
        own.should_exit = True
        thread.join(PATIENCE_S)
    assert answer.status_code == 200
    assert "/runs?limit=2" in caplog.text
    assert TOKEN not in caplog.text


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_notebook_that_is_served_runs_with_the_parameters_of_a_request_and_ends_with_the_server(tmp_path, home):
    terminal = Terminal(tmp_path, home)
    begun = tmp_path / "begun"
    waits = f"import pathlib, time\nif year > 3000:\n    pathlib.Path({str(begun)!r}).touch()\n    time.sleep(3000)"
    notebook = terminal.notebook(TASKS, waits)
    process = terminal.start("serve", notebook, "--port", "0")
    try:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(3)]
        address, token = re.search(r"(http://\S+/)\?token=(\S+)", said[2]).groups()  # type: ignore[union-attr]
        with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE_S) as client:
            shown = client.get("pipelines/연구 노트").json()
            assert shown["parameters"]["properties"] == {"year": {"default": 2012, "title": "year", "type": "integer"}}
            start = "pipelines/연구 노트/runs"
            assert client.post(start, json={"params": {"year": "2014"}}).status_code == 422
            assert client.post(start, json={"params": {"x=1\nimport os": 1}}).status_code == 422
            key = {"Idempotency-Key": "k"}
            launches = [client.post(start, json={"params": {"year": 2014}}, headers=key) for _ in range(2)]
            late = client.post(start, json={"params": {"year": 4000}})  # so that both kernels start beside each other
            assert [launch.status_code for launch in launches] == [202, 200]
            (launch_id,) = {launch.json()["launch_id"] for launch in launches}
            until(lambda: client.get(f"launches/{launch_id}").json()["state"] != "going")
            launch = client.get(f"launches/{launch_id}").json()
            assert launch["error"] == "", launch
            (run,) = client.get("runs").json()["runs"]
            assert (launch["run_id"], run["params"]) == (run["run_id"], {"year": 2014})
            assert client.get(f"runs/{run['run_id']}/tasks/total/data").json() == 2015
            until(begun.exists)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE_S)
        assert (process.returncode, err) == (0, "Stopped.\n"), out
        launch_of_it = Launches(terminal.ledger).get(late.json()["launch_id"])
        assert launch_of_it is not None
        assert launch_of_it.state is LaunchState.INTERRUPTED
    finally:
        process.kill()
        process.communicate()
