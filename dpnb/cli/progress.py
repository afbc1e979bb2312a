"""How far a notebook's execution is, on one or two lines of a terminal; nothing where there is no terminal."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import contextmanager, suppress
from functools import reduce
from typing import TYPE_CHECKING

from rich.console import Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from dpnb.cli.console import err
from dpnb.cli.tables import states_text
from dpnb.errors import DpnbError
from dpnb.notebook.kernel_process import KernelProcess
from dpnb.render.quantities import duration
from dpnb.run_events import EventReader, RunSnapshot, apply
from dpnb.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rich.console import RenderableType

POLL_S = 0.4  # a look at the ledger costs about a millisecond
BAR_CELLS = 30
SECONDS_PER_MINUTE = 60


class NotebookProgress:
    """Listens to an execution, and follows the run of its kernel in the ledger."""

    def __init__(self, name: str, home: Path) -> None:
        self._name = name
        self._ledger = _LedgerWatch(home)
        self._cells = 0
        self._where = "starting its kernel"
        self._since = time.monotonic()
        self._spinner = Spinner("dots", style="blue")

    def kernel_started(self, pid: int, cells: int) -> None:
        """Follow the runs of this kernel."""
        self._cells = cells
        self._ledger.kernel = KernelProcess.of(pid)

    def cell_started(self, number: int) -> None:
        """Show the cell's number, or that dpnb's own are at work."""
        self._where = f"cell {number} of {self._cells}" if number else "planning and running its tasks"

    def cell_ended(self) -> None:
        """Show nothing new: the next cell follows at once."""

    def render(self) -> RenderableType:
        """Return what is shown now."""
        seconds = round(time.monotonic() - self._since)
        passed = f"{seconds} s" if seconds < SECONDS_PER_MINUTE else duration(seconds)
        line = Table.grid(padding=(0, 1))
        line.add_row(self._spinner, Text(self._name, "bold"), self._where, Text(passed, "dim"))
        run = self._ledger.look()
        return line if run is None else Group(line, _run_line(run))


def _run_line(run: RunSnapshot) -> RenderableType:
    line = Table.grid(padding=(0, 1))
    bar = ProgressBar(total=max(run.total, 1), completed=run.done, width=BAR_CELLS)
    line.add_row(" ", Text(run.run_id), bar, states_text(Counter(run.counts).elements()))
    return line


class _LedgerWatch:
    """Follows in the ledger what a kernel's last run says: not too often, and never in that process's way."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._workspace: Workspace | None = None
        self._reader: EventReader | None = None
        self._seen = RunSnapshot()
        self._looked = 0.0
        self.kernel: KernelProcess | None = None

    def look(self) -> RunSnapshot | None:
        """Return how the kernel's last run stands; None where there is none yet."""
        if time.monotonic() - self._looked >= POLL_S and self.kernel is not None:
            self._looked = time.monotonic()
            with suppress(DpnbError):  # busy; what was seen before still stands
                self._read(self.kernel)
        return self._seen if self._seen.run_id else None

    def _read(self, kernel: KernelProcess) -> None:
        if self._workspace is None:
            # Until there is a run's folder the kernel may be creating the ledger's tables.
            workspace = Workspace(self._home)
            is_elsewhere = workspace.keeps_results_elsewhere and workspace.has_ledger
            if not is_elsewhere and not any(workspace.base_path.glob("*")):
                return
            self._workspace = workspace
        ledger = self._workspace.ledger
        run = next(filter(kernel.drove, ledger.runs()), None)
        if run is not None and (self._reader is None or self._reader.run_id != run.run_id):
            self._reader, self._seen = EventReader(ledger, run.run_id), RunSnapshot()
        if self._reader is not None:
            self._seen = reduce(apply, self._reader.read(), self._seen)


@contextmanager
def shown(progress: NotebookProgress) -> Iterator[None]:
    """Show it while the block lasts."""
    if not err().is_terminal:
        yield
        return
    with Live(get_renderable=progress.render, console=err(), refresh_per_second=8, transient=True):
        yield
