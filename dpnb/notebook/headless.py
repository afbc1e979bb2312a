"""Executes a notebook's cells in a kernel of its own, without a face, and says truly how that ended.

::

    execute ──┬── cells: one after the other, through nbclient
              └── guard: deadline, interrupt ──→ SIGKILL to the kernel's process group

A deadline is never left to the kernel: interrupting a cell that swallows the interrupt would count as success, and one
that keeps ignoring it would hang.
"""

from __future__ import annotations

import asyncio
import atexit
import itertools
import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from dpnb.errors import (
    KernelDiedError,
    NotebookExecutionError,
    NotebookInterruptedError,
    NotebookTimeoutError,
)
from dpnb.notebook.iri_grammar import iri_grammar_deferred
from dpnb.notebook.kernel import ending_of, own_kernel, pid_of

with iri_grammar_deferred():
    from nbclient import NotebookClient
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from jupyter_client.manager import AsyncKernelManager
    from nbformat import NotebookNode

    from dpnb.notebook.kernel import KernelStart

# The rest of the notebook is not executed after these, and that is no failure.
QUIET_ENDS = {("SystemExit", ""), ("SystemExit", "0"), ("SystemExit", "None"), ("RunWithheld", "")}

# Over TCP a kernel is told ports that were free; who takes one before the kernel does, ends it before it has begun.
MOST_STARTS = 3


class Listener(Protocol):
    """Is told how far an execution is, in the thread that executes."""

    def kernel_started(self, pid: int, cells: int) -> None:
        """Say that the kernel is there, as the process `pid`, and how many code cells the notebook has."""

    def cell_started(self, number: int) -> None:
        """Say that code cell `number`, counted from 1, is being executed; 0 is one that dpnb added."""

    def cell_ended(self) -> None:
        """Say that a cell has all its outputs, whether it raised or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Deadlines in seconds; None is none."""

    notebook: float | None = None
    cell: float | None = None


async def execute(
    notebook: NotebookNode,
    *,
    path: Path,
    limits: Limits,
    start: KernelStart,
    listener: Listener,
    added: Collection[str] = (),
) -> None:
    """Execute the cells of `notebook` in place, in the folder of `path`.

    Cells tagged ``skip-execution`` are left out; cells tagged ``raises-exception`` may raise. Those whose ids are in
    `added` are not the notebook's own: its other code cells are numbered without them. If the last cell is one of
    these, it is executed also where an earlier one ended the notebook with ``sys.exit(0)``.

    Raises
    ------
    NotebookExecutionError, NotebookTimeoutError, NotebookInterruptedError, KernelDiedError
        With the outputs so far in `notebook`, and the kernel gone.
    """
    numbers = _numbers(notebook, added)
    for starts_left in reversed(range(MOST_STARTS)):
        with own_kernel(start) as manager:
            execution = _Execution(notebook, path, limits, numbers, listener, manager)
            try:
                return await execution.guard({**os.environ, **start.env})
            except KernelDiedError as error:
                if not starts_left or manager.transport == "ipc" or error.cell is not None:
                    raise
            finally:
                if manager.has_kernel:
                    await manager.shutdown_kernel(now=True)
    raise AssertionError  # the last start has returned or raised


