"""Files that are edited while their modules stay as they were imported."""

from __future__ import annotations

import importlib
import json
import linecache
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from dpnb.registry import describe_task
from dpnb.registry.fingerprint import Fingerprint, FingerprintSession, OutdatedModule, fingerprint
from dpnb.registry.fingerprint.module_files import ModuleFiles
from dpnb.registry.fingerprint.owners import ownership

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from dpnb.registry.fingerprint.owners import Ownership

TEXT = """\
'''Tools.'''
import math as m
from fractions import Fraction

BASE = 2
LIMIT = BASE * 2
TABLE = {"a": 1}
TABLE["b"] = 2
ROWS = []
ROWS.append(1)
UNRELATED = 1


def clean(x):
    '''Clean.'''
    return scale(x) + LIMIT + len(ROWS)


def scale(x):
    return m.floor(x) * TABLE["b"]


class Model:
    size = 1

    def fit(self, x):
        return x


def other(x):
    return Fraction(x) + UNRELATED


if __name__ == "__main__":
    print(clean(1))
"""


class Project:
    """A folder of modules; each edit has another time, as in life."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.edits = 0

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        self.edits += 1
        moment = 1_700_000_000 + self.edits
        os.utime(path, (moment, moment))
        importlib.invalidate_caches()
        return path


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    before = set(sys.modules)
    yield Project(tmp_path)
    for name in set(sys.modules) - before:
        if name.partition(".")[0] in ("tools", "pkg"):
            del sys.modules[name]


@pytest.fixture
def uses(project: Project) -> Callable[[str], Any]:
    """Give functions of a notebook that use the project's module ``tools``."""

    def make(expression: str) -> Any:
        namespace: dict[str, Any] = {"__name__": "__main__"}
        exec(f"import tools\nfrom tools import *\ndef task(x): return {expression}", namespace)
        return namespace["task"]

    project.write("tools.py", TEXT)
    return make


def named(found: Fingerprint) -> list[str]:
    return [module.name for module in found.outdated]


@pytest.mark.parametrize(
    ("old", "new", "reached_by"),
    [
        ("LIMIT = BASE * 2", "LIMIT = BASE * 3", {"clean", "LIMIT"}),
        ("BASE = 2", "BASE = 3", {"clean", "LIMIT"}),
        ('TABLE = {"a": 1}', 'TABLE = {"a": 0}', {"clean"}),
        ('TABLE["b"] = 2', 'TABLE["b"] = 3', {"clean"}),
        ("ROWS.append(1)", "ROWS.append(2)", {"clean"}),
        ("m.floor(x)", "m.ceil(x)", {"clean"}),
        ("import math as m", "import cmath as m", {"clean"}),
        ("size = 1", "size = 2", {"Model"}),
        ("        return x\n", "        return -x\n", {"Model"}),
        ("class Model:", "class Model(dict):", {"Model"}),
        ("UNRELATED = 1", "UNRELATED = 2", {"other"}),
        ("def other(x):", "def another(x):", {"other"}),
        ("def scale(x):\n    return m.floor(x)", "def scale(x):\n    return clean(0) * m.floor(x)", {"clean"}),
        ("'''Tools.'''", "'''Other words.'''", set()),
        ("'''Clean.'''", "'''Cleans.'''", set()),
        ("UNRELATED = 1\n", "UNRELATED = 1  # so\n\n\n", set()),
        ("    return x\n", "    return (\n        x\n    )\n", set()),
        ("print(clean(1))", "print(clean(2))", set()),
        ("LIMIT = BASE * 2\n", "LIMIT = BASE * 2\nNEW = 1\ndef fresh(x): return x\n", set()),
    ],
)
def test_an_edit_outdates_what_reaches_it(project, uses, old, new, reached_by):
    tasks = {name: uses(f"{name}(x)" if name != "LIMIT" else "tools.LIMIT") for name in ("clean", "Model", "other")}
    tasks["LIMIT"] = uses("tools.LIMIT")
    before = {name: fingerprint(task) for name, task in tasks.items()}
    assert TEXT.count(old) == 1
    project.write("tools.py", TEXT.replace(old, new))
    after = {name: fingerprint(task) for name, task in tasks.items()}
    assert {name for name, found in after.items() if found.outdated} == reached_by
    assert {name for name in tasks if after[name].digest != before[name].digest} == reached_by
    for name in reached_by:
        assert [str(change.path) for change in before[name].diff(after[name])] == ["module tools: edit on disk"]
    project.write("tools.py", TEXT)
    assert {name: fingerprint(task).digest for name, task in tasks.items()} == {n: f.digest for n, f in before.items()}


def test_it_says_what_is_on_disk_and_what_to_do(project, uses):
    task = uses("tools.clean(x)")
    before = fingerprint(task)
    file = project.write("tools.py", TEXT.replace("BASE = 2", "BASE = 1_000"))
    after = fingerprint(task)
    assert after.outdated == (OutdatedModule(name="tools", file=str(file)),)
    assert "module `tools` was edited on disk" in str(after.outdated[0])
    assert "reload" in str(after.outdated[0])
    assert "+BASE = 1000" in before.diff(after)[0].diff
    assert Fingerprint.from_json(after.to_json()) == after


