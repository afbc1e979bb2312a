from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pytest

from dpnb.results.mapped_pickle import culprit
from dpnb.results.mapped_pickle.culprit import find_culprit


class Slotted:
    __slots__ = ("fine", "lock")

    def __init__(self) -> None:
        self.fine = 1
        self.lock = threading.Lock()


@dataclass
class Holder:
    inner: Any


LOCK = threading.Lock()


@pytest.mark.parametrize(
    ("value", "way"),
    [
        (LOCK, "result"),
        ([1, (2, LOCK)], "result[1][1]"),
        ({"모델": {"lock": LOCK}}, "result['모델']['lock']"),
        (Holder(Slotted()), "result.inner.lock"),
        (pd.DataFrame({"a": [1, 2], "b": [0, LOCK]}), "result['b'].iloc[1]"),
        ({frozenset([1]): [LOCK]}, "result[frozenset({1})][0]"),
    ],
)
def test_the_way_to_the_culprit_is_told(value, way):
    found, part = find_culprit(value)
    assert found == way
    assert isinstance(part, type(LOCK))


def test_a_value_without_a_culprit_is_told_whole():
    assert find_culprit([1, 2]) == ("result", [1, 2])


def test_a_long_search_ends_with_what_it_has(monkeypatch):
    monkeypatch.setattr(culprit, "_LONGEST_S", -1.0)
    assert find_culprit([[[LOCK]]])[0] == "result"


def test_a_cycle_ends():
    cycle: list[Any] = []
    cycle.append(cycle)
    cycle.append(LOCK)
    assert find_culprit(cycle)[0] == "result[1]"
