"""Where a workspace lies: in a folder named ``.dpnb`` that is found like ``.git``."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = ".dpnb"
PROJECT_MARKS = (".git", "pyproject.toml", "setup.py", "environment.yml", "requirements.txt")


def find_home(start: Path | None = None) -> Path:
    """Return the workspace folder that belongs to `start` (the working directory), whether or not it exists yet."""
    named = os.environ.get("DPNB_HOME")
    if named and start is None:
        return Path(named).expanduser().absolute()
    here = (start or Path.cwd()).absolute()
    line = (here, *here.parents)
    for folder in line:
        if (folder / FOLDER).is_dir():
            return folder / FOLDER
    for folder in line:
        if any((folder / mark).exists() for mark in PROJECT_MARKS):
            return folder / FOLDER
    return here / FOLDER
