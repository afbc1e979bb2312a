"""Fingerprints in one process: sessions, changes of values, sizes, long chains, what their records tell."""

from __future__ import annotations

import importlib
import pickle
import sqlite3
import sys
import threading
import time
from contextlib import closing
from typing import cast

import numpy as np
import pytest

from dpnb.registry.fingerprint import Fingerprint, FingerprintSession, Part, Untracked, fingerprint
from dpnb.registry.fingerprint.reading import read_unit


def test_a_rebound_global_a_redefined_helper_and_a_changed_container_are_seen(notebook):
    notebook.run("LIMIT = 1\nROWS = [1]\ndef clean(x): return x")
    notebook.run("def task(x): return clean(x) + LIMIT + len(ROWS)")
    digests = [fingerprint(notebook["task"]).digest]
    for text in (
        "LIMIT = 2",
        "def clean(x): return -x",
        "ROWS.append(2)",
        "LIMIT = 1\ndef clean(x): return x\nROWS.pop()",
    ):
        notebook.run(text)
        digests.append(fingerprint(notebook["task"]).digest)
    assert digests[0] == digests[-1]
    assert len(set(digests)) == 4


def test_a_session_reads_what_functions_share_once(notebook, monkeypatch):
    read = []

    def counted(target, owners, max_bytes):
        read.append(target.subject)
        return read_unit(target, owners, max_bytes)

    monkeypatch.setattr("dpnb.registry.fingerprint.kept_units.read_unit", counted)
    notebook.run("LIMIT = [1]\ndef clean(x): return LIMIT")
    notebook.run("\n".join(f"def task{i}(x): return clean(x) + {i}" for i in range(50)))
    session = FingerprintSession()
    digests = {session.fingerprint(notebook[f"task{i}"]).digest for i in range(50)}
    assert len(digests) == 50
    assert [sum(value is notebook[name] for value in read) for name in ("LIMIT", "clean", "task7")] == [1, 1, 1]


def test_a_session_says_the_same_as_one_of_its_own(notebook):
    notebook.run("def even(n): return n == 0 or odd(n - 1)\ndef odd(n): return n and even(n - 1)\nBOTH = [even, odd]")
    notebook.run("def one(x): return even(x)\ndef two(x): return odd(x)\ndef three(x): return BOTH")
    session = FingerprintSession()
    for name in ("three", "one", "two", "even", "odd", "one"):
        assert session.fingerprint(notebook[name]) == fingerprint(notebook[name])


def test_a_chain_of_ten_thousand_helpers_is_followed_to_its_end(notebook):
    chain = "\n".join(f"def h{i}(x): return h{i + 1}(x)" for i in range(10_000))
    notebook.run(f"{chain}\ndef h10000(x): return END\nEND = 1")
    before = fingerprint(notebook["h0"])
    notebook.run("END = 2")
    after = fingerprint(notebook["h0"])
    assert len(before.parts) == 10_002
    assert [change.path for change in before.diff(after)] == ["constant `END`"]


def test_a_value_too_deep_is_told_and_a_long_sum_is_read(notebook):
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    notebook.names["deep"] = deep
    notebook.run(f"def task(x): return deep\ndef long(x): return {' + '.join('x' * 2000)}")
    (untracked,) = fingerprint(notebook["task"]).untracked
    assert "too deep" in untracked.what
    assert not fingerprint(notebook["long"]).untracked
    notebook.names["deep"] = None
    while deep:  # taken apart by hand: freeing it at once would recurse
        (deep,) = cast("list[list[object]]", deep)


def test_many_objects_that_share_parts_are_read_once_each(notebook):
    shared: list[object] = [1]
    for _ in range(50):
        shared = [shared, shared]
    notebook.names["shared"] = shared
    notebook.run("def task(x): return shared")
    started = time.monotonic()
    assert not fingerprint(notebook["task"]).untracked
    assert time.monotonic() - started < 5


def test_an_array_above_the_limit_is_untracked_with_its_size(notebook):
    notebook.names["rows"] = np.zeros(1000)
    notebook.run("def task(x): return rows")
    small = FingerprintSession(max_bytes=8000).fingerprint(notebook["task"])
    large = FingerprintSession(max_bytes=7999).fingerprint(notebook["task"])
    assert small.untracked == ()
    assert large.untracked == (Untracked(path="`rows` in `task`", what="an array of 8,000 bytes"),)