def test_another_edit_is_another_fingerprint(project, uses):
    task = uses("tools.clean(x)")
    digests = [fingerprint(task).digest]
    for base in (3, 4, 3):
        project.write("tools.py", TEXT.replace("BASE = 2", f"BASE = {base}"))
        digests.append(fingerprint(task).digest)
    assert digests[1] == digests[3]
    assert len(set(digests)) == 3


def test_a_reload_is_up_to_date_and_says_what_a_new_process_would(project, uses):
    fingerprint(uses("tools.clean(x)"))
    project.write("tools.py", TEXT.replace("BASE = 2", "BASE = 3"))
    assert named(fingerprint(uses("tools.clean(x)"))) == ["tools"]
    importlib.reload(sys.modules["tools"])
    reloaded = fingerprint(uses("tools.clean(x)"))
    del sys.modules["tools"]
    assert reloaded == fingerprint(uses("tools.clean(x)"))
    assert not reloaded.outdated


@pytest.mark.parametrize("writes_bytecode", [True, False])
def test_an_edit_before_the_first_look_is_noticed(project, uses, monkeypatch, writes_bytecode):
    monkeypatch.setattr(sys, "dont_write_bytecode", not writes_bytecode)
    task = uses("tools.clean(x)")
    project.write("tools.py", TEXT.replace("m.floor(x)", "m.ceil(x)"))
    assert named(fingerprint(task)) == ["tools"]
    assert named(fingerprint(task)) == ["tools"]
    project.write("tools.py", TEXT)
    assert named(fingerprint(task)) == []


@pytest.mark.parametrize("writes_bytecode", [True, False])
def test_an_edit_of_what_only_the_first_look_has_imported_is_noticed(project, monkeypatch, writes_bytecode):
    monkeypatch.setattr(sys, "dont_write_bytecode", not writes_bytecode)
    name = f"late_{writes_bytecode}".lower()  # that no other test has looked at
    project.write("pkg/__init__.py", "")
    project.write(f"pkg/{name}.py", TEXT)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(f"def task(x):\n    from pkg.{name} import LIMIT\n    return LIMIT", namespace)
    assert named(fingerprint(namespace["task"])) == []
    project.write(f"pkg/{name}.py", TEXT.replace("BASE = 2", "BASE = 3"))
    assert named(fingerprint(namespace["task"])) == [f"pkg.{name}"]


def test_an_edit_of_a_constant_before_the_first_look_is_told_by_pythons_cache(project, uses):
    task = uses("tools.LIMIT")
    project.write("tools.py", TEXT.replace("BASE = 2", "BASE = 3"))
    assert named(fingerprint(task)) == ["tools"]
    importlib.reload(sys.modules["tools"])
    assert named(fingerprint(task)) == []


def test_a_touched_file_is_no_edit_even_before_the_first_look(project, uses):
    task = uses("tools.clean(x)")
    project.write("tools.py", TEXT)
    assert named(fingerprint(task)) == []
    project.write("tools.py", TEXT)
    assert named(fingerprint(task)) == []


def test_a_task_looks_at_the_modules_when_it_is_described(project, uses):
    """Python's cache is of no help once a worker has imported the edited file."""
    task = uses("tools.LIMIT")
    describe_task(task)
    edited = project.write("tools.py", TEXT.replace("BASE = 2", "BASE = 3"))
    subprocess.run([sys.executable, "-c", "import tools"], cwd=edited.parent, check=True)
    assert named(fingerprint(task)) == ["tools"]


@pytest.mark.parametrize("text", ["def clean(x:", "def clean(x): return '\\x00\0'", None])
def test_a_file_that_no_longer_runs_is_outdated(project, uses, text):
    task = uses("tools.clean(x)")
    fingerprint(task)
    if text is None:
        (project.folder / "tools.py").unlink()
    else:
        project.write("tools.py", text)
    assert named(fingerprint(task)) == ["tools"]


def test_a_reload_that_fails_leaves_the_module_outdated(project, uses):
    task = uses("tools.clean(x)")
    fingerprint(task)
    project.write("tools.py", TEXT + "(")
    with pytest.raises(SyntaxError):
        importlib.reload(sys.modules["tools"])
    assert named(fingerprint(task)) == ["tools"]
    project.write("tools.py", TEXT)
    assert named(fingerprint(task)) == []


