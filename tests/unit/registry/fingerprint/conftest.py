"""A notebook without a kernel."""

from __future__ import annotations

import linecache

import pytest


class Notebook:
    """Cells whose names live in one namespace, as in a kernel."""

    def __init__(self):
        self.names = {"__name__": "__main__"}
        self.cells = 0

    def run(self, text):
        self.cells += 1
        name = f"<cell {id(self)} {self.cells}>"
        linecache.cache[name] = len(text), None, text.splitlines(keepends=True), name
        exec(compile(text, name, "exec", dont_inherit=True), self.names)

    def __getitem__(self, name):
        return self.names[name]


@pytest.fixture
def notebook():
    return Notebook()