@pytest.fixture
def connection():
    with closing(sqlite3.connect(":memory:")) as opened:
        yield opened


def test_a_version_stands_for_what_cannot_be_tracked(notebook, connection):
    notebook.names["conn"] = connection
    notebook.run("def task(x): return conn")
    unversioned, one, two = (fingerprint(notebook["task"], version=version) for version in (None, "1", "2"))
    assert [found.is_trusted for found in (unversioned, one, two)] == [False, True, True]
    assert len({found.digest for found in (unversioned, one, two)}) == 3
    assert [str(change) for change in one.diff(two)] == ["version changed"]
    assert one.diff(two)[0].diff.splitlines()[-2:] == ["-1", "+2"]


def test_differences_are_shown_without_comments_and_formatting(notebook):
    notebook.run("LIMIT = 10\nSPARE = 1\ndef clean(rows):\n    # all\n    return [row for row in rows if row<LIMIT]")
    notebook.run("def task(rows, top=3): return clean(rows) or SPARE")
    before = fingerprint(notebook["task"])
    notebook.run('LIMIT = 20\ndef clean(rows):\n    "Clean."\n    return [row for row in rows\n  if row <= LIMIT]')
    notebook.run("def task(rows, top=4): return clean(rows)")
    changes = {change.path: change for change in before.diff(fingerprint(notebook["task"]))}
    assert {path: change.change for path, change in changes.items()} == {
        "helper `task`": "changed",
        "helper `clean`": "changed",
        "constant `LIMIT`": "changed",
        "constant `SPARE`": "removed",
    }
    assert changes["helper `clean`"].diff.splitlines()[3:] == [
        " def clean(rows):",
        "-    return [row for row in rows if row < LIMIT]",
        "+    return [row for row in rows if row <= LIMIT]",
    ]
    assert {"-# default top = 3", "+# default top = 4"} <= set(changes["helper `task`"].diff.splitlines())
    assert changes["constant `LIMIT`"].diff.splitlines()[-2:] == ["-10", "+20"]


def test_a_fingerprint_without_changes_has_no_differences(notebook):
    notebook.run("def task(rows): return rows")
    before = fingerprint(notebook["task"])
    notebook.run("def task(rows):\n    # the same\n    return rows")
    assert before == fingerprint(notebook["task"])
    assert before.diff(fingerprint(notebook["task"])) == ()


def test_a_fingerprint_survives_json_and_pickle(notebook, connection):
    notebook.names["conn"] = connection
    notebook.run("LIMIT = '한글'\ndef helper(x): return conn, LIMIT")
    notebook.run("def task(x): return helper(x)")
    found = fingerprint(notebook["task"], version="3")
    assert found.untracked
    read = Fingerprint.from_json(found.to_json())
    assert read == found
    assert [(part.text, part.place) for part in read.parts.values()] == [
        (part.text, part.place) for part in found.parts.values()
    ]
    assert pickle.loads(pickle.dumps(found)) == found
    assert hash(found) == hash(Fingerprint.from_json(found.to_json()))


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"digest": 1, "texts": []}', '{"digest": "a", "parts": {"p": ["x", ""]}, "texts": {}}']
)
def test_json_that_is_no_fingerprint_is_refused(text):
    with pytest.raises(ValueError, match=r"no fingerprint|Expecting"):
        Fingerprint.from_json(text)


def test_a_part_equals_another_by_what_it_is_not_by_where_and_how_it_is_written():
    assert Part(digest="a", text="b", place="cell [1]") == Part(digest="a", text="b  # so", place="cell [2]")


