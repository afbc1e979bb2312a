"""What sessions hand on to each other never differs from what is read anew, whatever is edited in between."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dpnb.registry.fingerprint import Fingerprint, FingerprintSession
from dpnb.registry.fingerprint.kept_units import KeptUnits

SOURCE = """
import math, json
from math import sqrt
import helpers_of_test as helpers
LIMIT, NAME, ROWS, TABLE = 1, "하나", [1, 2], {"key": 1}
class Shape:
    side = 1
    def area(self): return self.side * LIMIT
def deep(x): return x + LIMIT
def clean(x, more=2): return deep(x) + len(ROWS) if x else again(x)
def again(x): return clean(x - 1) + math.sqrt(x) + helpers.scale(x)
def make(inner):
    def wrapped(x): return inner(x) + inner.mark if hasattr(inner, "mark") else inner(x)
    return wrapped
wrapped = make(deep)
def first(x): return clean(x) + NAME.count("하") + sqrt(x)
def second(x, *, scale=3): return wrapped(x) + TABLE["key"] + abs(x)
def third(x): return Shape().area() + json.dumps(x) + helpers.deeper.FACTOR
def fourth(x): return missing(x)
TASKS = (first, second, third, fourth, clean, again, wrapped, deep)
"""
HELPERS = "FACTOR = 2\ndef scale(x): return x * FACTOR\n"
VALUES = st.one_of(
    st.integers(0, 3),
    st.integers(10**30, 10**30 + 2),
    st.sampled_from(["하나", "둘", b"x", 1.5, None, True, float("nan")]),
    st.lists(st.integers(0, 2), max_size=2),
    st.just("def f(x): return x"),
).map(lambda value: _function(value) if isinstance(value, str) and value.startswith("def") else value)

type World = dict[str, Any]
type Edit = Callable[[World], object]


def _function(text: str, **namespace: Any) -> Any:
    exec(text, namespace)
    return namespace["f"]


def new_world(monkeypatch: pytest.MonkeyPatch) -> World:
    helpers, deeper = types.ModuleType("helpers_of_test"), types.ModuleType("helpers_of_test_deeper")
    exec(HELPERS, vars(helpers))
    exec(HELPERS, vars(deeper))
    vars(helpers)["deeper"] = deeper
    monkeypatch.setitem(sys.modules, helpers.__name__, helpers)
    monkeypatch.setitem(sys.modules, deeper.__name__, deeper)
    world: World = {"__name__": "__main__"}
    exec(SOURCE, world)
    return world


def set_global(name: str, value: Any) -> Edit:
    return lambda world: world.__setitem__(name, value)


def set_attribute(name: str, attribute: str, value: Any) -> Edit:
    def edit(world: World) -> None:
        with suppress(KeyError, TypeError, ValueError, AttributeError):  # it is gone, or cannot be that
            setattr(world[name], attribute, value)

    return edit


def set_cell(value: Any) -> Edit:
    return lambda world: setattr(world["TASKS"][6].__closure__[0], "cell_contents", value)


FUNCTIONS = ("first", "second", "third", "clean", "again", "deep", "wrapped")
GLOBALS = (*FUNCTIONS, "LIMIT", "NAME", "ROWS", "TABLE", "Shape", "sqrt", "math", "missing", "abs", "helpers", "len")
CODES = st.sampled_from(["def f(x): return x", "def f(x): return LIMIT", "def f(x): return clean(x)"])
EDITS: st.SearchStrategy[Edit] = st.one_of(
    st.builds(set_global, st.sampled_from(GLOBALS), VALUES),
    st.builds(set_attribute, st.sampled_from(FUNCTIONS), st.just("__defaults__"), st.tuples(VALUES)),
    st.builds(
        set_attribute, st.sampled_from(FUNCTIONS), st.just("__kwdefaults__"), st.dictionaries(st.just("scale"), VALUES)
    ),
    st.builds(
        set_attribute,
        st.sampled_from(FUNCTIONS),
        st.sampled_from(["__name__", "__qualname__", "__module__"]),
        st.sampled_from(["first", "second", "math", "helpers_of_test"]),
    ),
    st.builds(
        set_attribute, st.sampled_from(FUNCTIONS), st.just("__code__"), CODES.map(lambda text: _function(text).__code__)
    ),
    st.builds(set_attribute, st.sampled_from(FUNCTIONS), st.sampled_from(["mark", "__wrapped__"]), VALUES),
    st.builds(set_attribute, st.just("Shape"), st.sampled_from(["side", "area", "__name__", "extra"]), VALUES),
    st.builds(set_attribute, st.just("helpers"), st.sampled_from(["scale", "FACTOR", "deeper"]), VALUES),
    st.builds(set_cell, VALUES),
    st.just(lambda world: world["ROWS"].append(1) if isinstance(world.get("ROWS"), list) else None),
    st.just(lambda world: world["TABLE"].update(key=2) if isinstance(world.get("TABLE"), dict) else None),
    st.builds(lambda name: lambda world: world.pop(name, None), st.sampled_from(GLOBALS)),
)


def read(world: World) -> list[str]:
    session = FingerprintSession()
    found: list[Fingerprint] = [session.fingerprint(func) for func in world["TASKS"]]
    return [one.to_json() for one in found]


@given(edits=st.lists(EDITS, min_size=1, max_size=6))
def test_a_session_after_edits_says_what_one_says_that_knows_nothing(edits):
    with pytest.MonkeyPatch.context() as monkeypatch:
        world = new_world(monkeypatch)
        read(world)
        for edit in edits:
            edit(world)
            handed_on = [read(world), read(world)]
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr("dpnb.registry.fingerprint.session.kept_units", KeptUnits)
                anew = read(world)
            assert handed_on == [anew, anew]
