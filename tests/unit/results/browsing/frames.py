"""Frames that hold what is hard to page: all kinds of columns, missing values, names that are no names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dpnb.results.browsing import Pager, Table, table_of

ROWS = 600


def every_kind(rows: int = ROWS) -> pd.DataFrame:
    """Return a frame with one column of each kind, each with missing values where it can have them."""
    random = np.random.default_rng(1)
    number = random.normal(size=rows).round(2)
    number[::7] = np.nan
    number[:6] = [np.inf, -np.inf, 0.0, -0.0, 1e30, -1e-30]
    words = random.choice(np.array(["ab", "aB", "", "한글", "zz", "a longer text than eight bytes"], object), rows)
    words[::11] = None
    when = pd.Series(pd.date_range("2013-01-01", periods=rows, freq="7h", tz="Asia/Seoul"))
    when = when.mask(when.index % 13 == 0)
    return pd.DataFrame(
        {
            "integer": random.integers(-5, 5, rows),
            "wide": random.integers(-(1 << 62), 1 << 62, rows),
            "unsigned": random.integers(0, 1 << 64, rows, dtype="uint64"),
            "number": number,
            "single": number.astype("float32"),
            "boolean": random.random(rows) > 0.5,
            "지연": pd.array(words, dtype="str"),
            "words": pd.array([f"https://example/{n}" for n in random.integers(0, 1 << 40, rows)], dtype="str"),
            "category": pd.Categorical(
                with_gaps(random.choice(["zz", "ab", "한글"], rows)), ["zz", "ab", "한글", "aB"]
            ),
            "when": when.sample(frac=1, random_state=1).array,
            "plain time": pd.to_datetime(random.integers(0, 10**9, rows), unit="s"),
            "took": pd.to_timedelta(random.integers(-(10**6), 10**6, rows), unit="s"),
            "nullable": pd.array(with_gaps(random.integers(0, 9, rows)), dtype="Int64"),
            "maybe": pd.array(with_gaps(random.random(rows) > 0.5), dtype="boolean"),
            "object": [{"a": n} if n % 3 else None for n in range(rows)],
        }
    )


def with_gaps(values: Any) -> list[Any]:
    """Return values as a list in which each fifth is missing."""
    return [None if row % 5 == 0 else value for row, value in enumerate(values.tolist())]


def table(value: Any) -> Table:
    """Return a value that is a table as one."""
    found = table_of(value)
    assert found is not None
    return found


def pager_of(value: Any) -> Pager:
    """Return the pager of a value, whose code calls it ``value``."""
    return Pager(table(value), "value")


def place(name: str) -> int:
    """Return the position of a column of `every_kind`."""
    return list(every_kind(20).columns).index(name)


@contextmanager
def small_parts(rows: int, ranked: int) -> Iterator[None]:
    """Have columns read in parts of so many rows, and texts ranked only where so few differ, as in a long table."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dpnb.results.browsing.reading.PART_ROWS", rows)
        patch.setattr("dpnb.results.browsing.text_ordering.MOST_RANKED", ranked)
        yield
