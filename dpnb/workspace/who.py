"""Who starts a run, where, and from which notebook: as the ledger keeps it, for others to read."""

from __future__ import annotations

import getpass
import os
import re
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from dpnb.workspace.settings import Settings

_ADDED_BY_VS_CODE = re.compile(r"(?<=\.ipynb)-jvsc-.*$")


class Who(NamedTuple):
    """A person, a machine, and a notebook or script; the last is empty where there is none, as on the terminal."""

    user: str
    host: str
    notebook: str


def who(settings: Settings) -> Who:
    """Return who this is, as the settings say, or as it is."""
    return Who(
        user=settings.user or user_name(),
        host=settings.host or socket.gethostname(),
        notebook=settings.notebook or _as_seen_from(settings.home.parent, _notebook() or _script()),
    )


def user_name() -> str:
    """Return the name of the user of this process."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no login name and no entry in the user database, as in some containers
        return str(os.getuid())


def _notebook() -> str:
    """Return the notebook of this kernel; VS Code says it to the kernel's namespace, Jupyter's server in a variable."""
    if (kernels := sys.modules.get("ipykernel.kernelapp")) is None or not kernels.IPKernelApp.initialized():
        return ""  # a script that a notebook has started
    told = getattr(sys.modules.get("__main__"), "__vsc_ipynb_file__", "")
    return str(told) or _ADDED_BY_VS_CODE.sub("", os.environ.get("JPY_SESSION_NAME", ""))


def _script() -> str:
    file = str(getattr(sys.modules.get("__main__"), "__file__", None) or "")
    is_the_users = file.endswith(".py") and not {"site-packages", "dist-packages", "dpnb"} & set(Path(file).parts)
    return file if is_the_users else ""


def _as_seen_from(project: Path, file: str) -> str:
    path = Path(file)
    return path.relative_to(project).as_posix() if path.is_relative_to(project) else file
