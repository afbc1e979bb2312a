"""Fingerprints of what is defined in cells of a running IPython: magics, ``__future__``, modules that are reloaded."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap

import pytest

pytestmark = pytest.mark.integration

SHELL = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell
from dpnb.registry.fingerprint import fingerprint
shell = InteractiveShell.instance()
told = []
for cell in json.load(sys.stdin):
    done = shell.run_cell(cell, store_history=True)
    assert done.success, cell
    if "task" in shell.user_ns:
        found = fingerprint(shell.user_ns["task"])
        places = {path: part.place for path, part in found.parts.items()}
        told.append([found.digest, places, [str(untracked) for untracked in found.untracked]])
print("TOLD", json.dumps(told))
"""


def told_by(cells, cwd):
    ran = subprocess.run(
        [sys.executable, "-c", SHELL],
        input=json.dumps([textwrap.dedent(cell) for cell in cells]),
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
        cwd=cwd,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout.rpartition("TOLD ")[2])


PLAIN = "def task(x):\n    return helper(x)"


def test_magics_of_a_cell_and_its_place_change_nothing(tmp_path):
    told = told_by(
        [
            "def helper(x): return x + 1",
            PLAIN,
            f"%%time\n{PLAIN}",
            f"%%time\n\n# later\n{PLAIN}",
            "%%time\ndef helper(x):\n    'Help.'\n    return (x\n        + 1)",
            f"%%capture\n{PLAIN}",
            f"%time\n!true\n{PLAIN}",
            f"from __future__ import annotations\n{PLAIN}",
            f"other = 1\n{PLAIN}\nawaited = [x async for x in agen()] if False else None",
        ],
        tmp_path,
    )
    assert len({digest for digest, *_ in told}) == 1
    assert told[0][1] == {"helper `task`": "cell [2], line 1", "helper `helper`": "cell [1], line 1"}


def test_an_edit_of_a_cell_is_seen_and_its_undoing_too(tmp_path):
    told = told_by(
        [
            "LIMIT = 1\ndef helper(x): return x + LIMIT",
            PLAIN,
            "LIMIT = 2",
            "%%time\nLIMIT = 1\n",
            f"%%time\n{PLAIN} + 1",
            PLAIN,
        ],
        tmp_path,
    )
    digests = [digest for digest, *_ in told]
    assert digests[0] == digests[2] == digests[4]
    assert len({*digests}) == 3


def test_commands_inside_of_a_task_are_untracked(tmp_path):
    told = told_by(
        ["def task():\n    files = !ls\n    return files", "def task():\n    %time x = 1\n    return x"], tmp_path
    )
    for _, _, untracked in told:
        assert untracked == ["`get_ipython` in `task`: commands of IPython (% and !), which do anything"]


def test_a_module_that_autoreload_renews_is_seen(tmp_path):
    (tmp_path / "tools.py").write_text("LIMIT = 1\ndef helper(x):\n    return x\n")
    edit = """
        import os, pathlib
        pathlib.Path("tools.py").write_text("LIMIT = 1\\ndef helper(x):\\n    return {}\\n")
        os.utime("tools.py", ns=({}, {}))
    """
    told = told_by(
        [
            "import sys; sys.dont_write_bytecode = True; sys.path.insert(0, '')",
            "%load_ext autoreload\n%autoreload 2\nimport tools",
            "def task(x): return tools.helper(x)",
            edit.format("x + 1", 4 * 10**18, 4 * 10**18),
            "after = 1",
            edit.format("x", 5 * 10**18, 5 * 10**18),
            "again = 1",
        ],
        tmp_path,
    )
    digests = [digest for digest, *_ in told]
    assert digests[0] == digests[4]
    assert digests[2] != digests[0]


def test_a_restarted_shell_and_other_cells_in_between_change_nothing(tmp_path):
    cells = ["import math\nSTEPS = {'a', 'b', 'c'}\ndef helper(x): return math.sqrt(x) in STEPS", PLAIN]
    (first,) = told_by(cells, tmp_path)
    *_, second = told_by(["unrelated = 1", cells[1], "more = 2", cells[0]], tmp_path)
    assert first[0] == second[0]


def test_annotations_of_a_class_that_have_become_texts_say_the_same(tmp_path):
    model = """
        from dataclasses import dataclass
        from typing import NamedTuple
        class Key(NamedTuple):
            number: int
        @dataclass
        class Row:
            key: Key
            rows: list[int]
            other: "Row | None" = None
    """
    task = "def task(x): return Row(Key(1), [x])"
    told = told_by([model, task, "from __future__ import annotations", model, task], tmp_path)
    assert told[0][0] == told[-1][0]
