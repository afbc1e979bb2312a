"""Fingerprints of tasks whose code no process has seen, and of unchanged ones, as each plan takes them.

The goals: 1 ms for a new task of ten lines with a helper; four times as long as Python takes to parse it for a long one
with five helpers; 0.03 ms for each small task of a plan in which nothing has changed.
"""

from __future__ import annotations

import ast
import itertools
import linecache
from typing import Any

import pytest

from dpnb.registry.fingerprint import FingerprintSession, fingerprint

ROUNDS = 100

TINY = """
def task(rows: list[int]) -> int:
    return sum(rows)
"""

SHORT = """
import pandas as pd

LIMIT = 600
NAMES = {"arr_delay": "arrival", "dep_delay": "departure"}

def renamed(frame):
    return frame.rename(columns=NAMES).dropna()

def task(flights: pd.DataFrame, year: int = 2013) -> pd.DataFrame:
    \"\"\"Tell which days are bad.\"\"\"
    frame = renamed(flights)
    frame = frame[frame["year"] == year]  # one year only
    late = frame[frame["arrival"].between(0, LIMIT)]
    if late.empty:
        raise ValueError(f"no flight of {year} was late")
    days = late.groupby(["month", "day"]).agg(mean=("arrival", "mean"), flights=("arrival", "size"))
    days["share"] = days["flights"] / len(frame)
    return days.sort_values("mean", ascending=False).head(10)
"""

HELPERS = """
from dataclasses import dataclass, field
import numpy as np
import pandas as pd

COLUMNS = {"arr_delay": "arrival", "dep_delay": "departure", "tailnum": "plane", "carrier": "airline"}
LIMITS = {"low": -60, "high": 600, "quantiles": [0.01, 0.99], "names": ("EWR", "JFK", "LGA")}

@dataclass(frozen=True)
class Settings:
    low: float = -60.0
    high: float = 600.0
    airports: tuple[str, ...] = ("EWR", "JFK", "LGA")
    names: dict[str, str] = field(default_factory=dict)

    def within(self, value: float) -> bool:
        return self.low <= value <= self.high

SETTINGS = Settings()

def renamed(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.rename(columns=COLUMNS).loc[lambda rows: rows["origin"].isin(LIMITS["names"])]

def dated(frame):
    frame = frame.copy()
    frame["date"] = pd.to_datetime(frame[["year", "month", "day"]])
    frame["hour"] = frame["sched_dep_time"] // 100
    return frame

def clipped(series):
    low, high = series.quantile(LIMITS["quantiles"])
    return series.clip(max(low, LIMITS["low"]), min(high, LIMITS["high"]))

def score(rows, weights=(0.5, 0.3, 0.2)):
    total = sum(weight * rows[name].mean() for weight, name in zip(weights, COLUMNS.values()))
    return np.log1p(abs(total)) if SETTINGS.within(total) else float("nan")

def summary(frame, by):
    grouped = dated(frame).groupby(by, observed=True)
    return grouped.agg(mean=("arrival", "mean"), worst=("arrival", "max"), flights=("plane", "count"))
"""

LONG = """
CARRIERS = ["UA", "AA", "B6", "DL", "EV", "MQ", "WN", "9E", "FL", "AS"]

def task(flights: pd.DataFrame, airlines: pd.DataFrame, year: int = 2013, top: int = 10) -> pd.DataFrame:
    \"\"\"Tell which airlines are late.\"\"\"
    frame = renamed(flights)
    frame = dated(frame[frame["year"] == year])  # one year only
    missing = frame["arrival"].isna() | frame["departure"].isna()
    if missing.mean() > 0.5:
        raise ValueError(f"{missing.mean():.0%} of the flights have no delay")
    frame = frame.loc[~missing]
    frame["arrival"] = clipped(frame["arrival"])
    frame["departure"] = clipped(frame["departure"])
    parts = []
    for carrier, rows in frame.groupby("airline", observed=True):
        if carrier not in CARRIERS or len(rows) < 100:
            continue
        worst = rows.nlargest(top, "arrival")
        parts.append(
            {
                "airline": carrier,
                "score": score(rows),
                "worst": worst["arrival"].mean(),
                "share": len(rows) / len(frame),
                "weekend": (rows["date"].dt.dayofweek >= 5).mean(),
                "night": rows["hour"].between(0, 5).sum(),
            }
        )
    result = pd.DataFrame(parts).merge(airlines, left_on="airline", right_on="carrier", how="left")
    result = result.sort_values(["score", "worst"], ascending=[False, True]).reset_index(drop=True)
    joined = result.join(summary(frame, "airline"), on="airline")
    joined["rank"] = np.arange(1, len(joined) + 1)
    return joined.head(top) if not joined.empty else joined
"""

_cells = itertools.count()


def run_cell(text: str, names: dict[str, Any]) -> None:
    """Run a cell as a kernel does; each is another, as if it had been edited."""
    text = f"{text}\n# {next(_cells)}"
    name = f"/tmp/ipykernel_1/{next(_cells)}.py"
    linecache.cache[name] = len(text), None, text.splitlines(keepends=True), name
    exec(compile(text, name, "exec", dont_inherit=True), names)


def notebook() -> dict[str, Any]:
    return {"__name__": "__main__"}


def new_task(*cells: str) -> Any:
    names = notebook()
    for text in cells:
        run_cell(text, names)
    return names["task"]


@pytest.mark.benchmark(group="fingerprint a new task of 10 lines, with a helper and constants")
def test_new(benchmark):
    fingerprint(new_task(SHORT))
    benchmark.extra_info["goal_s"] = 0.001
    benchmark.pedantic(fingerprint, setup=lambda: ((new_task(SHORT),), {}), rounds=ROUNDS)


@pytest.mark.benchmark(group="fingerprint a new task of 35 lines, with 5 helpers and a class, beside parsing them")
def test_new_and_long(benchmark, in_turns):
    tasks = iter([new_task(HELPERS, LONG) for _ in range(ROUNDS + 1)])
    benchmark.extra_info["goal_ratio"] = 4
    in_turns(lambda: fingerprint(next(tasks)), {"ast.parse": lambda: ast.parse(HELPERS + LONG)}, rounds=ROUNDS)


@pytest.mark.benchmark(group="fingerprint 1,000 unchanged small tasks, and write them")
def test_unchanged(benchmark):
    tasks = []
    for _ in range(1_000):
        names = notebook()
        run_cell(TINY, names)
        tasks.append(names["task"])

    def plan() -> None:
        session = FingerprintSession()
        for task in tasks:
            session.fingerprint(task).to_json()

    plan()
    benchmark.extra_info["goal_s"] = 0.030
    benchmark.pedantic(plan, rounds=20)
