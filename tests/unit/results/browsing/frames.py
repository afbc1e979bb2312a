"""Frames that hold what is hard to page: all kinds of columns, missing values, names that are no names."""

from __future__ import annotations

import numpy as np
import pandas as pd

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
    when[::13] = pd.NaT
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
            "category": pd.Categorical.from_codes(random.integers(-1, 4, rows), ["zz", "ab", "한글", "aB"]),
            "when": when.sample(frac=1, random_state=1).array,
            "plain time": pd.to_datetime(random.integers(0, 10**9, rows), unit="s"),
            "took": pd.to_timedelta(random.integers(-(10**6), 10**6, rows), unit="s"),
            "nullable": pd.array(np.where(random.random(rows) < 0.2, None, random.integers(0, 9, rows)), dtype="Int64"),
            "maybe": pd.array(np.where(random.random(rows) < 0.2, None, random.random(rows) > 0.5), dtype="boolean"),
            "object": [{"a": n} if n % 3 else None for n in range(rows)],
        }
    )
