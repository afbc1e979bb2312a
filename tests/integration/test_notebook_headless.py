"""Notebooks in real kernels: cells, endings, deadlines."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psutil
import pytest
from jupyter_client.connect import LocalPortCache
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from dpnb.errors import (
    KernelDiedError,
    NotebookExecutionError,
    NotebookInterruptedError,
    NotebookTimeoutError,
)
from dpnb.notebook import kernel
from dpnb.notebook.headless import Limits, execute
from dpnb.notebook.kernel import KernelStart

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.integration

IGNORES_INTERRUPTS = """
import time
while True:
    try:
        time.sleep(60)
    except KeyboardInterrupt:
        pass
"""


@dataclass
class Recorder:
    pid: int = 0
    cells: int = 0
    started: list[int] = field(default_factory=list)
    ended: int = 0
    on_start: Callable[[int], None] = lambda _: None

    def kernel_started(self, pid: int, cells: int) -> None:
        self.pid, self.cells = pid, cells

    def cell_started(self, number: int) -> None:
        self.started.append(number)
        self.on_start(number)

    def cell_ended(self) -> None:
        self.ended += 1


def notebook_of(*cells):
    return new_notebook(cells=[cell if not isinstance(cell, str) else new_code_cell(cell) for cell in cells])


def tagged(source: str, tag: str):
    return new_code_cell(source, metadata={"tags": [tag]})


async def run(
    tmp_path, notebook, /, *, listener: Recorder | None = None, env=None, added=(), **limits: float
) -> Recorder:
    listener = listener or Recorder()
    path = tmp_path / "연구.ipynb"
    try:
        await execute(
            notebook,
            path=path,
            limits=Limits(**limits),
            start=KernelStart(env=env or {}),
            listener=listener,
            added=added,
        )
    finally:
        assert not listener.pid or not psutil.pid_exists(listener.pid), "the kernel outlived its notebook"
    return listener


def texts(notebook) -> list[str]:
    return [
        "".join(output.get("text", output.get("data", {}).get("text/plain", "")) for output in cell.outputs)
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


async def test_cells_run_in_order_in_the_notebooks_folder_with_this_interpreter(tmp_path):
    notebook = notebook_of(
        new_markdown_cell("# Title"),
        "import os, sys\nx = 41",
        "await __import__('asyncio').sleep(0)\nx + 1",
        "print(sys.executable, os.getcwd(), os.environ['DPNB_HOME'], sep='\\n')",
    )
    listener = await run(tmp_path, notebook, env={"DPNB_HOME": "/there"})
    assert texts(notebook) == ["", "42", f"{sys.executable}\n{tmp_path}\n/there\n"]
    assert [cell.execution_count for cell in notebook.cells[1:]] == [1, 2, 3]
    assert (listener.cells, listener.started, listener.ended) == (3, [1, 2, 3], 3)


async def test_kernel_is_silent_about_itself(tmp_path, capfd):
    await run(tmp_path, notebook_of("1"))
    assert capfd.readouterr() == ("", "")


async def test_cell_that_raises_ends_the_notebook_and_keeps_what_was_shown(tmp_path):
    notebook = notebook_of("print('before')", "1 / 0", "print('after')", "'last'")
    with pytest.raises(
        NotebookExecutionError, match="Code cell 2 of '연구.ipynb' raised ZeroDivisionError: division"
    ) as raised:
        await run(tmp_path, notebook)
    assert "Cell" in raised.value.traceback
    assert texts(notebook)[0] == "before\n"
    assert notebook.cells[1].outputs[0].ename == "ZeroDivisionError"
    assert notebook.cells[2].outputs == []


async def test_tags_skip_a_cell_and_allow_one_to_raise(tmp_path):
    notebook = notebook_of(tagged("never", "skip-execution"), tagged("1 / 0", "raises-exception"), "'last'")
    listener = await run(tmp_path, notebook)
    assert texts(notebook)[-1] == "'last'"
    assert notebook.cells[0].outputs == []
    assert (listener.cells, listener.started) == (3, [2, 3])


async def test_cells_that_were_added_are_not_counted(tmp_path):
    ours, last = new_code_cell("x = 1"), new_code_cell("'last'")
    notebook = notebook_of(ours, new_markdown_cell("# Title"), "x", "1 / 0", last)
    listener = Recorder()
    with pytest.raises(NotebookExecutionError, match="Code cell 2 of"):
        await run(tmp_path, notebook, listener=listener, added={ours.id, last.id})
    assert (listener.cells, listener.started) == (2, [0, 1, 2])


async def test_kernel_that_dies_at_dpnbs_own_cell_is_said_so(tmp_path):
    last = new_code_cell("import os; os._exit(3)")
    with pytest.raises(KernelDiedError, match=r"died while its tasks were planned and run \(exit code 3\)"):
        await run(tmp_path, notebook_of("1", last), added={last.id})


@pytest.mark.parametrize("ending", ["sys.exit()", "sys.exit(0)", "raise SystemExit"])
async def test_exit_with_success_jumps_to_the_last_cell_where_dpnb_added_it(tmp_path, ending):
    last = new_code_cell("'last'")
    notebook = notebook_of(f"import sys\n{ending}", "never", last)
    await run(tmp_path, notebook, added={last.id})
    assert texts(notebook)[-1] == "'last'"
    assert notebook.cells[1].outputs == []


async def test_exit_with_success_leaves_out_all_that_is_the_notebooks_own(tmp_path):
    notebook = notebook_of("import sys\nsys.exit()", "never", "'last'")
    await run(tmp_path, notebook)
    assert texts(notebook)[1:] == ["", ""]


async def test_exit_with_failure_is_a_failure(tmp_path):
    with pytest.raises(NotebookExecutionError, match="SystemExit: 3"):
        await run(tmp_path, notebook_of("import sys\nsys.exit(3)", "'last'"))


@pytest.mark.parametrize(
    ("death", "ending"),
    [("os.kill(os.getpid(), 9)", "signal 9"), ("os._exit(0)", "exit code 0"), ("os._exit(3)", "exit code 3")],
)
async def test_dead_kernel_is_reported_within_seconds(tmp_path, death, ending):
    started = time.monotonic()
    with pytest.raises(KernelDiedError, match=rf"died in code cell 2 \({ending}\)"):
        await run(tmp_path, notebook_of("import os", death, "'last'"))
    assert time.monotonic() - started < 20


async def test_deadline_kills_a_cell_that_ignores_interrupts(tmp_path):
    started = time.monotonic()
    with pytest.raises(NotebookTimeoutError, match="deadline of 3 s in code cell 2.*\n.*--timeout"):
        await run(tmp_path, notebook_of("print('before')", IGNORES_INTERRUPTS, "'last'"), notebook=3)
    assert time.monotonic() - started < 20


async def test_deadline_of_a_cell_kills_it_too(tmp_path):
    notebook = notebook_of("import time; time.sleep(0.1)", IGNORES_INTERRUPTS, "'last'")
    with pytest.raises(NotebookTimeoutError, match=r"deadline of 1\.5 s in code cell 2.*\n.*--cell-timeout"):
        await run(tmp_path, notebook, cell=1.5)


async def test_swallowed_interrupt_is_no_success(tmp_path):
    swallow = "import time\ntry:\n    time.sleep(60)\nexcept BaseException:\n    pass"
    with pytest.raises(NotebookTimeoutError):
        await run(tmp_path, notebook_of(swallow, "'last'"), cell=1)


async def test_children_of_the_kernel_die_with_it(tmp_path):
    file = tmp_path / "pid"
    starts_a_child = f"""
