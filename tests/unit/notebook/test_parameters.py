from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from dpnb.notebook.parameters import inject, injected, parse_assignment, parse_value, python_literal, unread


def defaults(source: str = "year = 2012"):
    return new_code_cell(source, metadata={"tags": ["parameters"]})


def sources(notebook) -> list[str]:
    return [cell.source for cell in notebook.cells]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2013", 2013),
        ("-1.5", -1.5),
        ("1e3", 1000.0),
        ("true", True),
        ("True", True),
        ("None", None),
        ("null", None),
        ('["EWR", 1]', ["EWR", 1]),
        ('{"a": {"b": null}}', {"a": {"b": None}}),
        ('"2013"', "2013"),
        ("2013-01-01", "2013-01-01"),
        ("007", "007"),
        ("", ""),
        ("서울 김포", "서울 김포"),
        ("a=b", "a=b"),
    ],
)
def test_value_is_json_or_a_python_constant_or_text(text, value):
    parsed = parse_value(text)
    assert parsed == value
    assert type(parsed) is type(value)


def test_assignment_splits_at_the_first_equals_sign():
    assert parse_assignment("query=a=b") == ("query", "a=b")
    assert parse_assignment("연도 = 2013") == ("연도", 2013)


@pytest.mark.parametrize("text", ["year", "=3", "my year=3", "1st=3", "a.b=1"])
def test_what_is_no_assignment_is_refused_with_its_text(text):
    with pytest.raises(ValueError, match="name=value"):
        parse_assignment(text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(json_values)
def test_literal_evaluates_to_the_value(value):
    assert eval(python_literal(value)) == value


def test_literal_of_not_a_number_evaluates_to_it():
    assert math.isnan(eval(python_literal([math.nan]))[0])


@given(st.dictionaries(st.sampled_from(["year", "연도", "a"]), json_values))
def test_what_was_injected_is_read_back(parameters):
    notebook = new_notebook(cells=[defaults()])
    inject(notebook, parameters)
    assert injected(notebook.cells) == parameters


def test_of_what_others_have_injected_the_literals_are_read():
    def read(source):
        return injected([defaults(), new_code_cell(source, metadata={"tags": ["injected-parameters"]})])

    assert read("# Parameters\nyear = 2013\npair = (1, 2)\nnow = time()\na, b = 1, 2") == {"year": 2013, "pair": (1, 2)}
    assert read("!ls") == {}


def test_parameters_come_right_after_the_defaults():
    notebook = new_notebook(cells=[new_markdown_cell("text"), defaults(), new_code_cell("year")])
    inject(notebook, {"year": 2013, "airport": "JFK"})
    assert sources(notebook) == ["text", "year = 2012", "# Parameters\nyear = 2013\nairport = 'JFK'", "year"]
    assert notebook.cells[2].metadata.tags == ["injected-parameters"]


def test_parameters_come_on_top_where_there_are_no_defaults():
    notebook = new_notebook(cells=[new_code_cell("year")])
    inject(notebook, {"year": 2013})
    assert sources(notebook) == ["# Parameters\nyear = 2013", "year"]


def test_parameters_replace_those_that_were_injected_before():
    notebook = new_notebook(cells=[defaults(), new_code_cell("year")])
    inject(notebook, {"year": 2013})
    inject(notebook, {"year": 2014})
    assert sources(notebook) == ["year = 2012", "# Parameters\nyear = 2014", "year"]


def test_without_parameters_the_notebook_stays_as_it_is():
    notebook = new_notebook(cells=[defaults()])
    inject(notebook, {})
    assert sources(notebook) == ["year = 2012"]


def test_names_that_the_defaults_do_not_assign_are_told():
    notebook = new_notebook(cells=[defaults("year: int = 2012\nfirst, last = 1, 12\nprint(yaer)")])
    assert unread(notebook.cells, ["year", "last", "yaer"]) == ["yaer"]


@pytest.mark.parametrize(
    ("sources", "unused"),
    [
        (["x = 1"], ["n"]),
        (["n = 10", "print(n)"], ["n"]),
        (["n = 10\nprint(n)"], ["n"]),
        (["import n", "n += 1"], []),
        (["print(n)", "n = 10"], []),
        (["def scaled(x):\n    return x * n"], []),
        (["try:\n    n\nexcept NameError:\n    n = 10"], []),
        (["n += 1"], []),
        (["%time print(n)"], []),
        (["%%time\nprint(n)"], []),
        (["!echo {n}"], []),
        (["%time print(m)"], ["n"]),
        (["this is no Python", "print(n)"], []),
    ],
)
def test_without_defaults_a_name_is_told_that_no_cell_reads(sources, unused):
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    inject(notebook, {"n": 4})
    assert unread(notebook.cells, ["n"]) == unused


def test_defaults_may_hold_magics():
    notebook = new_notebook(cells=[defaults("%env A=1\nyear = 2012")])
    assert unread(notebook.cells, ["year", "yaer"]) == ["yaer"]


def test_defaults_that_are_no_python_are_not_judged():
    assert unread([defaults("year = ")], ["year"]) == []


def test_injected_cell_that_is_replaced_stays_the_cell_that_it_was():
    notebook = new_notebook(cells=[defaults()])
    inject(notebook, {"year": 2013})
    before = notebook.cells[1].id
    inject(notebook, {"year": 2014})
    assert notebook.cells[1].id == before


@pytest.mark.parametrize("name", ["class", "None", "__debug__"])
def test_words_of_python_cannot_be_parameters(name):
    with pytest.raises(ValueError, match=f"'{name}' is a word of Python's own"):
        parse_assignment(f"{name}=1")
