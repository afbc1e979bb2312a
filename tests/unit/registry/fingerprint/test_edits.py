"""Programs, edits, and the tasks that each edit makes another: read from ``edits/*.txt``.

::

    === what the program is about
    --- helpers.py            a file of the project; "--- cell" is a cell of the notebook
    …
    ? what is edited -> a b   the tasks (functions of one letter) that differ afterwards, or "nothing"
    - text that stands in the program
    + text that takes its place
    ! helper `clean`          a part that must be named as changed (optional)
    ~ `conn` in `a`           something that must be told as untracked (optional)

Every program runs in a process of its own, before and after with other hash seeds.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(600)  # a thousand small processes, which a busy machine takes its time for

HERE = Path(__file__).parent
NOTHING = "nothing"


@dataclass
class Edit:
    program: str
    text: str
    what: str
    stale: set[str]
    steps: list[tuple[str, str]] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    untracked: list[str] = field(default_factory=list)

    def edited(self) -> str:
        text = self.text
        for old, new in self.steps:
            assert text.count(old) == 1, f"{self}: {text.count(old)} times {old!r}"
            text = text.replace(old, new)
        return text

    def __str__(self):
        return f"{self.program}: {self.what}"


def read_edits(path):
    edits = []
    for block in path.read_text().split("\n=== ")[1:]:
        head, *rest = f"\n{block}".split("\n? ")
        title, _, text = head.lstrip("\n").partition("\n")
        edits += [read_edit(title, text, edit) for edit in rest]
    return edits


def read_edit(title, text, block):
    head, *lines = block.splitlines()
    what, _, stale = head.partition(" -> ")
    edit = Edit(title, text, what, set() if stale == NOTHING else set(stale.split()))
    marked = [(line[:1], line[2:]) for line in lines if line.strip()]
    for mark, group in itertools.groupby(marked, key=lambda pair: pair[0]):
        texts = [text for _, text in group]
        if mark == "-":
            edit.steps.append(("\n".join(texts), ""))
        elif mark == "+":
            edit.steps[-1] = (edit.steps[-1][0], "\n".join(texts))
        elif mark == "!":
            edit.parts += [text.format(pandas=version("pandas")) for text in texts]
        elif mark == "~":
            edit.untracked += texts
    return edit


def as_program(text):
    files, cells = {}, []
    for block in f"\n{text}".split("\n--- ")[1:]:
        name, _, content = block.partition("\n")
        if name == "cell":
            cells.append(f"{content}\n")
        else:
            files[name] = f"{content}\n"
    return {"files": files, "cells": cells}


def run_all(programs, seed):
    ran = subprocess.run(
        [sys.executable, str(HERE / "run_programs.py")],
        input=json.dumps(programs),
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


EDITS = [edit for path in sorted(HERE.glob("edits/*.txt")) for edit in read_edits(path)]


@pytest.fixture(scope="module")
def outcomes():
    texts = list(dict.fromkeys(edit.text for edit in EDITS))
    before = dict(zip(texts, run_all([as_program(text) for text in texts], "1"), strict=True))
    after = run_all([as_program(edit.edited()) for edit in EDITS], "2")
    return {str(edit): (before[edit.text], told) for edit, told in zip(EDITS, after, strict=True)}


@pytest.mark.parametrize("edit", EDITS, ids=str)
def test_an_edit_changes_exactly_its_dependants(edit, outcomes):
    before, after = outcomes[str(edit)]
    assert "error" not in before | after, (before, after)
    changed = {name for name in before.keys() & after.keys() if before[name]["digest"] != after[name]["digest"]}
    assert changed == edit.stale
    for name in changed:
        differing = {path for path, _ in before[name]["parts"].items() ^ after[name]["parts"].items()}
        assert (differing or {"what its names stand for"}).issuperset(edit.parts)
        assert differing or edit.parts
    told = [text for task in after.values() for text in task["untracked"]]
    assert all(any(text in one for one in told) for text in edit.untracked), told
    assert bool(edit.untracked) == bool(told), told


def test_every_edit_has_a_name_of_its_own():
    assert len(set(map(str, EDITS))) == len(EDITS) >= 150
