from __future__ import annotations

import pytest

from dpnb.cli.wording import duration, number, plural, size


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (0, "<1 ms"),
        (0.0126, "13 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1.0 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min 00 s"),
        (3599.7, "1 h 00 min"),
        (90_000, "25 h 00 min"),
    ],
)
def test_duration_never_shows_a_unit_that_is_full(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(None, ""), (0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (10**9, "1.0 GB"), (10**19, "10000.0 PB")],
)
def test_size_is_decimal(count, text):
    assert size(count) == text


def test_count_and_noun_agree():
    assert [plural(count, "task") for count in (0, 1, 2, 1200)] == ["0 tasks", "1 task", "2 tasks", "1,200 tasks"]


def test_number_has_its_thousands_apart():
    assert number(336776) == "336,776"
