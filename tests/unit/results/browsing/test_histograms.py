from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dpnb.results.browsing import Filter, View, histograms
from tests.unit.results.browsing.frames import ROWS, every_kind, pager_of, place

FRAME = every_kind()
MEASURED = ["integer", "wide", "unsigned", "number", "single", "when", "plain time", "took", "nullable"]


def spread(frame, column=0):
    return pager_of(frame).histogram(column)


@pytest.mark.parametrize("name", FRAME.columns)
def test_bars_missing_values_and_others_are_all_the_rows(name):
    told = spread(FRAME, place(name))
    assert sum(bar["count"] for bar in told["bars"]) + told["missing"] + told["others"] == ROWS
    assert told["missing"] == FRAME[name].isna().sum()
    assert not told["is_sample"]


@pytest.mark.parametrize("name", MEASURED)
def test_a_bar_names_a_range_that_the_filter_finds_again(name):
    pager, column = pager_of(FRAME), place(name)
    for bar in pager.histogram(column)["bars"]:
        within = Filter(column=column, operator="between", low=bar["low"], high=bar["high"])
        passes = pager.page(0, 0, view=View(filters=(within,)))["total"]
        assert passes >= bar["count"]
        assert name in {"number", "single"} or passes == bar["count"], "only ranges of fractions share an edge"


@pytest.mark.parametrize("name", ["boolean", "maybe", "category", "지연"])
def test_a_bar_names_a_value_that_the_filter_finds_again(name):
    pager, column = pager_of(FRAME), place(name)
    for bar in pager.histogram(column)["bars"]:
        equal = Filter(column=column, operator="equals", value=bar["low"])
        assert pager.page(0, 0, view=View(filters=(equal,)))["total"] == bar["count"]


def test_infinite_values_have_no_bar():
    assert spread(FRAME, place("number"))["others"] == 2


def test_one_value_is_one_bar():
    assert [bar["count"] for bar in spread(pd.DataFrame({"a": [7, 7]}))["bars"]] == [2]
    assert [bar["count"] for bar in spread(pd.DataFrame({"a": [7.5, 7.5]}))["bars"]] == [2]


def test_the_widest_numbers_do_not_overflow():
    told = spread(pd.DataFrame({"a": [-1.7e308, 1.7e308, 0.0]}))
    assert sum(bar["count"] for bar in told["bars"]) == 3
    told = spread(pd.DataFrame({"a": np.array([-(1 << 63), (1 << 63) - 1])}))
    assert sum(bar["count"] for bar in told["bars"]) == 2


@pytest.mark.parametrize("frame", [FRAME.iloc[:0], FRAME.iloc[:0].astype(object)], ids=["typed", "objects"])
def test_no_rows_have_no_bars(frame):
    assert all(not spread(frame, column)["bars"] for column in range(frame.shape[1]))


def test_long_columns_of_texts_are_told_of_by_a_sample(monkeypatch):
    monkeypatch.setattr(histograms, "_SAMPLED_ROWS", 128)
    told = spread(pd.DataFrame({"a": pd.array(["x", "y"] * 500, dtype="str")}))
    assert told["is_sample"]
    assert told["rows"] == 128
    assert {bar["low"]: bar["count"] for bar in told["bars"]} == {"x": 64, "y": 64}
