from __future__ import annotations

import ast
import textwrap
from typing import Any

import pytest

from dpnb.errors import TaskDefinitionError
from dpnb.notebook.magics.cell_function import Body, Head, check_annotation, declared_parameters, identifier


def function(body: str, *parameters: str, name: str = "made") -> str:
    return Body.of(textwrap.dedent(body)).function(Head(name=name, parameters=parameters))


def value_of(body: str, **given):
    namespace: dict[str, Any] = {}
    exec(function(body, *given), namespace)
    return namespace["made"](**given)


def test_the_value_of_the_last_expression_is_the_result():
    assert value_of("x = 2\nx * factor", factor=21) == 42


@pytest.mark.parametrize(
    ("body", "result"),
    [
        ("return 7\n8", 7),
        ("x = 1; x + 1", 2),
        ("(\n    1\n    + 2\n)", 3),
        ("1, 2", (1, 2)),
        ("'only a text'", "only a text"),
        ("결과 = [1]\n결과", [1]),
        ("x = 1", None),
        ("for x in (1, 2):\n    x", None),
        ("[1, 2];", [1, 2]),
    ],
)
def test_bodies_return_what_a_reader_expects(body, result):
    assert value_of(body) == result


def test_each_line_stays_where_it_is_in_the_cell():
    body = 'text = """\n  kept\nas it is\n"""\n\n\n# why\n(f"""\n  {text}\n""",\n 1 / 0)'
    lines = function(body).split("\n")
    cell = ["%%task", *body.split("\n")]
    assert [line.strip().removeprefix("return ") for line in lines[1:12]] == [line.strip() for line in cell[1:]]


def test_texts_of_several_lines_keep_their_margins():
    assert value_of('"""\n  two\nnone\n"""') == "\n  two\nnone\n"
    assert value_of('f"""\n  {1 +\n1}\nnone"""') == "\n  2\nnone"


@pytest.mark.parametrize("body", ["await load()", "async with a:\n    1", "[x async for x in y]"])
def test_a_cell_that_awaits_becomes_a_coroutine_function(body):
    assert function(body).startswith("async def made")


def test_a_function_within_that_awaits_does_not_make_the_cell_await():
    assert function("async def within():\n    await x\nwithin").startswith("def made")


def test_a_cell_that_yields_is_a_generator():
    assert list(value_of("for x in (1, 2):\n    yield x\nyield 3")) == [1, 2, 3]


@pytest.mark.parametrize("body", ["", "\n\n", "# only\n  # comments\n"])
def test_a_body_without_code_is_empty(body):
    assert Body.of(body).is_empty


def test_names_are_those_that_are_read():
    names = Body.of("total += 1\ndef within():\n    return flights\nstored = 1\ndel gone").names()
    assert {"total", "flights", "gone"} <= names
    assert "stored" not in names


def test_a_result_that_is_assigned_and_not_given_is_noticed():
    assert "End it with `late`" in Body.of("late = 1").notes()[0]
    assert Body.of("late = 1\nlate").notes() == ()
    assert Body.of("if x:\n    return 1\nlate = 1").notes() == ()


def test_what_is_no_python_names_the_line_of_the_cell():
    with pytest.raises(SyntaxError) as caught:
        function("x = 1\ny = (")
    assert caught.value.lineno == 3  # %%task is the first


@pytest.mark.parametrize(
    ("name", "variable"),
    [("delays", "delays"), ("load flights", "load_flights"), ("2013", "_2013"), ("항공편", "항공편")],
)
def test_names_of_tasks_become_variables(name, variable):
    assert identifier(name) == variable
    assert identifier(name).isidentifier()


def test_a_word_of_python_is_no_variable():
    assert identifier("class") == "class_"


def test_parameters_are_read_as_in_a_def():
    declared = declared_parameters("delays", "flights, year: int = 2013, strict=False")
    assert list(declared) == ["flights", "year", "strict"]
    ast.parse(f"def f({', '.join(declared.values())}): pass")


@pytest.mark.parametrize("params", ["year:", "*args", "**more", "a, *, b", "a): pass\ndef g("])
def test_parameters_that_are_none_are_refused(params):
    with pytest.raises(TaskDefinitionError, match="write them as in a def"):
        declared_parameters("delays", params)


def test_a_type_that_is_none_is_refused():
    check_annotation("delays", "pd.DataFrame | None")
    with pytest.raises(TaskDefinitionError, match="is no type"):
        check_annotation("delays", "list[")
