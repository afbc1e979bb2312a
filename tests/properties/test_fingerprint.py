"""Fingerprints of random programs: what is written differently is the same, what is edited reaches its dependants."""

from __future__ import annotations

import ast
import linecache
import random
from itertools import count
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dpnb.registry.fingerprint import fingerprint
from dpnb.registry.fingerprint.owners import Ownership
from dpnb.registry.fingerprint.syntax import normal_form, readable_form
from dpnb.registry.fingerprint.values import ValueReader

_numbers = count()

EXPRESSIONS = st.recursive(
    st.sampled_from(["x", "LIMIT", "3", "-0.0", "'a b'", "f'{x:>{3}}!'", "[*x]", "{**x, 'k': 1}", "x[1:2]", "..."]),
    lambda inner: st.one_of(
        st.builds("({} + {})".format, inner, inner),
        st.builds("{} if {} else {}".format, inner, inner, inner).map("({})".format),
        st.builds("[y for y in {} if {}]".format, inner, inner),
        st.builds("(lambda y, z={}: {})".format, inner, inner),
        st.builds("({} and not {})".format, inner, inner),
        st.builds("len({}, key={})".format, inner, inner),
    ),
    max_leaves=6,
)
STATEMENTS = st.recursive(
    st.one_of(
        st.builds("x = {}".format, EXPRESSIONS),
        st.builds("x: int = {}".format, EXPRESSIONS),
        st.builds("return {}".format, EXPRESSIONS),
        st.sampled_from(["pass", "'said'", "import math as m", "x += 1", "del x", "assert x, 'no'", "global LIMIT2"]),
    ).map(lambda line: [line]),
    lambda inner: st.one_of(
        st.builds(lambda test, body: [f"if {test}:", *indented(body)], EXPRESSIONS, inner),
        st.builds(lambda body, other: ["try:", *indented(body), "except E as e:", *indented(other)], inner, inner),
        st.builds(lambda body: ["for y in x:", *indented(body)], inner),
        st.builds(lambda body: ["def inner(y, *, k=1):", *indented(body)], inner),
        st.builds(lambda body: ["class Inner(B):", "    f: int = 1", *indented(body)], inner),
        st.builds(lambda one, two: [*one, *two], inner, inner),
    ),
    max_leaves=6,
)


def indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def normal(source: str) -> str:
    return normal_form(ast.parse(source).body[0])


def defined(sources: dict[str, str], **names: Any) -> dict[str, Any]:
    """Run sources as cells, in the order of the dict."""
    namespace: dict[str, Any] = {"__name__": "__main__", **names}
    for source in sources.values():
        name = f"<cell {next(_numbers)}>"
        linecache.cache[name] = len(source), None, source.splitlines(keepends=True), name
        exec(compile(source, name, "exec", dont_inherit=True), namespace)
    return namespace


@given(STATEMENTS)
def test_formatting_anew_changes_nothing(body):
    source = "\n".join(["def f(x, /, y=LIMIT, *args, z: int = 2, **more) -> int:", *indented(body)])
    reformatted = ast.unparse(ast.parse(source))
    assert normal(source) == normal(reformatted)
    assert normal(source) == normal(readable_form(source))


@given(STATEMENTS, st.randoms(use_true_random=False))
def test_comments_and_blank_lines_change_nothing(body, rng):
    source = ["def f(x):", *indented(body)]
    spaced = [
        line
        for text in source
        for line in (text + rng.choice(["", "  # so", "   "]), *rng.choice([[], [""], ["# here"]]))
    ]
    assert normal("\n".join(source)) == normal("\n".join(spaced))


@given(EXPRESSIONS, EXPRESSIONS)
def test_other_expressions_have_another_form(one, two):
    first, second = (ast.parse(f"def f(x): return {text}") for text in (one, two))
    assert (normal_form(first) == normal_form(second)) == (ast.unparse(first) == ast.unparse(second))


GRAPHS = st.integers(2, 8).flatmap(
    lambda size: st.tuples(
        st.lists(st.lists(st.integers(0, size - 1), max_size=3, unique=True), min_size=size, max_size=size),
        st.integers(0, size - 1),
        st.permutations(range(size)),
    )
)


@given(GRAPHS)
def test_an_edit_reaches_exactly_those_that_call_it_however_the_calls_go_round(graph):
    calls, edited, order = graph
    bodies = [
        " + ".join(["x", str(number), *(f"h{called}(x)" for called in called_by)])
        for number, called_by in enumerate(calls)
    ]
    sources = {f"h{number}": f"def h{number}(x): return {body}" for number, body in enumerate(bodies)}
    before = defined(sources)
    after = defined({f"h{n}": sources[f"h{n}"] + (" - 1" if n == edited else "") for n in order})
    changed = {
        n for n in range(len(calls)) if fingerprint(before[f"h{n}"]).digest != fingerprint(after[f"h{n}"]).digest
    }
    assert changed == {n for n in range(len(calls)) if edited in reached_from(n, calls)}


def reached_from(start: int, calls: list[list[int]]) -> set[int]:
    reached, waiting = {start}, [start]
    while waiting:
        further = set(calls[waiting.pop()]) - reached
        reached |= further
        waiting += further
    return reached


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.binary(max_size=5))
KEYS = st.one_of(st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=3))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=10),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(KEYS, inner, max_size=10),
        st.frozensets(KEYS, max_size=10),
    ),
    max_leaves=20,
)


def read(value: Any) -> str:
    return ValueReader(Ownership(), 10**9).read(value)


def exact(value: Any) -> Any:
    """Return what makes two values the same: types count, -0.0 is not 0.0, sets have no order."""
    if isinstance(value, list | tuple):
        return type(value).__name__, [exact(item) for item in value]
    if isinstance(value, dict):
        return "dict", [(exact(key), exact(item)) for key, item in value.items()]
    if isinstance(value, frozenset):
        return "frozenset", sorted(repr(exact(item)) for item in value)
    return type(value).__name__, repr(value)


@given(VALUES, VALUES)
def test_values_read_the_same_if_and_only_if_they_are_the_same(one, two):
    assert (read(one) == read(two)) == (exact(one) == exact(two))


@given(VALUES, st.integers())
def test_an_equal_value_of_other_objects_reads_the_same(value, seed):
    rebuilt = rebuild(value, random.Random(seed))
    assert read(value) == read(rebuilt)


def rebuild(value: Any, rng: random.Random) -> Any:
    """Return an equal value of other objects, sets filled in another order."""
    if isinstance(value, list | tuple):
        return type(value)(rebuild(item, rng) for item in value)
    if isinstance(value, dict):
        return {key: rebuild(item, rng) for key, item in value.items()}
    if isinstance(value, frozenset):
        items = list(value)
        rng.shuffle(items)
        return frozenset(items)
    return value
