from __future__ import annotations

import pytest

from dpnb.planner import DAGBuilder, Planner
from dpnb.planner.identity import dag_id
from dpnb.registry import TaskRegistry, describe_task


def extract(): ...
def transform(extract: int, year: int = 2013) -> int: ...
def load(transform, extract): ...


def _id(*functions, params=None, **options):
    registry = TaskRegistry(notify=None)
    for func in functions:
        registry.register(describe_task(func, **options.get(func.__name__, {})))
    return Planner(DAGBuilder(registry)).create_execution_plan(params=params).dag_id


@pytest.fixture
def usual():
    return _id(extract, transform, load)


def test_it_reads_as_what_it_is(usual):
    assert usual.startswith("dag_")
    assert len(usual) == len("dag_") + 16
    int(usual.removeprefix("dag_"), 16)


def test_the_order_of_registration_does_not_matter(usual):
    assert _id(load, extract, transform) == usual


def test_code_options_and_run_parameters_do_not_matter(usual):
    def other_code():
        return 1

    other_code.__name__ = "extract"
    assert _id(other_code, transform, load) == usual
    assert _id(extract, transform, load, extract={"timeout": 3, "tags": ["etl"], "max_retries": 2}) == usual
    assert _id(extract, transform, load, params={"year": 3}) == usual


def test_structure_and_signatures_matter(usual):
    def other_type(extract: float, year: int = 2013) -> int: ...

    other_type.__name__ = "transform"
    others = [
        _id(extract, transform),
        _id(extract, other_type, load),
        _id(
            extract,
            transform,
            load,
            extract={"name": "extract_2"},
            transform={"inputs": {"extract": "extract_2"}},
            load={"inputs": {"extract": "extract_2"}},
        ),
        _id(extract, transform, load, load={"inputs": {"transform": "extract", "extract": "transform"}}),
    ]
    assert usual not in others
    assert len(set(others)) == len(others)


def test_names_cannot_be_mixed_up_with_structure(dag_of):
    assert dag_id(dag_of({"a": "", "b": "a"})) != dag_id(dag_of({"a": "", "b": ""}))
    assert dag_id(dag_of({"a', 'b": ""})) != dag_id(dag_of({"a": "", "b": ""}))
    assert dag_id(dag_of({"가": ""})) != dag_id(dag_of({"나": ""}))
