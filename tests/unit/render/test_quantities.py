from __future__ import annotations

import pytest

from dpnb.render.quantities import duration, number, size


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (0, "0.0 ms"),
        (0.0004, "0.4 ms"),
        (0.00994, "9.9 ms"),
        (0.00996, "10 ms"),
        (0.0126, "13 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1.0 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min 00 s"),
        (3599.7, "1 h 00 min"),
        (86_399, "23 h 59 min"),
        (90_000, "1 d 01 h"),
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


def test_number_has_its_thousands_apart():
    assert [number(count) for count in (None, 7, 336_776)] == ["", "7", "336,776"]
