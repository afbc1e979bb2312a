"""The front end of a notebook as its kernel knows it: executes cells, hears widgets, sends what one clicks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from tests.waiting import until

MARK = "data-dpnb-place"  # by which a page finds where a panel belongs


@contextmanager
def notebook_kernel(folder: Path, **env: str) -> Iterator[BlockingKernelClient]:
    """Give the client of a kernel that works in `folder`, with a workspace of its own unless `env` names another."""
    manager = KernelManager(transport="ipc", connection_file=str(folder / "kernel.json"))
    home = {"DPNB_HOME": str(folder / ".dpnb"), "DPNB_STATE_HOME": str(folder / "state")}
    manager.start_kernel(cwd=str(folder), env={**os.environ, **home, **env})
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


class FrontEnd:
    """Executes cells, clicks, and keeps what is shown by display id, as the page of a notebook does."""

    def __init__(self, client: BlockingKernelClient) -> None:
        self.client = client
        self.shown: dict[str, dict[str, Any]] = {}  # outputs by display id, or by what showed them
        self.models: dict[str, dict[str, Any]] = {}  # widgets that are alive by their comm
        self.answers: list[dict[str, Any]] = []
        self._idle: set[str] = set()

    def execute(self, code: str) -> None:
        sent = self.client.execute(code, allow_stdin=True)
        self.until(lambda: sent in self._idle)

    def click(self, run: str, action: str, number: str) -> None:
        """Send a click without waiting for what comes of it."""
        (comm,) = [comm for comm, state in self.models.items() if state.get("run_id") == run]
        self.send(comm, {"do": action, "id": number})

    def send(self, comm: str, content: dict[str, Any]) -> None:
        """Send a widget a message of its own kind."""
        data = {"method": "custom", "content": content}
        self.client.shell_channel.send(self.client.session.msg("comm_msg", {"comm_id": comm, "data": data}))

    def runs(self) -> list[str]:
        """Return the runs that have a panel, the newest last."""
        return [state["run_id"] for state in self.models.values() if "run_id" in state]

    def status(self, run: str) -> str:
        return next((state["moment"]["status"] for state in self.models.values() if state.get("run_id") == run), "")

    def output(self) -> dict[str, Any]:
        (only,) = self.shown.values()
        return only

    def is_live(self) -> bool:
        """Tell whether a panel that is alive has its place in the output."""
        places = {state["place"] for state in self.models.values() if state.get("place")}
        return any(f'{MARK}="{place}"' in self.output()["text/html"] for place in places)

    def until(self, condition: Any) -> None:
        def hear() -> object:
            while not condition():
                self._take(self.client.get_iopub_msg(timeout=60))
            return True

        until(hear)

    def _take(self, message: dict[str, Any]) -> None:
        content, parent = message["content"], message["parent_header"].get("msg_id", "")
        match message["msg_type"]:
            case "status" if content["execution_state"] == "idle":
                self._idle.add(parent)
            case "display_data" | "update_display_data":
                self.shown[content["transient"].get("display_id", parent)] = content["data"]
            case "comm_open":
                self.models[content["comm_id"]] = content["data"]["state"]
            case "comm_msg" if content["data"]["method"] == "update":
                self.models[content["comm_id"]] |= content["data"]["state"]
            case "comm_msg" if content["data"]["method"] == "custom":
                self.answers.append(content["data"]["content"])
            case "comm_close":
                self.models.pop(content["comm_id"], None)  # perhaps of a test before
            case "error":
                pytest.fail("\n".join(content["traceback"]))
