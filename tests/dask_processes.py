"""A Dask scheduler and workers as processes of their own, started by command line, each in a folder of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class DaskProcesses:
    """What was started, by name; all end with the block that made this."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def scheduler(self) -> None:
        self._start("scheduler", "scheduler", "--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard")

    def worker(self, name: str, *options: str, cwd: Path | None = None) -> None:
        own = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--name", name, "--host", "127.0.0.1")
        local = ("--local-directory", str(self._folder / f"{name}-local"))
        self._start(name, "worker", self.address, *own, *local, *options, cwd=cwd)

    def kill(self, name: str) -> None:
        self.processes[name].send_signal(signal.SIGKILL)
        self.processes[name].wait(30)

    def _start(self, name: str, *command: str, cwd: Path | None = None) -> None:
        folder = cwd or self._folder / name
        folder.mkdir(parents=True, exist_ok=True)
        environ = {key: value for key, value in os.environ.items() if not key.startswith("DPNB_")}
        with open(self._folder / f"{name}.txt", "wb") as output:  # noqa: PTH123
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", "dask", *command],
                cwd=folder,
                env={**environ, "PYTHONPATH": str(ROOT), "DPNB_STATE_HOME": str(folder / "state")},
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def end(self) -> None:
        for process in self.processes.values():
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)
        for process in self.processes.values():
            process.wait(30)


@contextmanager
def dask_processes(folder: Path) -> Iterator[DaskProcesses]:
    made = DaskProcesses(folder)
    try:
        yield made
    finally:
        made.end()


def wait_for_workers(client, *names: str) -> None:
    """Wait until just these workers belong to the cluster."""

    def there() -> set[str]:
        return {str(worker["name"]) for worker in client.scheduler_info(n_workers=-1)["workers"].values()}

    until(lambda: there() == set(names), otherwise=lambda: f"there are {there()}")
