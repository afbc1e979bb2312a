"""A notebook's cells as a function that is only looked at."""

from __future__ import annotations

import pytest

from dpnb.notebook.tasks.cells_function import CellsCode
from dpnb.registry.fingerprint import fingerprint


@pytest.fixture
def digest(tmp_path):
    def of(*sources: str) -> str:
        return fingerprint(CellsCode.of(sources, "보고 1").function(tmp_path)).digest

    return of


ONE = "import json\nx = [1]", "def f(y):\n    return json.dumps(y)\nf(x)"


@pytest.mark.parametrize(
    "same",
    [
        ("import json", "x = [1]", "def f(y):\n    return json.dumps(y)", "f(x)"),
        ("# now\nimport json\nx=[ 1 ]  # one", 'def f(y):\n    """Dump."""\n    return (json.dumps(y))\n\n\nf(x)'),
        ("%matplotlib inline\nimport json\nx = [1]", "%%time\ndef f(y):\n    return json.dumps(y)\nf(x)"),
        ("import json\nx = [1]", "%load_ext autoreload", "def f(y):\n    return json.dumps(y)\n%time f(x)"),
    ],
)
def test_cells_comments_layout_and_harmless_magics_do_not_count(digest, same):
    assert digest(*same) == digest(*ONE)


@pytest.mark.parametrize(
    "other",
    [
        ("import json\nx = [2]", ONE[1]),
        (ONE[1], ONE[0]),
        (*ONE, "print(x)"),
        (ONE[0].replace("json", "pickle as json"), ONE[1]),
        ("%run other.py\n" + ONE[0], ONE[1]),
    ],
)
def test_what_is_computed_counts(digest, other):
    assert digest(*other) != digest(*ONE)


@pytest.mark.parametrize(
    "sources",
    [
        ("import asyncio\nawait asyncio.sleep(0)",),
        ("async with x as y:\n    [z async for z in y]",),
        ("x = 1\ndef f():\n    global x\n    x = 2",),
        ("from json import *\ndumps(1)",),
        ("text = '''\n  kept\n as it is'''", "!ls", "%%bash\necho 1"),
        ("this is no Python",),
        ("'한글' and '\\ud800'",),
        ("x = 1\nglobal x",),
        (),
    ],
)
def test_any_cells_have_a_fingerprint_that_is_the_same_each_time(digest, sources):
    assert digest(*sources) == digest(*sources)
    assert digest(*sources) != digest(*sources, "print(2)")


def test_what_magics_may_do_is_said_to_be_untracked(tmp_path):
    found = fingerprint(CellsCode.of(["!rm results.csv"], "x").function(tmp_path))
    assert [one.what for one in found.untracked] == ["commands of IPython (% and !), which do anything"]


def test_packages_count_by_their_versions(tmp_path):
    found = fingerprint(CellsCode.of(["import pandas as pd\npd.DataFrame()"], "x").function(tmp_path))
    assert any(part.startswith("package pandas ") for part in found.parts)


def test_a_change_is_shown_as_a_diff_of_code(tmp_path):
    before, after = (
        fingerprint(CellsCode.of([f"x = {value}  # so", "print(x)"], "보고").function(tmp_path)) for value in (1, 2)
    )
    (change,) = before.diff(after)
    assert change.path == "helper `cells_of_보고`"
    assert "-    x = 1\n+    x = 2\n" in change.diff


def test_modules_beside_the_notebook_count_with_what_they_import(tmp_path):
    (tmp_path / "beside_one.py").write_text("from beside_two import limit\ndef f():\n    return limit\n")
    (tmp_path / "beside_two.py").write_text("limit = 3\n")
    cells = CellsCode.of(["import beside_one\nbeside_one.f()"], "x")

    def digest() -> str:
        return fingerprint(cells.function(tmp_path)).digest

    first = digest()
    (tmp_path / "beside_two.py").write_text("# at most\nlimit   = 3\n")
    assert digest() == first
    (tmp_path / "beside_two.py").write_text("limit = 4\n")
    assert digest() != first
