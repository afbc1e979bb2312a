"""The next fires of a cron expression, as a table."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dpnb.scheduler.cron.clock_notes import clock_note
from dpnb.scheduler.cron.fire_times import next_fire
from dpnb.scheduler.fire_frames import fire_frame, fires_after

if TYPE_CHECKING:
    import pandas as pd


def preview(expression: str, zone: str, count: int = 10, *, after: datetime | None = None) -> pd.DataFrame:
    """Return the next fires of a cron expression.

    Parameters
    ----------
    expression, zone
        As for `next_fire`.
    count
        How many.
    after
        From when on; now, where it is not given.

    Returns
    -------
    pandas.DataFrame
        One row per fire; columns ``local`` (a datetime in `zone`), ``utc`` and ``note``, which says what a change of
        the clocks does to it.

    Examples
    --------
    >>> preview("30 2 * * *", "Europe/Berlin", 1, after=datetime(2027, 3, 27, 12, tzinfo=UTC)).note[0]
    'the clocks skip 02:00–03:00: fires right after'
    """
    start = after or datetime.now(UTC)
    fires = fires_after(lambda instant: next_fire(expression, zone, instant), start, count)
    befores = [start, *fires]
    return fire_frame(fires, zone, [clock_note(expression, zone, *pair) for pair in zip(fires, befores, strict=False)])
