"""The runs browser in a real kernel, asked as a front end would: also while a cell is executed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jupyter_client.blocking.client import BlockingKernelClient

pytestmark = pytest.mark.integration

RUN = """
import dpnb
from dpnb import InlineExecutor, Orchestrator, get_planner, get_registry, get_run, task
get_registry().clear()

@task(tags=["etl"])
def 적재() -> int:
    return 42

def start():
    return Orchestrator(executor=InlineExecutor()).start_pipeline(get_planner().create_execution_plan()).wait()

run = start()
"""
GATED = """
import time
from pathlib import Path
start()
while not Path({gate!r}).exists():
    time.sleep(0.01)
"""


class FrontEnd:
    """What a front end knows of a kernel: the output that is shown, and what the widget has said."""

    def __init__(self, client: BlockingKernelClient) -> None:
        self._client = client
        self.shown: dict[str, dict[str, Any]] = {}
        self.model = self.place = ""
        self.said: list[dict[str, Any]] = []
        self.idle: set[str] = set()

    def execute(self, code: str) -> str:
        message: str = self._client.execute(code)
        return message

    def output(self) -> dict[str, Any]:
        (only,) = self.shown.values()
        return only

    def send(self, content: dict[str, Any]) -> None:
        data = {"method": "custom", "content": content}
        message = self._client.session.msg("comm_msg", {"comm_id": self.model, "data": data})
        self._client.shell_channel.send(message)

    def until[T](self, found: Callable[[], T]) -> T:
        while not (answer := found()):
            self._take(self._client.get_iopub_msg(timeout=60))
        return answer

    def answer(self, name: str, fits: Callable[[Any], object] = lambda _: True) -> Any:
        """Return the latest result that was told under a name, once there is one that fits."""

        def found() -> Any:
            told = (one for one in self.said[::-1] if name in (one.get("answer"), one.get("seen")))
            return next((one["result"] for one in told if fits(one["result"])), None)

        return self.until(found)

    def _take(self, message: dict[str, Any]) -> None:
        content, parent = message["content"], message["parent_header"].get("msg_id", "")
        match message["msg_type"]:
            case "status" if content["execution_state"] == "idle":
                self.idle.add(parent)
            case "display_data" | "update_display_data":
                self.shown[content["transient"]["display_id"]] = content["data"]
            case "comm_open" if "place" in content["data"]["state"]:
                self.model, self.place = content["comm_id"], content["data"]["state"]["place"]
            case "comm_msg" if content["data"]["method"] == "custom":
                self.said.append(content["data"]["content"])
            case "error":
                pytest.fail("\n".join(content["traceback"]))


@pytest.fixture
def front(tmp_path) -> Iterator[FrontEnd]:
    """Give a front end in front of the runs browser, in a kernel that has made one run."""
    manager = KernelManager(transport="ipc", connection_file=str(tmp_path / "kernel.json"))
    manager.start_kernel(cwd=str(tmp_path), env=dict(os.environ))
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        opened = FrontEnd(client)
        opened.execute(RUN)
        done = opened.execute("dpnb.ui()")
        opened.until(lambda: done in opened.idle)
        yield opened
        manager.shutdown_kernel()
        opened.until(lambda: opened.place not in opened.output()["text/html"])
        assert "적재" in opened.output()["text/plain"], "the table is left where the pages were"
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_pages_are_answered_and_stay_true_while_a_cell_is_executed(front, tmp_path):
    assert set(front.output()) == {"text/html", "text/plain"}, "what is saved needs no kernel"
    assert front.place in front.output()["text/html"]
    front.send({"ask": "1", "method": "runs.list", "params": {"text": "tag:etl"}})
    (run,) = front.answer("1")["runs"]
    assert run["name"] == "적재"

    front.send({"watch": "w", "method": "runs.list", "params": {}})
    assert front.answer("w")["total"] == 1
    gate = tmp_path / "gate"
    busy = front.execute(GATED.format(gate=str(gate)))
    front.answer("w", lambda listed: listed["total"] == 2)
    assert busy not in front.idle, "the cell that started the run is still executed"
    gate.touch()
    front.until(lambda: busy in front.idle)

    click = {"ask": "2", "method": "run.rerun", "params": {"run_id": run["run_id"], "key": "2"}}
    front.send(click)
    front.send(click)
    again = front.answer("2")["run_id"]
    checked = front.execute(f"get_run({again!r}).wait(); assert len(dpnb.runs()) == 3, dpnb.runs()")
    front.until(lambda: checked in front.idle)


def test_a_program_that_executes_a_notebook_gets_the_table(tmp_path):
    notebook = new_notebook(cells=[new_code_cell(RUN), new_code_cell("dpnb.ui()")])
    NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
    nbformat.validate(notebook)
    (output,) = notebook.cells[1].outputs
    assert set(output.data) == {"text/html", "text/plain"}
    assert "1 succeeded" in output.data["text/plain"]
