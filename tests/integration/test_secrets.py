"""A secret that the settings hold is found nowhere: not in the workspace, nor in what is shown, logged or served."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from dpnb import Orchestrator, TaskContext, Workspace, get_run, runs, task
from dpnb.errors import DpnbError
from dpnb.planner import DAGBuilder, Planner
from dpnb.registry import TaskRegistry
from dpnb.results.schedule_tables import METADATA
from dpnb.server import Access, create_app
from tests.terminal import TASKS

pytestmark = pytest.mark.integration

CANARY = "카나리아-canary-7f3a"
SETTINGS = """
database = "${LEDGER}"
broker = "redis://me:${CANARY}@127.0.0.1:1/0"
user = "김"

[storage]
url = "file:결과"

[executor]
url = "pool:"
workers = 1
"""


def holds_canary(data: bytes | str) -> bool:
    text = data if isinstance(data, bytes) else data.encode()
    return any(form in text for form in (CANARY.encode(), quote(CANARY).encode(), CANARY.encode("unicode_escape")))


@pytest.fixture
def project(tmp_path: Path, postgres: str, monkeypatch) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "dpnb.toml").write_text(SETTINGS, "utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.delenv("DPNB_HOME")
    monkeypatch.setenv("CANARY", CANARY)
    monkeypatch.setenv("LEDGER", postgres.replace("dpnb@", f"dpnb:{CANARY}@"))
    return folder


@pytest.fixture
def workspace(project: Path) -> Iterator[Workspace]:
    made = Workspace()
    yield made
    made.ledger.close()


def dumped(workspace: Workspace) -> str:
    """Return all rows of all tables."""
    with workspace.ledger.database.reading() as connection:
        return repr([tuple(row) for table in METADATA.sorted_tables for row in connection.execute(table.select())])


def a_failing_pipeline(registry: TaskRegistry) -> None:
    @task(registry=registry)
    def 추출(context: TaskContext) -> str:
        from dpnb.workspace import get_workspace

        context.logger.warning("%r %r", get_workspace(), context)
        return "글"

    @task(registry=registry)
    def 적재(추출: str) -> str:
        raise ValueError(추출)


def test_neither_the_workspace_nor_its_pages_hold_it(workspace, project, registry, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    a_failing_pipeline(registry)
    plan = Planner(DAGBuilder(registry)).create_execution_plan()
    run = Orchestrator(workspace=workspace).start_pipeline(plan).wait()
    shown: list[Any] = [workspace, workspace.settings, workspace.ledger, workspace.broker, run, run.record]
    shown += [runs(workspace=workspace).to_string(), run.failures.to_string(), str(run.logs("추출")), run.record.plan]
    shown += [workspace.io_manager, workspace.logs, workspace.speaker, list(run.events()), vars(workspace), plan]
    told = [repr(each) for each in shown] + [dumped(workspace), *_pages(workspace, run.run_id)]
    assert run.status == "failed"
    assert len(told[-1]) > 100
    out, err = capfd.readouterr()
    for text in (*told, out, err, caplog.text):
        assert not holds_canary(text), text
    files = [file for file in project.rglob("*") if file.is_file()]
    assert len(files) > 3
    assert [file for file in files if holds_canary(file.read_bytes())] == []


def _pages(workspace: Workspace, run_id: str) -> list[str]:
    app = create_app(workspace, access=Access(token=None, hosts=("testserver",)))
    paths = ("/", "/health", "/runs", f"/runs/{run_id}", f"/runs/{run_id}/tasks", "/metrics", "/openapi.json")
    asked = [(path, kind) for path in paths for kind in ("*/*", "text/html")]

    async def ask() -> list[str]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://testserver") as client:
            return [(await client.get(path, headers={"Accept": kind})).text for path, kind in asked]

    return asyncio.run(ask())


@pytest.mark.parametrize(
    "wrong",
    [
        {"database": f"postgresql://me:{CANARY}@127.0.0.1:1/x"},  # nobody listens
        {"database": f"postgresql://me:{CANARY}@127.0.0.1:port/x"},
        {"database": f"mysql://me:{CANARY}@h/x?password={CANARY}"},
        {"database": f"postgresql://me@127.0.0.1:1/x?password={CANARY}&connect_timeout=1"},
        {"database": f"postgresql://me@127.0.0.1:1/x?no_such_option={CANARY}"},
        {"broker": f"nothing://me:{CANARY}@h/0?token={CANARY}"},
        {"storage": f"nothing://me:{CANARY}@bucket/x?token={CANARY}"},
    ],
    ids=lambda wrong: next(iter(wrong.values())).replace(CANARY, "…"),
)
def test_what_goes_wrong_does_not_tell_it(tmp_path, wrong):
    workspace = Workspace(tmp_path / ".dpnb", **wrong)
    with pytest.raises(DpnbError) as caught:
        print(workspace.ledger, workspace.io_manager, workspace.broker)
    error = caught.value
    told = "".join(traceback.format_exception(error)) + repr([vars(error), error.__cause__, error.__context__])
    assert not holds_canary(told), told


def test_on_the_terminal_and_in_its_kernel_neither(terminal, project):
    notebook = terminal.notebook(TASKS)
    (terminal.folder / "dpnb.toml").write_text(SETTINGS, "utf-8")
    said = terminal.dpnb("run", notebook, "--tags", "etl")
    said += terminal.dpnb("run", notebook, "--tags", "bad", code=1)
    said += terminal.dpnb("runs") + terminal.dpnb("show", "latest") + terminal.dpnb("check")
    assert "2 succeeded" in said
    assert not holds_canary(said)
    found = [file for file in terminal.folder.rglob("*") if file.is_file()]
    assert any(file.suffix == ".pkl" for file in found)
    assert [file for file in found if holds_canary(file.read_bytes())] == []
    workspace = Workspace(terminal.folder / ".dpnb")
    assert get_run("latest", workspace).record.notebook == notebook.name
    assert not holds_canary(dumped(workspace))
    workspace.ledger.close()
