"""Signatures become models: what is asked for is described, and taken no more loosely than JSON allows."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError, create_model

from dpnb import TaskContext, TaskRegistry, task
from dpnb.notebook.parameters import Code, assigned_defaults
from dpnb.planner import DAGBuilder, Selection
from dpnb.server.json_values import JsonObject, portable
from dpnb.server.parameters import Parameters, parameters_of, strictly


def model_of(*functions: Any, planned: dict[str, Any] | None = None) -> type[Parameters]:
    registry = TaskRegistry()
    for function in functions:
        task(registry=registry)(function)
    nodes = DAGBuilder(registry).draft(Selection(), planned or {}).dag.nodes.values()
    return parameters_of(nodes, planned or {}, title="시험")


def read(model: type[Parameters], given_params: Any) -> dict[str, Any]:
    body: Any = create_model("Body", params=(strictly(model), ...)).model_validate({"params": given_params})
    found: dict[str, Any] = body.params.given()
    return found


def everything(
    *,
    day: dt.date = dt.date(2013, 1, 1),
    pair: tuple[int, str] = (1, "a"),
    names: frozenset[str] = frozenset(),
    mode: Literal["a", "b"] = "a",
    share: float = 0.5,
    model_config: int = 1,
    json: bool = False,
    _under: int | None = None,
    anything=None,
    frame: pd.DataFrame | None = None,
    context: TaskContext | None = None,
) -> None: ...


def test_values_of_json_become_those_that_the_task_asks_for():
    params = {"day": "2014-02-03", "pair": [1, "x"], "names": ["a", "a"], "share": 1, "model_config": 2, "json": True}
    params |= {"_under": None, "anything": {"a": [1]}, "mode": "b"}
    assert read(model_of(everything), params) == {
        **params,
        "day": dt.date(2014, 2, 3),
        "pair": (1, "x"),
        "names": frozenset({"a"}),
        "share": 1.0,
    }
    assert read(model_of(everything), {}) == {}


@pytest.mark.parametrize(
    "params",
    [
        {"day": "3. 2. 2014"},
        {"day": 0},
        {"pair": [1]},
        {"pair": ["1", "x"]},
        {"share": "0.5"},
        {"share": True},
        {"model_config": 1.5},
        {"json": 1},
        {"mode": "c"},
        {"context": None},
        {"p0": 1},
        [],
        None,
    ],
)
def test_value_of_another_type_is_refused(params):
    with pytest.raises(ValidationError):
        read(model_of(everything), params)


def test_schema_tells_types_and_defaults_under_the_tasks_own_names():
    schema = model_of(everything).model_json_schema()
    properties = schema["properties"]
    assert schema["additionalProperties"] is False
    assert "required" not in schema
    assert properties["day"] == {"default": "2013-01-01", "format": "date", "title": "day", "type": "string"}
    assert properties["mode"]["enum"] == ["a", "b"]
    assert properties["json"] == {"default": False, "title": "json", "type": "boolean"}
    assert "context" not in properties


def test_parameter_of_several_tasks_is_one_and_shows_a_default_only_where_they_agree():
    def one(year: int = 1, n: int = 1, x: int = 1): ...
    def two(year: int = 1, n: int = 2, x: str = "a"): ...

    properties = model_of(one, two).model_json_schema()["properties"]
    assert properties["year"]["default"] == 1
    assert "default" not in properties["n"]
    assert "type" not in properties["x"]


def test_value_that_was_planned_is_the_default_and_none_that_json_cannot_hold_is_told():
    def one(year: int, limit: float = float("inf"), array: Any = np.zeros(3)): ...  # noqa: B008

    properties = model_of(one, planned={"year": 2020}).model_json_schema()["properties"]
    assert properties["year"]["default"] == 2020
    assert "default" not in properties["limit"]
    assert properties["array"] == {"title": "array"}


@settings(max_examples=30)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner),
    )
)
def test_whatever_was_recorded_can_be_told_and_taken_back(value):
    told = portable({"값": value})

    class Holder(BaseModel):
        held: JsonObject

    assert Holder.model_validate_json(Holder(held=told).model_dump_json()).held == told


def test_defaults_of_a_notebook_are_its_literals():
    from nbformat.v4 import new_code_cell

    code = "%matplotlib inline\nyear = 2013\nday: str = 'x'\nlimit = 10 ** 3\na = b = 1\nprint(year)"
    cells = [new_code_cell("other = 1"), new_code_cell(code, metadata={"tags": ["parameters"]})]
    assert assigned_defaults(cells) == {"year": 2013, "day": "x", "limit": Code("10 ** 3")}
    assert assigned_defaults([new_code_cell("((", metadata={"tags": ["parameters"]})]) == {}
