from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd

from dpnb.scheduler import create_cron_trigger, create_interval_trigger
from dpnb.scheduler.cron import preview


def notes(expression: str, zone: str, after: datetime, count: int) -> list[str]:
    return preview(expression, zone, count, after=after).note.to_list()


def test_a_preview_has_a_row_per_fire_in_local_time_and_in_utc():
    frame = preview("0 9 * * *", "Asia/Seoul", after=datetime(2026, 5, 1, tzinfo=UTC))
    assert len(frame) == 10
    assert frame.dtypes.astype(str).to_dict() == {
        "local": "datetime64[us, Asia/Seoul]",
        "utc": "datetime64[us, UTC]",
        "note": "str",
    }
    assert frame.local[0] == pd.Timestamp("2026-05-02 09:00", tz="Asia/Seoul")
    assert (frame.local == frame.utc).all()
    assert (frame.note == "").all()


def test_a_preview_without_fires_keeps_its_columns_and_types():
    trigger = create_cron_trigger(cron_expression="@daily", zone="Asia/Seoul", end="2020-01-01")
    frame = trigger.preview(after=datetime(2026, 5, 1, tzinfo=UTC))
    assert frame.empty
    assert [str(kind) for kind in frame.dtypes] == ["datetime64[us, Asia/Seoul]", "datetime64[us, UTC]", "str"]


def test_fires_after_a_gap_are_noted():
    assert notes("30 2 * * *", "America/New_York", datetime(2026, 3, 7, tzinfo=UTC), 3) == [
        "",
        "the clocks skip 02:00–03:00: fires right after",
        "",
    ]
    assert notes("0 9 * * *", "America/New_York", datetime(2026, 3, 7, tzinfo=UTC), 3) == [
        "",
        "the clocks went forward by 1 h",
        "",
    ]


def test_times_that_come_twice_are_noted():
    eve = datetime(2026, 10, 31, 12, tzinfo=UTC)
    assert notes("30 1 * * *", "America/New_York", eve, 2) == [
        "01:30 comes twice: fires the first time",
        "the clocks went back by 1 h",
    ]
    assert notes("30 */1 * * *", "America/New_York", datetime(2026, 11, 1, 4, 59, tzinfo=UTC), 3) == [
        "the first 01:30 of two",
        "the second 01:30 of two",
        "",
    ]
    assert notes("0 9 * * *", "Australia/Lord_Howe", datetime(2026, 4, 4, tzinfo=UTC), 1) == [
        "the clocks went back by 30 min"
    ]


def test_triggers_without_a_zone_are_previewed_in_utc():
    frame = create_interval_trigger(every=90).preview(2, after=datetime(2026, 5, 1, tzinfo=UTC))
    assert frame.utc.to_list() == [
        pd.Timestamp("2026-05-01 00:01:30", tz="UTC"),
        pd.Timestamp("2026-05-01 00:03", tz="UTC"),
    ]


def test_a_trigger_shows_its_words_its_fires_and_what_the_clocks_do_to_them():
    from dpnb.scheduler.triggers.display import trigger_bundle

    trigger = create_cron_trigger(cron_expression="30 2 * * *", zone="Europe/Berlin")
    bundle = trigger_bundle(trigger, now=datetime(2026, 3, 27, 12, tzinfo=UTC))
    assert bundle["text/plain"].splitlines() == [
        "Cron trigger: 30 2 * * *",
        "",
        "ℹ At 02:30, every day (Europe/Berlin)",
        "",
        "next fires                     UTC                  note",
        "─────────────────────────────  ───────────────────  ──────────────────────────────────────────────",
        "Sat 2026-03-28 02:30:00 +0100  2026-03-28 01:30:00",
        "Sun 2026-03-29 03:00:00 +0200  2026-03-29 01:00:00  the clocks skip 02:00–03:00: fires right after",
        "Mon 2026-03-30 02:30:00 +0200  2026-03-30 00:30:00",
        "Tue 2026-03-31 02:30:00 +0200  2026-03-31 00:30:00",
        "Wed 2026-04-01 02:30:00 +0200  2026-04-01 00:30:00",
    ]
    assert "<table" in bundle["text/html"]
    assert "At 02:30, every day" in trigger._repr_mimebundle_()["text/html"]


def test_a_trigger_that_fires_no_more_says_so():
    past = create_cron_trigger(cron_expression="@daily", zone="UTC", end="2020-01-01")
    assert "It fires no more." in past._repr_mimebundle_()["text/plain"]
