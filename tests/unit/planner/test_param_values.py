from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Any, Literal, ParamSpec

import numpy as np
import pandas as pd
import pytest

from dpnb.planner.fit import Fit
from dpnb.planner.param_values import fits_hint

type Years = list[int]
Params = ParamSpec("Params")


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        (2013, int),
        (2013, float),
        (2013, int | str),
        (np.int64(2013), int),
        (np.float64(1.5), float),
        (np.str_("a"), str),
        (pd.Timestamp("2013-01-01"), dt.datetime),
        (None, int | None),
        ([1, 2], Years),
        ([1, 2], Sequence[int]),
        ({"a": 1}, dict[str, float]),
        ("a", Literal["a", "b"]),
        (3, Annotated[int, "years"]),
        (object(), Any),
        (pd.DataFrame(), pd.DataFrame),
    ],
)
def test_these_fit(value, hint):
    assert fits_hint(value, hint) is Fit.COMPATIBLE


@pytest.mark.parametrize(
    ("value", "hint"),
    [("2013", int), (1.5, int), (None, int), (["1"], Years), ("c", Literal["a", "b"]), ([], pd.DataFrame)],
)
def test_these_do_not(value, hint):
    assert fits_hint(value, hint) is Fit.INCOMPATIBLE


def test_what_cannot_be_told_is_not_held_against_it():
    assert fits_hint(1, 3) is Fit.UNKNOWN


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ([1] * 50 + ["열"], list[int]),
        ([1] * 50 + ["열"], Years | None),
        ({"가": [1] * 50 + ["x"]}, dict[str, list[int]]),
        ({1: 1} | {f"{n}": n for n in range(50)}, dict[str, int]),
        ((*range(50), "x"), tuple[int, ...]),
        ((1, "x"), tuple[int, int]),
        ({*range(50), "x"}, set[int]),
    ],
)
def test_one_item_that_does_not_fit_is_found_each_time(value, hint):
    assert {fits_hint(value, hint) for _ in range(20)} == {Fit.INCOMPATIBLE}


def test_items_of_every_kind_of_container_fit():
    assert fits_hint({"a": ([1], {2.0})}, dict[str, tuple[Years, set[float]]]) is Fit.COMPATIBLE
    assert fits_hint((1, 2, 3), tuple[int, ...]) is Fit.COMPATIBLE
    assert fits_hint((), tuple[()]) is Fit.COMPATIBLE
    assert fits_hint("글", Sequence[str]) is Fit.COMPATIBLE