import pathlib, subprocess
pathlib.Path({str(file)!r}).write_text(str(subprocess.Popen(["sleep", "600"]).pid))
"""
    with pytest.raises(NotebookTimeoutError):
        await run(tmp_path, notebook_of(starts_a_child, IGNORES_INTERRUPTS), notebook=4)
    child = int(file.read_text())
    left = [psutil.Process(child)] if psutil.pid_exists(child) else []
    assert psutil.wait_procs(left, timeout=5)[1] == []


@pytest.mark.skipif(os.name != "posix", reason="signals")
async def test_interrupt_ends_the_notebook_and_its_kernel(tmp_path):
    def interrupt(number: int) -> None:
        if number == 2:
            asyncio.get_running_loop().call_later(0.2, os.kill, os.getpid(), signal.SIGINT)

    with pytest.raises(NotebookInterruptedError, match="interrupted in code cell 2"):
        await run(tmp_path, notebook_of("1", IGNORES_INTERRUPTS, "'last'"), listener=Recorder(on_start=interrupt))


async def test_kernel_that_cannot_start_is_said_so(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(KernelDiedError, match="did not start"):
        await run(tmp_path, notebook_of("1"))


async def test_kernel_whose_port_another_took_meanwhile_is_started_again(tmp_path, monkeypatch):
    """As where two processes start kernels at once: each asks for free ports, and its kernel takes them later."""
    find = LocalPortCache.find_available_port
    given: list[int] = []

    def found(cache: LocalPortCache, ip: str) -> int:
        given.append(find(cache, ip) if given else taken.getsockname()[1])
        return given[-1]

    monkeypatch.setattr(LocalPortCache, "find_available_port", found)
    monkeypatch.setattr(kernel, "LONGEST_SOCKET_PATH_BYTES", 0)
    notebook = notebook_of("6 * 7")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listener = await run(tmp_path, notebook)
        assert len(given) == 10  # five for each start
    assert (listener.started, texts(notebook)) == ([1], ["42"])


async def test_widget_state_is_not_kept(tmp_path):
    notebook = notebook_of("import ipywidgets; ipywidgets.IntSlider()", "'last'")
    await run(tmp_path, notebook)
    assert "widgets" not in notebook.metadata
