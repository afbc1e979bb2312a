"""Run parameters as texts, and back."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from dpnb.errors import RerunParameterError
from dpnb.notebook.panel.given_values import Kind, ParameterType, parameter_types
from dpnb.registry.value_json import Unreadable

LITERAL = "Literal['EWR', 1, None]"


@pytest.mark.parametrize(
    ("annotation", "text", "value"),
    [
        ("int", " 2013 ", 2013),
        ("int | None", "None", None),
        ("None | int", "3", 3),
        ("float", "1e3", 1000.0),
        ("float", "inf", float("inf")),
        ("bool", "False", False),
        ("str", " as it is ", " as it is "),
        ("str", "None", "None"),
        ("date", "2013-01-31", date(2013, 1, 31)),
        (LITERAL, "1", 1),
        (LITERAL, "'EWR'", "EWR"),
        ("", "항공", "항공"),
        ("", "[1, 'a']", [1, "a"]),
        ("", "true", True),
        ("tuple[int, int]", "(1, 2)", (1, 2)),
        ("int | str", "5", 5),
        ("DataFrame", "EWR", "EWR"),
    ],
)
def test_a_text_is_read_as_its_type_asks(annotation, text, value):
    read = ParameterType.of(annotation).read("p", text)
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize(
    ("annotation", "text", "rule"),
    [
        ("int", "2.5", "a whole number"),
        ("int", "", "a whole number"),
        ("int", "None", "a whole number"),
        ("float", "many", "a number"),
        ("bool", "0", "true or false"),
        ("date", "31.1.2013", "a date such as"),
        (LITERAL, "LGA", "one of 'EWR', 1, None"),
    ],
)
def test_a_text_that_does_not_fit_is_told_with_what_would(annotation, text, rule):
    with pytest.raises(RerunParameterError, match=rule) as told:
        ParameterType.of(annotation).read("연도", text)
    assert str(told.value).startswith(f"The run parameter '연도' cannot be {text!r}")


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        ("int", 3),
        ("bool", True),
        ("str", "5"),
        ("date", date(2013, 1, 31)),
        (LITERAL, "EWR"),
        ("", "EWR"),
        ("", [1, ("a",)]),
        ("", "5"),
        ("", "'quoted'"),
        ("", None),
        ("float", float("-inf")),
    ],
)
def test_what_is_written_is_read_again(annotation, value):
    kind = ParameterType.of(annotation)
    assert kind.read("p", kind.write(value) or "") == value


@pytest.mark.parametrize("value", [object(), Unreadable("<x>"), datetime(2013, 1, 1, tzinfo=UTC), [Unreadable("")]])
def test_what_no_text_gives_back_is_not_written(value):
    assert ParameterType.of("").write(value) is None


def test_the_parameters_of_a_signature_are_read_with_their_types():
    signature = "(a: Any, 연도: int = …, top = …, by: dict[str, list[int]] = …, how: Literal['x, y', '=']) → DataFrame"
    assert parameter_types(signature) == {
        "a": "Any",
        "연도": "int",
        "top": "",
        "by": "dict[str, list[int]]",
        "how": "Literal['x, y', '=']",
    }
    assert parameter_types("()") == parameter_types("(x: <odd>)") == {}
    assert ParameterType.of(parameter_types(signature)["how"]).kind is Kind.CHOICE
