"""What a worker process has of modules, as it was when functions first came to it."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest

from dpnb.orchestrator.worker.module_state import FirstSight
from dpnb.registry.fingerprint import fingerprint

TEXT = """
MEMO = {}
STEP = 1
_rows = None

def made(x):
    return MEMO.setdefault(x, x)

def rows():
    global _rows
    _rows = _rows or [1]
    return _rows
"""


@pytest.fixture
def tools(monkeypatch):
    module = ModuleType("도구")
    exec(TEXT, module.__dict__)
    monkeypatch.setitem(sys.modules, "도구", module)
    return module


def function(body) -> Any:
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(f"import 도구\ndef task(): return {body}", names)
    return names["task"]


def digest(sight, func):
    found = sight.state_of(func)
    return None if found is None else found.digest


def test_it_is_what_a_fingerprint_tells_in_another_process(tools):
    func = function("도구.made(1), 도구.STEP")
    expected = fingerprint(func).imported
    assert expected is not None
    assert digest(FirstSight(), func) == expected.digest
    assert FirstSight().state_of(function("1")) is None


@pytest.mark.parametrize("bodies", [("도구.made(1)", "도구.made(2)"), ("도구.rows()", "len(도구.rows())")])
def test_what_functions_fill_is_for_later_ones_what_it_was(tools, bodies):
    expected = [fingerprint(function(body)).imported for body in bodies]
    sight, found = FirstSight(), []
    for body in bodies:
        func = function(body)
        found.append(digest(sight, func))
        func()
    assert found == [one.digest for one in expected if one is not None]


def test_a_name_that_was_bound_anew_is_seen_by_who_names_it(tools):
    sight, func = FirstSight(), function("도구.STEP")
    before = digest(sight, func)
    tools.STEP = 2
    assert digest(sight, function("도구.STEP")) != before