def test_a_file_edited_since_its_import_counts_as_it_was_imported(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    file = tmp_path / "edited_later.py"
    file.write_text("def helper(x):\n    return x\n")
    importlib.invalidate_caches()
    module = importlib.import_module("edited_later")
    imported = fingerprint(module.helper)
    file.write_text("def helper(x):\n    return x + 1\n")
    still = fingerprint(module.helper)
    assert "return x + 1" not in still.parts["module edited_later: function `helper`"].text
    renewed = fingerprint(importlib.reload(module).helper)
    assert renewed.digest != imported.digest
    file.write_text("def helper(x):\n    return x  # again\n")
    assert fingerprint(importlib.reload(module).helper).digest == imported.digest


def test_a_line_added_above_since_the_import_changes_nothing(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    file = tmp_path / "moved_later.py"
    text = "def helper(x):\n    return [\n        x\n        for _ in x]\ndef other(x):\n    return x\n"
    file.write_text(text)
    importlib.invalidate_caches()
    module = importlib.import_module("moved_later")
    imported = fingerprint(module.helper)
    file.write_text(f"# above\n\n{text}".replace("return x\n", "return -x\n"))
    module.helper.__code__ = module.helper.__code__.replace()  # another code object, as after a restart
    assert fingerprint(module.helper).digest == imported.digest


def test_code_under_a_project_root_is_the_users_own_even_in_site_packages(tmp_path, monkeypatch):
    folder = tmp_path / "site-packages"
    folder.mkdir()
    (folder / "vendored_here.py").write_text("def helper(x): return x\n")
    monkeypatch.syspath_prepend(str(folder))
    importlib.invalidate_caches()
    helper = importlib.import_module("vendored_here").helper
    own = FingerprintSession(project_roots=[folder]).fingerprint(helper)
    foreign = FingerprintSession().fingerprint(helper)
    assert "return x" in next(iter(own.parts.values())).text
    assert "return x" not in next(iter(foreign.parts.values())).text


PYDANTIC = "import pydantic\nfrom typing import Annotated\nclass Row(pydantic.BaseModel):\n    "


@pytest.mark.parametrize(
    ("field", "edited"),
    [
        ("x: int = pydantic.Field(default_factory=lambda: 1)", "x: int = pydantic.Field(default_factory=lambda: 2)"),
        ("x: Annotated[int, pydantic.AfterValidator(lambda x: 1)]", "x: Annotated[int, pydantic.AfterValidator(abs)]"),
        ("_x: int = pydantic.PrivateAttr(default_factory=lambda: 1)", "_x: int = pydantic.PrivateAttr(1)"),
        ("x: int = pydantic.Field(1, gt=0)", "x: int = pydantic.Field(1, gt=-1)"),
    ],
)
def test_what_pydantic_makes_a_model_from_counts_and_what_it_keeps_meanwhile_does_not(notebook, field, edited):
    pytest.importorskip("pydantic", reason="pydantic is not installed")
    notebook.run(PYDANTIC + field)
    notebook.run("def task(): return Row(x=3)")
    before = fingerprint(notebook["task"]).digest
    notebook["task"]()
    assert fingerprint(notebook["task"]).digest == before
    notebook.run(PYDANTIC + edited)
    assert fingerprint(notebook["task"]).digest != before


def test_any_callable_has_a_fingerprint(notebook):
    notebook.run("import functools\nclass Model:\n    def __call__(self, x): return x\ndef add(x, y): return x + y")
    notebook.run("model, plus = Model(), functools.partial(add, 1)")
    for value in (notebook["model"], notebook["plus"], notebook["Model"], len, notebook["model"].__call__):
        assert fingerprint(value).digest == fingerprint(value).digest
    before = fingerprint(notebook["plus"]).digest
    notebook.run("def add(x, y): return x - y\nplus = functools.partial(add, 1)")
    assert fingerprint(notebook["plus"]).digest != before


def test_sessions_in_several_threads_say_the_same(notebook):
    notebook.run("LIMIT = 1\ndef clean(x): return x + LIMIT")
    notebook.run("\n".join(f"def task{i}(x): return clean(x) + {i}" for i in range(100)))
    tasks = [notebook[f"task{i}"] for i in range(100)]
    expected = [fingerprint(task).digest for task in tasks]
    found: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda: found.append([fingerprint(task).digest for task in tasks])) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert found == [expected] * 4


def test_names_that_stand_for_one_another_are_told_where_no_part_differs(notebook):
    notebook.run("def make(n):\n    def inner(x): return x * n\n    return inner\none, two = make(1), make(2)")
    notebook.run("left, right, third = one, two, one\ndef both(x): return left(x) + right(x)")
    notebook.run("def last(x): return third(x)\ndef task(x): return both(x) + last(x)")
    before = fingerprint(notebook["task"])
    notebook.run("third = two")
    assert [str(change) for change in before.diff(fingerprint(notebook["task"]))] == [
        "what its names stand for changed"
    ]
