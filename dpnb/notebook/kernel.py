"""A kernel that runs the interpreter that runs dpnb, whatever kernels are installed."""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Addresses of Unix sockets hold 104 bytes on macOS and 108 on Linux; Jupyter appends "-ipc-5".
LONGEST_SOCKET_PATH_BYTES = 104 - len("-ipc-5")
SHORT_FOLDERS = ("/tmp", "/var/tmp")  # noqa: S108 - only for a folder of this user's own within


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelStart:
    """How a kernel's process is started: by a module, with arguments besides the connection file.

    `env` is what it is to find in its environment besides this process's own.
    """

    env: Mapping[str, str] = field(default_factory=dict)
    module: str = "ipykernel_launcher"
    arguments: tuple[str, ...] = ()


class ThisInterpreter(KernelSpecManager):
    """Knows one kernel, under every name: this process's own interpreter, hence the same packages."""

    start = KernelStart()

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return how to start it."""
        argv = [sys.executable, "-m", self.start.module, "-f", "{connection_file}", *self.start.arguments]
        return KernelSpec(argv=argv, display_name=kernel_name, language="python")


@contextmanager
def own_kernel(start: KernelStart | None = None) -> Iterator[AsyncKernelManager]:
    """Yield the manager of a kernel that is not yet started; what is left of it at the end is killed and swept up."""
    specs = ThisInterpreter()
    specs.start = start or specs.start
    with tempfile.TemporaryDirectory(prefix="dpnb-", dir=_room(), ignore_cleanup_errors=True) as folder:
        connection_file = Path(folder) / "kernel.json"
        yield AsyncKernelManager(
            kernel_spec_manager=specs,
            kernel_name="python3",
            # Over TCP, any user of the machine could try the ports, which others may take before the kernel does.
            transport="ipc" if os.name == "posix" and _fits(connection_file) else "tcp",
            connection_file=str(connection_file),
        )


def _room() -> str:
    """Return where a folder for sockets is made: where temporary files go, unless their addresses would be too long."""
    usual = tempfile.gettempdir()
    rooms = (usual, *SHORT_FOLDERS) if os.name == "posix" else ()
    probe = Path("dpnb-12345678", "kernel.json")  # as long as a folder's name will be
    return next((room for room in rooms if _fits(room / probe) and os.access(room, os.W_OK | os.X_OK)), usual)


def _fits(connection_file: Path) -> bool:
    return len(os.fsencode(connection_file.with_suffix(""))) <= LONGEST_SOCKET_PATH_BYTES


def pid_of(manager: AsyncKernelManager) -> int:
    """Return the process id of a kernel that has been started."""
    pid: int = getattr(manager.provisioner, "pid", 0)
    return pid


def ending_of(manager: AsyncKernelManager) -> str:
    """Say how a dead kernel ended, as far as its manager knows."""
    process = getattr(manager.provisioner, "process", None)
    code = process.poll() if process is not None else None
    if code is None:
        return "it left no exit code"
    return f"signal {-code}" if code < 0 else f"exit code {code}"