def test_a_file_that_was_shown_in_a_traceback_is_a_file_still(project, uses, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    task = uses("tools.clean(x)")
    path = project.write("tools.py", TEXT.replace("m.floor(x)", "m.ceil(x)"))
    linecache.getlines(str(path))
    assert named(fingerprint(task)) == ["tools"]


def test_what_a_package_hands_on_is_followed_to_where_it_is_made(project):
    project.write("pkg/__init__.py", "from pkg.clean import clean\nVERSION = 1\n")
    project.write("pkg/clean.py", "from pkg import settings\ndef clean(x): return x + settings.LIMIT\n")
    project.write("pkg/settings.py", "LIMIT = 1\nOTHER = 2\n")
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec("import pkg\ndef task(x): return pkg.clean(x)", namespace)
    task = namespace["task"]
    assert named(fingerprint(task)) == []
    for name, text, outdated in (
        ("pkg/settings.py", "LIMIT = 1\nOTHER = 3\n", []),
        ("pkg/settings.py", "LIMIT = 2\nOTHER = 2\n", ["pkg.settings"]),
        ("pkg/clean.py", "from pkg import other as settings\ndef clean(x): return x + settings.LIMIT\n", ["pkg.clean"]),
        ("pkg/__init__.py", "from pkg.fast import clean\nVERSION = 1\n", ["pkg"]),
        ("pkg/__init__.py", "from pkg.clean import clean\nVERSION = 2\n", []),
    ):
        path = project.folder / name
        kept = path.read_text()
        project.write(name, text)
        assert named(fingerprint(task)) == outdated, text
        project.write(name, kept)
    assert named(fingerprint(task)) == []


def test_a_module_handed_on_as_a_whole_counts_whole(project, uses):
    task = uses("print(tools)")
    fingerprint(task)
    project.write("tools.py", TEXT.replace("UNRELATED = 1", "UNRELATED = 2"))
    assert named(fingerprint(task)) == ["tools"]


def test_a_star_import_may_bring_any_name(project, uses):
    task = uses("tools.clean(x)")
    fingerprint(task)
    project.write("tools.py", f"{TEXT}from math import *\n")
    assert named(fingerprint(task)) == ["tools"]


def test_code_that_another_loader_has_made_is_no_edit():
    """Pytest has rewritten this very module."""
    assert named(fingerprint(code_of_this_module)) == []


def code_of_this_module(x: int) -> int:
    assert x > 0
    return x


def test_each_file_is_looked_at_once_in_a_session(project, uses, monkeypatch):
    tasks = [uses(f"tools.clean(x) + {number}") for number in range(20)]
    fingerprint(tasks[0])
    looked: list[str] = []
    plain = ModuleFiles.edited

    def edited(files: ModuleFiles, name: str, owners: Ownership) -> Any:
        looked.append(name)
        return plain(files, name, owners)

    monkeypatch.setattr(ModuleFiles, "edited", edited)
    session = FingerprintSession()
    for task in tasks:
        session.fingerprint(task)
    assert "tools" in looked
    assert len(looked) == len({*looked})


def test_modules_of_others_are_not_looked_at(project, uses):
    uses("tools.clean(x)")
    files = ModuleFiles()
    files.look_around()
    assert "tools" in files._sightings
    assert not [name for name in files._sightings if name.partition(".")[0] in ("pandas", "json", "pytest", "dpnb")]
    assert files.edited("json", ownership()) is None
    assert files.edited("no_such_module", ownership()) is None


def test_a_process_without_edits_says_the_same_as_this_one(project, uses):
    """Its digest must not tell that files were looked at."""
    task = uses("tools.clean(x)")
    program = "import json, tools\nfrom dpnb.registry.fingerprint import fingerprint\n"
    program += "print(json.dumps(fingerprint(tools.clean).digest))"
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=project.folder, env=env, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == fingerprint(task.__globals__["tools"].clean).digest


def test_a_constant_set_by_hand_is_not_taken_for_one_in_the_file(project):
    """Workers import the file's: what they have made must not pass for what another file would make."""
    project.write("tools.py", "LIMIT = 1\nNAME: str = 'a'\n")
    names: dict[str, Any] = {"__name__": "__main__"}
    exec("import tools\ndef task(x): return tools.LIMIT", names)
    digests = [fingerprint(names["task"]).digest]
    sys.modules["tools"].__dict__["LIMIT"] = 5
    by_hand = fingerprint(names["task"])
    assert "5  # set in this process; workers import 1" in by_hand.parts["module tools: constant `LIMIT`"].text
    project.write("tools.py", "LIMIT = 5\nNAME: str = 'a'\n")
    importlib.reload(sys.modules["tools"])
    digests += [by_hand.digest, fingerprint(names["task"]).digest]
    assert len(set(digests)) == 3
    project.write("tools.py", "LIMIT = 1\n")
    importlib.reload(sys.modules["tools"])
    assert fingerprint(names["task"]).digest == digests[0]


def test_what_a_module_sets_by_itself_is_as_in_its_file(project):
    text = "LIMIT = 1\nSIZE = 1\nSIZE += 1\nif LIMIT:\n    DEEP = 2\nDEEP = 1\nif LIMIT:\n    DEEP = 2\n"
    text += "def grow():\n    global LIMIT\n    LIMIT = 7\ngrow()\n"
    project.write("tools.py", text)
    names: dict[str, Any] = {"__name__": "__main__"}
    exec("import tools\ndef task(x): return tools.LIMIT, tools.SIZE, tools.DEEP", names)
    found = fingerprint(names["task"])
    assert not [part.text for part in found.parts.values() if "# set in this process" in part.text]
