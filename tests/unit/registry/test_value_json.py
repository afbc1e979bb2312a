from __future__ import annotations

import datetime as dt
import json
import math
import uuid
from decimal import Decimal
from pathlib import Path

import pytest

from dpnb.registry.value_json import Unreadable, from_jsonable, is_readable, to_jsonable


def _there_and_back(value):
    return from_jsonable(json.loads(json.dumps(to_jsonable(value), allow_nan=False)))


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        3,
        2**80,
        1.5,
        math.inf,
        -0.0,
        "한글",
        [1, [2, "three"]],
        {"a": {"b": [1, None]}},
        (1, (2, [3])),
        {1, 2},
        frozenset({"a"}),
        {1: "one", (2, 3): [4]},
        {"$dpnb": "not a mark"},
        b"\x00\xff",
        1 + 2j,
        dt.date(2013, 1, 31),
        dt.datetime(2013, 1, 31, 5, 15, tzinfo=dt.UTC),
        dt.time(5, 15),
        dt.timedelta(days=-1, seconds=3, microseconds=7),
        Decimal("1.10"),
        uuid.UUID(int=7),
        Path("data") / "flights.csv",
    ],
    ids=repr,
)
def test_these_come_back_as_they_were(value):
    back = _there_and_back(value)
    assert back == value
    assert type(back) is type(value)
    assert is_readable(back)


def test_nan_comes_back():
    assert math.isnan(_there_and_back(math.nan))


def test_kinds_of_numbers_are_kept_apart():
    assert type(_there_and_back([True, 1, 1.0])[0]) is bool
    assert type(_there_and_back([True, 1, 1.0])[2]) is float


def test_what_cannot_be_read_back_is_kept_as_text():
    back = _there_and_back({"of": [object]})
    assert isinstance(back["of"][0], Unreadable)
    assert repr(back["of"][0]) == "<class 'object'>"
    assert not is_readable(back)


def test_a_broken_repr_is_survived():
    class Broken:
        def __repr__(self):
            raise RuntimeError

    assert repr(_there_and_back(Broken())) == "<Broken: RuntimeError>"


def test_text_is_bounded():
    class Long:
        def __repr__(self):
            return "x" * 1000

    assert len(repr(_there_and_back(Long()))) == 200
