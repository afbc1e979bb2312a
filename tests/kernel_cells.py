"""Cells that are executed in a kernel, and what they leave below them."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient


@dataclass
class Shown:
    """What a cell has left below it."""

    printed: str = ""
    results: list[dict[str, Any]] = field(default_factory=list)
    error: str = ""

    @property
    def text(self) -> str:
        return self.results[-1]["text/plain"] if self.results else ""


class Notebook:
    """Executes cells as a front end does that tells which cell it is."""

    def __init__(self, client: BlockingKernelClient) -> None:
        self.client = client

    def run(self, cell: str, *, cell_id: str = "") -> Shown:
        content = {"code": textwrap.dedent(cell), "silent": False, "store_history": True, "allow_stdin": False}
        message = self.client.session.msg("execute_request", content, metadata={"cellId": cell_id} if cell_id else {})
        self.client.shell_channel.send(message)
        shown = Shown()
        while True:
            heard = self.client.get_iopub_msg(timeout=60)
            if heard["parent_header"].get("msg_id") != message["header"]["msg_id"]:
                continue
            told = heard["content"]
            match heard["msg_type"]:
                case "stream":
                    shown.printed += told["text"]
                case "execute_result" | "display_data":
                    shown.results.append(told["data"])
                case "error":
                    shown.error = "\n".join(told["traceback"])
                case "status" if told["execution_state"] == "idle":
                    return shown

    def value(self, expression: str) -> Any:
        shown = self.run(f"print(repr({expression}))")
        assert not shown.error, shown.error
        return eval(shown.printed)

    def complete(self, code: str, below: str = "") -> list[str]:
        """Complete what stands before the cursor; `below` is what stands behind it."""
        reply = self.client.complete(code + below, len(code), reply=True, timeout=60)
        return list(reply["content"]["matches"])