class _Execution:
    def __init__(
        self,
        notebook: NotebookNode,
        path: Path,
        limits: Limits,
        numbers: Mapping[int, int],
        listener: Listener,
        manager: AsyncKernelManager,
    ) -> None:
        self.name = path.name
        self.folder = path.parent
        self.limits = limits
        self.listener = listener
        self.manager = manager
        self.numbers = numbers
        self.cell: int | None = None
        self.error: Mapping[str, Any] | None = None
        self.interrupted = asyncio.Event()
        self.client = NotebookClient(
            notebook,
            km=manager,
            timeout_func=lambda _: limits.cell,  # `timeout` would take whole seconds only
            interrupt_on_timeout=False,
            # Else a kernel drops what it is sent right after an error, and a quiet end would lose the last cell.
            allow_errors=True,
            store_widget_state=False,
            on_cell_execute=self._on_execute,
            on_cell_executed=self._on_executed,
            on_cell_error=self._on_error,
        )

    def _on_execute(self, cell_index: int, **_: object) -> None:
        self.cell = self.numbers[cell_index]
        self.listener.cell_started(self.cell)

    def _on_executed(self, **_: object) -> None:
        self.listener.cell_ended()

    def _on_error(self, execute_reply: Mapping[str, Any], **_: object) -> None:
        self.error = execute_reply["content"]

    async def guard(self, env: Mapping[str, str]) -> None:
        """Run the cells, and kill the kernel when the deadline, an interrupt or being cancelled comes first."""
        cells = asyncio.create_task(self._run(env))
        interrupt = asyncio.create_task(self.interrupted.wait())
        try:
            done, _ = await asyncio.wait(
                {cells, interrupt}, timeout=self.limits.notebook, return_when=asyncio.FIRST_COMPLETED
            )
        except asyncio.CancelledError:
            interrupt.cancel()
            await self._give_up(cells)
            raise
        interrupt.cancel()
        if cells in done:
            return await cells
        await self._give_up(cells)
        if interrupt in done:
            raise NotebookInterruptedError(self.name, cell=self.cell)
        raise self._too_late(self.limits.notebook, "--timeout")

    async def _give_up(self, cells: asyncio.Task[None]) -> None:
        if self.manager.has_kernel:
            await self.manager.shutdown_kernel(now=True)
        cells.cancel()
        with suppress(Exception, asyncio.CancelledError):
            await cells

    async def _run(self, env: Mapping[str, str]) -> None:
        try:
            async with self.client.async_setup_kernel(cleanup_kc=True, cwd=str(self.folder), env=env):
                self._take_signals()
                self.listener.kernel_started(pid_of(self.manager), max(self.numbers.values(), default=0))
                await self._run_cells()
        except RuntimeError as error:  # Jupyter's, where a kernel ends or is silent before it has answered once
            raise KernelDiedError(self.name, cell=self.cell, ending=str(error)) from None
        finally:
            # nbclient forgets to, where a kernel does not start.
            atexit.unregister(self.client._cleanup_kernel)  # noqa: SLF001

    def _take_signals(self) -> None:
        # nbclient has just put its own handlers in place, which would end as a dead kernel.
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            with suppress(RuntimeError, ValueError):  # Windows, or not the main thread
                loop.add_signal_handler(number, self.interrupted.set)

    async def _run_cells(self) -> None:
        last = len(self.client.nb.cells) - 1
        goes_on = True
        for index, cell in enumerate(self.client.nb.cells):
            if goes_on or (index == last and self.numbers.get(index) == 0):
                goes_on = await self._run_cell(cell, index)

    async def _run_cell(self, cell: NotebookNode, index: int) -> bool:
        """Execute one cell; return whether the notebook goes on after it."""
        try:
            await self.client.async_execute_cell(cell, index, execution_count=self.client.code_cells_executed + 1)
        except CellTimeoutError:
            await self.manager.shutdown_kernel(now=True)
            raise self._too_late(self.limits.cell, "--cell-timeout") from None
        except DeadKernelError:
            raise KernelDiedError(self.name, cell=self.cell, ending=ending_of(self.manager)) from None
        error, self.error = self.error, None
        if error is None or "raises-exception" in cell.metadata.get("tags", ()):
            return True
        name, value = error.get("ename", ""), error.get("evalue", "")
        if (name, value) in QUIET_ENDS:
            return False
        raise NotebookExecutionError(
            self.name,
            cell=self.numbers[index],
            error=f"{name}: {value}" if value else name,
            traceback="\n".join(error.get("traceback", ())),
        )

    def _too_late(self, limit_s: float | None, option: str) -> NotebookTimeoutError:
        return NotebookTimeoutError(self.name, cell=self.cell, limit_s=limit_s or 0, option=option)


def _numbers(notebook: NotebookNode, added: Collection[str]) -> dict[int, int]:
    """Return the number of each code cell by its index: its position among the notebook's own, 0 for others."""
    code = [index for index, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    own = itertools.count(1)
    return {index: 0 if notebook.cells[index].get("id") in added else next(own) for index in code}
