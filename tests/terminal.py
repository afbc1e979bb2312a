"""The command line as a process, and a notebook for it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from dpnb.results import RunLedger

TASKS = """
from dpnb import task

@task(tags=["etl"])
def 항공편(year: int = 2012) -> list[int]:
    return [year, 1]

@task(tags=["etl"])
def total(항공편: list[int]) -> int:
    print("adding up")
    return sum(항공편)

@task(tags=["bad"], dependencies=["total"])
def divide() -> float:
    return 1 / 0
"""


class Terminal:
    """A folder with notebooks, and what dpnb says about them."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder, self.home = folder, home

    def notebook(self, *cells: str, defaults: str = "year = 2012") -> Path:
        first = new_code_cell(defaults, metadata={"tags": ["parameters"]})
        path = self.folder / "연구 노트.ipynb"
        nbformat.write(new_notebook(cells=[first, *map(new_code_cell, cells)]), path)
        return path

    def start(self, *arguments: object) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "dpnb.cli", *map(str, arguments)],
            cwd=self.folder,
            env=os.environ | {"COLUMNS": "140"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def dpnb(self, *arguments: object, code: int = 0) -> str:
        """Return all that a command says, which must end with this code."""
        process = self.start(*arguments)
        out, err = process.communicate(timeout=150)
        assert process.returncode == code, f"exit code {process.returncode}\n{out}\n{err}"
        return out + err

    @property
    def ledger(self) -> RunLedger:
        return RunLedger(self.home / "ledger.db")


def place(said: str, label: str) -> Path:
    """Return what stands behind a label."""
    found = re.search(rf"^{label} +(.+)$", said, re.MULTILINE)
    assert found, said
    return Path(found[1])
