from __future__ import annotations

import pytest

from dpnb.render.text import (
    ELLIPSIS,
    cells,
    cut_to_points,
    one_line,
    pad,
    points,
    shorten_to_cells,
    shorten_to_points,
    wrap_to_points,
)


@pytest.mark.parametrize(
    ("text", "columns"),
    [("abc", 3), ("한글", 4), ("e\u0301", 1), ("\uff37\uff29", 4), ("a\u200db", 2), ("…", 1), ("", 0)],
)
def test_columns_follow_east_asian_width(text: str, columns: int) -> None:
    assert cells(text) == columns


@pytest.mark.parametrize(("align", "padded"), [("l", "한글   "), ("r", "   한글"), ("c", " 한글  ")])
def test_padding_counts_columns_not_characters(align: str, padded: str) -> None:
    assert pad("한글", 7, align) == padded


def test_too_long_text_is_not_padded() -> None:
    assert pad("한글", 3) == "한글"


def test_wide_characters_measure_more_than_narrow_ones() -> None:
    assert points("ill", 13) < points("abc", 13) < points("WWW", 13)
    assert points("한", 13) == pytest.approx(13)


def test_short_text_stays_whole() -> None:
    assert shorten_to_points("flights", 200, 13) == "flights"
    assert shorten_to_cells("flights", 7) == "flights"


@pytest.mark.parametrize("width", [0, 1, 2, 9, 20, 30])
@pytest.mark.parametrize(
    "text", ["flights_with_weather_and_planes_by_month", "항공사별_지연_통계_및_날씨별_지연_통계", "x" * 10_000]
)
def test_shortened_text_fits_and_keeps_both_ends(text: str, width: int) -> None:
    shortened = shorten_to_cells(text, width)
    assert cells(shortened) <= max(width, 1)  # the ellipsis is all that is left of it
    assert ELLIPSIS in shortened
    if width >= 9:
        assert shortened[0] == text[0]
        assert shortened[-1] == text[-1]


def test_shortening_keeps_as_much_as_fits() -> None:
    assert shorten_to_cells("abcdefghij", 9) == "abcde…hij"


@pytest.mark.parametrize(
    ("room", "kept"),
    [
        ("12.3 s · 1,200,000 rows", "12.3 s · 1,200,000 rows"),
        ("12.3 s · 1,200,000 ro", "12.3 s · 1,200,000…"),
        ("12.3 s · 1,200", "12.3 s ·…"),
    ],
)
def test_details_are_cut_between_words_never_within_a_number(room: str, kept: str) -> None:
    assert cut_to_points("12.3 s · 1,200,000 rows", points(room, 11), 11) == kept


def test_long_names_break_after_a_separator() -> None:
    room = points("flights_with_", 13) + 1
    assert wrap_to_points("flights_with_weather", room, 13) == ("flights_with_", "weather")


def test_names_without_separator_break_where_they_must() -> None:
    first, second = wrap_to_points("abcdefghijkl", points("abcdefgh", 13), 13)
    assert first + second == "abcdefghijkl"
    assert first == "abcdefgh"


def test_second_line_is_shortened() -> None:
    first, second = wrap_to_points("alpha_" + "beta" * 40, points("alpha_beta", 13), 13)
    assert ELLIPSIS in second
    assert points(second, 13) <= points("alpha_beta", 13)
    assert first.startswith("alpha_")


def test_line_breaks_and_control_characters_become_spaces() -> None:
    assert one_line("a\n\tb\x00c\x1b[31m  d\ud800") == "a b c [31m d"
