from __future__ import annotations

import dataclasses
import json
from collections import deque, namedtuple
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dpnb.errors import BrowseRequestError
from dpnb.results.browsing import Browsed, Tree
from dpnb.results.browsing.sources import ValueSource


@dataclasses.dataclass(slots=True)
class Model:
    weights: np.ndarray
    names: dict[str, int]

    @property
    def costly(self):
        raise AssertionError("properties are code")


class Plain:
    def __init__(self):
        self.inner = [1]


Point = namedtuple("Point", "x y")  # noqa: PYI024
VALUE = {
    "모델": Model(np.arange(6).reshape(3, 2), {"<b>": 1}),
    "point": Point(1, [2]),
    "plain": Plain(),
    "many": list(range(1_000_000)),
    "frame": pd.DataFrame({"a": [1]}),
    "text": "x" * 500,
    "bytes": b"\x00\xff",
    "set": frozenset({7}),
    3: None,
}


@pytest.fixture
def tree():
    return Tree(VALUE)


def labels(tree, *path):
    return [node["label"] for node in tree.children(list(path))["nodes"]]


def test_each_kind_opens_to_its_parts(tree):
    assert labels(tree) == [repr(key) for key in VALUE]
    assert labels(tree, 0) == ["weights", "names"]
    assert labels(tree, 0, 0) == ["[0]", "[1]", "[2]"]
    assert labels(tree, 0, 0, 1) == ["[0]", "[1]"]
    assert labels(tree, 0, 1) == ["'<b>'"]
    assert labels(tree, 1) == ["x", "y"]
    assert labels(tree, 2) == ["inner"]
    assert labels(tree, 7) == ["•"]


def test_leaves_and_tables_do_not_open(tree):
    nodes = {node["label"]: node for node in tree.children([])["nodes"]}
    assert not any(nodes[repr(key)]["opens"] for key in ("frame", "text", "bytes", 3))
    assert nodes["'frame'"]["is_table"]
    assert (nodes["'frame'"]["text"], nodes["'frame'"]["count"]) == ("a", 1)
    assert nodes["'text'"]["is_long"]
    assert tree.table([4]).rows == 1
    with pytest.raises(BrowseRequestError, match="it is no table"):
        tree.table([3])


def test_a_hundred_parts_come_at_a_time(tree):
    first = tree.children([3])
    assert first["total"] == 1_000_000
    assert len(first["nodes"]) == 100
    assert [node["text"] for node in tree.children([3], 999_990)["nodes"]] == [str(n) for n in range(999_990, 10**6)]
    assert len(json.dumps(first)) < 20_000


def test_all_of_a_text_is_told_on_its_own(tree):
    assert tree.whole([5]) == {"text": "x" * 500, "is_cut": False}


@pytest.mark.parametrize("path", [[99], [0, 0, 9], [3, -1], ["a"], [True], [8, 0], [0] * 101])
def test_a_path_that_leads_nowhere_is_refused(tree, path):
    with pytest.raises(BrowseRequestError):
        tree.children(path)


def test_values_that_hold_themselves_are_opened_as_deep_as_one_likes():
    value: list[object] = []
    value.append(value)
    assert labels(Tree(value), *[0] * 50) == ["[0]"]


def test_nothing_has_no_parts():
    nothing: tuple[object, ...] = ({}, [], None, 7, np.float64(1), np.array(3))
    for value in nothing:
        assert Tree(value).children([]) == {"nodes": [], "offset": 0, "total": 0}
        assert not Tree(value).describe()["root"]["opens"]


ROWS = pd.DataFrame({"n": [3, 1, 2]})


class Holder:
    def __init__(self) -> None:
        self.frame = ROWS
        setattr(self, "<no name>", self.frame)


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({'표 "{}"': ROWS}, [0]),
        ({True: ROWS, None: ROWS}, [1]),
        ({(1, "a"): [0, ROWS]}, [0, 1]),
        ((0, deque([ROWS])), [1, 0]),
        ({"model": Holder()}, [0, 0]),
        (Holder(), [1]),
        (np.arange(24).reshape(2, 3, 4), [1]),
        (np.array([([3, 1],)], dtype=[("{v}", "i4", 2)]), [0, 0]),
    ],
)
def test_code_of_a_table_inside_runs_and_gives_that_table(value, path):
    browsed = Browsed(ValueSource(value, code="value"))
    view = {"sort": [{"column": 0, "descending": True}]}
    names: dict[str, Any] = {"value": value}
    exec(browsed.answer({"ask": "code", "at": path, "view": view})["code"], names)
    shown = browsed.answer({"ask": "page", "at": path, "view": view, "columns": [0]})["cells"][0]
    assert [str(one) for one in names["view"].iloc[:, 0]] == shown
