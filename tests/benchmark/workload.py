"""What the tasks of the benchmarks do. It stands apart, so that the peers' workers import nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

ROWS = 5_000_000
COLUMNS = 10


def noop(*_: object) -> None: ...


def first() -> int:
    return 0


def one_more(number: int) -> int:
    return number + 1


def greatest(*numbers: int, **named: int) -> int:
    return max(*numbers, *named.values())


def make_frame() -> pd.DataFrame:
    """Make 400 MB of random floats."""
    import numpy as np
    import pandas as pd

    chance = np.random.default_rng(1)
    return pd.DataFrame({f"column {n}": chance.random(ROWS) for n in range(COLUMNS)})


def doubled(frame: pd.DataFrame) -> pd.DataFrame:
    return frame * 2


def mean(frame: pd.DataFrame) -> float:
    return float(frame.mean().mean())
