"""What a function reaches in modules, as digests that two processes can compare."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest

from dpnb.registry.fingerprint import fingerprint
from dpnb.registry.fingerprint.imported_state import ImportedState, subject_of


@pytest.fixture
def tools(monkeypatch):
    module = ModuleType("도구")
    exec(
        "LIMITS = {'a': 1, 'b': 2}\nSTEP = 1\n"
        "def clean(x): return x + STEP\ndef other(x): return x\ndef both(): return clean(1), other(1)\n",
        module.__dict__,
    )
    monkeypatch.setitem(sys.modules, "도구", module)
    return module


def state(text) -> Any:
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(f"import 도구\n{text}", names)
    return fingerprint(names["task"]).imported


def test_function_that_reaches_no_module_has_no_state(tools):
    assert state("def task(x): return x + 1") is None


def test_names_are_those_of_the_modules_and_only_what_is_reached_counts(tools):
    before = state("def task(): return 도구.LIMITS['a']")
    assert {subject_of(key) for key in before.digests} == {"도구.LIMITS"}
    tools.LIMITS["b"] = 7
    assert state("def task(): return 도구.LIMITS['a']").digest == before.digest
    tools.LIMITS["a"] = 7
    assert before.differing(state("def task(): return 도구.LIMITS['a']").digests) == ["도구.LIMITS"]


def test_what_the_function_itself_says_does_not_count(tools):
    assert state("def task(): return 도구.clean(1)").digest == state("def task(): return 도구.clean(2)").digest


def test_what_stands_in_a_function_s_place_counts_whatever_it_is(tools):
    text = "def task(): return 도구.clean(1)"
    before = state(text)
    tools.clean = eval("lambda x: 5", {"__name__": "__main__"})
    assert before.differing(state(text).digests) == ["도구.clean"]
    assert state(text).differing(before.digests) == ["도구.clean"]


@pytest.mark.parametrize("text", ["def task(): return 도구.both()", "def task(): return 도구.clean(1), 도구.other(1)"])
def test_two_functions_that_have_changed_places_are_told_from_those_that_have_not(tools, text):
    before = state(text)
    tools.clean, tools.other = tools.other, tools.clean
    assert before.differing(state(text).digests) == ["도구.clean", "도구.other"]


def test_what_a_file_is_known_to_say_otherwise_is_left_out():
    digests = {"helper m:f": "1", "constant m:X": "1", "\nm.g\nhelper m:g": "", "constant n:Y['a.b']": "1"}
    others = {"helper m:f": "2", "constant m:X": "2", "\nm.h\nhelper m:h": "", "constant n:Y['a.b']": "2"}
    here = ImportedState(digests=digests, digest="")
    assert here.differing(others) == ["m.X", "m.f", "m.g", "m.h", "n.Y"]
    assert ImportedState(digests=digests, digest="", edited=frozenset({"m.f"})).differing(others) == ["m.X", "n.Y"]
    assert ImportedState(digests=digests, digest="", edited=frozenset({"m"})).differing(others) == ["n.Y"]


def test_a_package_is_the_same_whichever_of_its_modules_have_been_imported_so_far():
    both = {"module p:p": "1", "constant p:X": "1", "\np\nmodule p:p": ""}
    further = {
        "module p:p": "2",
        "module p.late:p.late": "1",
        "constant p.late:Y": "1",
        "module p:p\nlate\nmodule p.late:p.late": "",
        "module p.late:p.late\nY\nconstant p.late:Y": "",
    }
    assert ImportedState(digests=both | further, digest="").differing(both) == []
    assert ImportedState(digests=both, digest="").differing(both | further) == []
    assert ImportedState(digests=both | further, digest="").differing(both | {"constant p:X": "2"}) == ["p.X"]
    assert ImportedState(digests=both, digest="").differing(both | {"module p:p": "2"}) == ["p"]
