"""Where a workspace lies: in a folder named ``.dpnb`` that is found like ``.git``, or where ``dpnb.toml`` says."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = ".dpnb"
PROJECT_MARKS = (".git", "dpnb.toml", "pyproject.toml", "setup.py", "environment.yml", "requirements.txt")


def find_home(start: Path | None = None) -> Path:
    """Return the workspace folder that belongs to `start` (the working directory), whether or not it exists yet."""
    from dpnb.workspace.settings import home_of, nearest_file

    named = os.environ.get("DPNB_HOME")
    if named and start is None:
        return Path(named).expanduser().absolute()
    here = (start or Path.cwd()).absolute()
    if (file := nearest_file(here)) is not None:
        return home_of(file)
    line = (here, *here.parents)
    for folder in line:
        if (folder / FOLDER).is_dir():
            return folder / FOLDER
    for folder in line:
        if any((folder / mark).exists() for mark in PROJECT_MARKS):
            return folder / FOLDER
    return here / FOLDER
