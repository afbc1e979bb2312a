from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

from dpnb.results.comparison import NestedComparison, compare_values


class Point(NamedTuple):
    x: int
    y: int


@dataclass
class Model:
    name: str
    weights: Any = field(default_factory=dict)


class Plain:
    def __init__(self, **state: Any) -> None:
        self.__dict__.update(state)


class Slotted:
    __slots__ = ("x",)

    def __init__(self, x: Any) -> None:
        self.x = x


class Mute:
    """An object that nothing is to be learned from."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("not now")

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise RuntimeError("not now either")

    def __repr__(self) -> str:
        raise RuntimeError("never")

    __hash__ = None  # type: ignore[assignment]


def told(a: Any, b: Any, **options: Any) -> list[tuple[str, str]]:
    """Return path and change of each difference."""
    found = compare_values(a, b, **options)
    assert isinstance(found, NestedComparison)
    found._repr_mimebundle_()
    assert found.is_equal == found.changes.empty
    return list(zip(found.changes["path"], found.changes["change"], strict=True))


def without_addresses(value: object) -> str:
    """Return a value's repr as it is in every process: those that test side by side must name the same tests."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (1, 2, [("", "changed")]),
        (1, 1.0, [("", "type")]),
        (1, True, [("", "type")]),
        ("a", "b", [("", "changed")]),
        (None, 0, [("", "changed")]),
        (Decimal("1.5"), Decimal("1.6"), [("", "changed")]),
        ({"a": 1}, {"a": 2}, [("['a']", "changed")]),
        ({"a": 1, "가": 2}, {"가": 2, 3: 4}, [("['a']", "removed"), ("[3]", "added")]),
        (OrderedDict(a=1), OrderedDict(a=2), [("['a']", "changed")]),
        ([1, [2, {"x": 3}]], [1, [2, {"x": 4}]], [("[1][1]['x']", "changed")]),
        ([1, 2, 3], [1, 9, 2, 3], [("[1]", "added")]),
        ([1, 2, 3, 4], [1, 4], [("[1]", "removed"), ("[2]", "removed")]),
        ([], [1], [("[0]", "added")]),
        ((1, 2), (1, 3), [("[1]", "changed")]),
        ([1], (1,), [("", "changed")]),
        ({1, 2}, {2, 3}, [("{1}", "removed"), ("{3}", "added")]),
        (Point(1, 2), Point(1, 3), [(".y", "changed")]),
        (Model("m", {"w": [1.0]}), Model("m", {"w": [1.5]}), [(".weights['w'][0]", "changed")]),
        (Plain(x=1, y=[2]), Plain(x=1, y=[3], z=0), [(".y[0]", "changed"), (".z", "added")]),
        (Slotted([1]), Slotted([2]), [(".x[0]", "changed")]),
        ({"f": np.arange(3)}, {"f": np.array([0, 1, 5])}, [("['f']", "changed")]),
        ([pd.DataFrame({"x": [1]})], [pd.DataFrame({"x": [2]})], [("[0]", "changed")]),
        (re.compile("a"), re.compile("b"), [(".args[0]", "changed")]),
        (len, max, [("", "changed")]),
        (Point, Model, [("", "changed")]),
    ],
    ids=without_addresses,
)
def test_differences_are_told_by_path(a, b, expected):
    assert told(a, b) == expected


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (float("nan"), float("nan")),
        ({"x": [float("nan"), None]}, {"x": [float("nan"), None]}),
        (Plain(x=[1, {"y": 2}]), Plain(x=[1, {"y": 2}])),
        (Plain(), Plain()),
        (Slotted(1), Slotted(1)),
        (Model("m", float("nan")), Model("m", float("nan"))),
        ([np.array([1.0, np.nan]), pd.Series([1])], [np.array([1.0, np.nan]), pd.Series([1])]),
        (pd.Timestamp("2013"), pd.Timestamp("2013")),
        (lambda x: x + 1, None),
    ],
    ids=without_addresses,
)
def test_equal_values_have_no_difference(a, b):
    if callable(a):
        b = type(a)(a.__code__.replace(), {})
        b.__qualname__ = a.__qualname__
    assert told(a, b) == []


def test_numbers_within_the_tolerance_are_equal():
    assert told({"x": [1.0, 2.0]}, {"x": [1.0 + 1e-9, 2.5]}, rtol=1e-6) == [("['x'][1]", "changed")]


def test_values_that_contain_themselves_are_compared():
    a: list[Any] = [1]
    b: list[Any] = [2]
    a.append(a)
    b.append(b)
    assert told(a, b) == [("[0]", "changed")]


def test_values_nested_deeper_than_python_recurses_are_compared():
    a: list[Any] = [1]
    b: list[Any] = [2]
    for _ in range(3_000):
        a, b = [a], [b]
    assert len(told(a, b)) == 1


def test_what_refuses_to_be_looked_at_is_told_as_changed():
    assert told(Mute("a"), Mute("b")) == [("", "changed")]
    assert told({"x": Mute("a")}, {"x": 1}) == [("['x']", "changed")]


def test_a_container_that_raises_is_compared_as_a_whole():
    class Broken(dict[str, int]):
        def get(self, *_: Any) -> Any:
            raise RuntimeError("not now")

    assert told(Broken(a=1), Broken(a=2)) == [("", "changed")]


def test_texts_of_lines_are_told_as_a_diff():
    found = compare_values("one\ntwo\n", "one\n둘\n")
    assert found.changes["detail"].item().splitlines()[-2:] == ["-two", "+둘"]
    assert found.summary == "another text, 2 → 2 lines"
    assert "+둘" in found._repr_mimebundle_()["text/html"]


def test_bytes_are_told_by_their_number():
    assert compare_values(b"\x89PNG", b"\x89PNG2").summary == "other bytes, 4 → 5"


def test_a_frame_inside_is_told_by_its_summary():
    found = compare_values({"x": pd.DataFrame({"y": [1, 2]})}, {"x": pd.DataFrame({"y": [1, 3]})})
    assert found.changes["detail"].item() == "2 rows · 1 cell changed in 1 column"


def test_differences_have_numbers_where_values_are_numbers():
    found = compare_values([1, "a", 2.5], [3, "b", 2.0])
    assert found.changes["difference"].fillna(99.0).tolist() == [2.0, 99.0, -0.5]
    assert found.changes.dtypes.astype("str").to_dict() == {
        "path": "str",
        "change": "category",
        "a": "object",
        "b": "object",
        "difference": "float64",
        "detail": "str",
    }


def test_many_differences_are_cut_and_told():
    found = compare_values([0] * 20_000, [1] * 20_000)
    assert len(found.changes) == 10_000
    assert found.notes == ("Only the first 10,000 differences were looked for.",)


def test_values_that_look_alike_are_told_by_their_types():
    assert compare_values(1, "1").summary == "1 → 1 (int → str)"
    assert compare_values(1, 2).summary == "1 → 2"
