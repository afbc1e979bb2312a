"""The next fires of anything, as a DataFrame."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from dpnb.scheduler.zones import zone_named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    import pandas as pd

    type NextFire = Callable[[datetime], datetime | None]


def fires_after(next_fire: NextFire, after: datetime, count: int) -> list[datetime]:
    """Return the first `count` fires later than `after`; fewer where there are no more."""

    def walk() -> Iterator[datetime]:
        due = next_fire(after)
        while due is not None:
            yield due
            due = next_fire(due)

    return list(islice(walk(), count))


def fire_frame(fires: Sequence[datetime], zone: str, notes: Sequence[str]) -> pd.DataFrame:
    """Return a row per fire: ``local`` in `zone`, ``utc`` and ``note``."""
    import pandas as pd

    utc = pd.DatetimeIndex(list(fires), dtype="datetime64[us, UTC]")
    columns = {"local": utc.tz_convert(zone_named(zone)), "utc": utc, "note": pd.Series(notes, dtype="str")}
    return pd.DataFrame(columns)
