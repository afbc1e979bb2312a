from __future__ import annotations

import functools
import subprocess
import sys
import textwrap

import pytest

from dpnb.registry import TaskKind, describe_task
from dpnb.registry.fingerprint import code_digest, signature_digest
from dpnb.registry.schema import read_schema

NO_ROWS: list[int] = []

BASE = """
def clean(rows, limit=10):
    total = 0
    for row in rows:
        if row > limit and row not in {1, 2, 3}:
            total += row
    return total
"""

SAME_CODE = {
    "a comment": BASE.replace("total = 0", "total = 0  # so far"),
    "a docstring": BASE.replace("    total = 0", '    """Clean the rows."""\n    total = 0'),
    "a blank line": BASE.replace("    for", "\n    for"),
    "a condition over several lines": BASE.replace(
        "if row > limit and row not in {1, 2, 3}:",
        "if (\n            row > limit\n            and row\n            not in {1, 2, 3}\n        ):",
    ),
    "lines above it": f"\n\n\n\n{BASE}",
    "a one-line body": BASE.replace("{1, 2, 3}:\n            total += row", "{1, 2, 3}: total += row"),
    "annotations": BASE.replace("rows, limit=10", "rows: list, limit: int = 10"),
    "other spacing": BASE.replace("limit=10", "limit = 10").replace("{1, 2, 3}", "{ 1,2,3 }"),
}

OTHER_CODE = {
    "a constant": BASE.replace("total = 0", "total = 1"),
    "an operator": BASE.replace("row > limit", "row >= limit"),
    "a default": BASE.replace("limit=10", "limit=11"),
    "a name": BASE.replace("total", "summed"),
    "a parameter": BASE.replace("limit=10", "limit=10, more=None"),
    "a set's element": BASE.replace("{1, 2, 3}", "{1, 2, 4}"),
    "an order": BASE.replace("row > limit and row not in {1, 2, 3}", "row not in {1, 2, 3} and row > limit"),
}


@pytest.fixture
def define(tmp_path):
    """Define ``clean`` from source that can be read back, each time in a file of its own."""
    count = iter(range(1000))

    def define(source, *, readable=True, names=None):
        path = tmp_path / f"cell_{next(count)}.py"
        if readable:
            path.write_text(source)
        scope = {"__name__": "cells", "functools": functools, **(names or {})}
        exec(compile(source, str(path), "exec"), scope)
        return scope["clean"]

    return define


@pytest.mark.parametrize("what", SAME_CODE)
def test_these_are_the_same_code(define, what):
    assert code_digest(define(SAME_CODE[what])) == code_digest(define(BASE))


@pytest.mark.parametrize("what", OTHER_CODE)
def test_these_are_other_code(define, what):
    assert code_digest(define(OTHER_CODE[what])) != code_digest(define(BASE))


@pytest.mark.parametrize("what", sorted(SAME_CODE.keys() - {"a condition over several lines"}))
def test_without_source_the_bytecode_is_compared(define, what):
    assert code_digest(define(SAME_CODE[what], readable=False)) == code_digest(define(BASE, readable=False))


@pytest.mark.parametrize("what", OTHER_CODE)
def test_without_source_other_bytecode_is_other_code(define, what):
    assert code_digest(define(OTHER_CODE[what], readable=False)) != code_digest(define(BASE, readable=False))


def test_an_indented_function_with_a_multi_line_string_is_read(define):
    source = textwrap.dedent('''
        if True:
            def clean():
                return """
        left
                """
    ''')
    assert code_digest(define(source)) == code_digest(define(source.replace("clean():", "clean():  # so")))
    assert code_digest(define(source)) != code_digest(define(source.replace("left", "right")))


def test_a_default_counts_by_its_value(define):
    source = "def clean(rows, limit=LIMIT): return rows"
    digests = {code_digest(define(source, names={"LIMIT": limit})) for limit in (1, 2, "1", [1], {1}, None)}
    assert len(digests) == 6


def test_a_default_without_stable_text_counts_by_its_type(define):
    class Connection: ...

    class Broken:
        def __repr__(self):
            raise RuntimeError

    source = "def clean(rows, over=OVER): return rows"
    one, two, other = (code_digest(define(source, names={"OVER": o})) for o in (Connection(), Connection(), Broken()))
    assert one == two != other


def test_options_of_the_decorator_are_not_code_but_other_decorators_are(define):
    plain = "def task(**options): return lambda f: f\n\n@task(timeout={})\ndef clean(): return 1"
    assert code_digest(define(plain.format(1))) == code_digest(define(plain.format(2)))
    cached = plain.replace("def clean", "@functools.lru_cache({})\ndef clean")
    eight, nine = (define(cached.format(1, size)).__wrapped__ for size in (8, 9))
    assert code_digest(eight) != code_digest(nine)


def test_what_is_wrapped_counts_and_the_wrapper_too():
    def loud(func):
        @functools.wraps(func)
        def wrapper():
            return func()

        return wrapper

    def one():
        return 1

    def two():
        return 2

    assert code_digest(loud(one)) != code_digest(loud(two))
    assert code_digest(loud(one)) != code_digest(one)


def test_digests_are_the_same_under_every_hash_seed(tmp_path):
    module = tmp_path / "seeded.py"
    module.write_text(f"{BASE}\ndef defaults(names=frozenset({{'a', 'b', 'c', 'd'}})): return names\n")
    script = """
import seeded
from dpnb.registry import describe_task
namespace = {}
exec(compile("def unread(row): return row in {'a', 'b', 'c', 'd'}", "nowhere", "exec"), namespace)
for func in (seeded.clean, seeded.defaults, namespace["unread"]):
    task = describe_task(func)
    print(task.code_digest, task.signature_digest)
"""
    printed = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": f"{tmp_path}:."},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(printed) == 1


def test_a_signature_counts_by_types_names_kind_and_streaming():
    def one(rows: list[int]) -> int: ...
    def other_name(row: list[int]) -> int: ...
    def other_type(rows: list[str]) -> int: ...
    def other_return(rows: list[int]) -> str: ...
    def with_default(rows: list[int] = NO_ROWS) -> int: ...

    digests = {describe_task(f).signature_digest for f in (one, other_name, other_type, other_return, with_default)}
    schema = read_schema(one)
    digests.add(signature_digest(schema, TaskKind.COROUTINE, stream_output=False))
    digests.add(signature_digest(schema, TaskKind.FUNCTION, stream_output=True))
    assert len(digests) == 7


def test_metadata_of_annotations_does_not_count():
    from typing import Annotated

    def one(rows: Annotated[int, object()]): ...
    def two(rows: Annotated[int, object()]): ...

    one.__annotations__ = {"rows": Annotated[int, object()]}
    two.__annotations__ = {"rows": Annotated[int, object()]}
    assert describe_task(one).signature_digest == describe_task(two).signature_digest
