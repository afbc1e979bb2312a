from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dpnb.results.browsing.cells import cell_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "1"),
        (np.int8(-1), "-1"),
        (True, "True"),
        (np.True_, "True"),
        (0.1 + 0.2, "0.3"),
        (np.float32(0.1), "0.1"),
        (1e20, "1e+20"),
        (12345678.25, "12345678.25"),
        (float("inf"), "inf"),
        ("<b>한글</b>\n", "<b>한글</b>\n"),
        ("", ""),
        (pd.Timestamp("2013-01-01", tz="Asia/Seoul"), "2013-01-01 00:00:00+09:00"),
        (pd.Timedelta("90min"), "0 days 01:30:00"),
        ([1, 2], "[1, 2]"),
        (b"\x00", "b'\\x00'"),
        (2 + 1j, "(2+1j)"),
        (None, None),
        (float("nan"), None),
        (pd.NaT, None),
        (pd.NA, None),
        (np.datetime64("NaT", "s"), None),
    ],
)
def test_a_cell_is_a_short_text_and_nothing_where_it_is_missing(value, text):
    assert cell_text(value) == text


def test_a_long_text_is_cut():
    assert cell_text("x" * 10**6) == "x" * 199 + "…"
