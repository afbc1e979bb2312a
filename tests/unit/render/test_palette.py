from __future__ import annotations

import pytest

from dpnb.render.palette import (
    CHANGES,
    EDGE,
    INK,
    MUTED,
    NO_STATE,
    NOTES,
    STATES,
    URGENCY,
    Look,
    count_states,
    look_of,
    tell_counts,
    urgency,
)

LOOKS = [*STATES.values(), *CHANGES.values(), NO_STATE, look_of("warming_up")]


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_itself_is_right() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.word or "no state")
def test_text_on_cards_meets_wcag_aa(look: Look) -> None:
    assert min(contrast(ink, look.fill) for ink in (INK, MUTED, look.ink)) >= 4.5


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.word or "no state")
def test_borders_and_icons_stand_out_from_card_and_from_white(look: Look) -> None:
    assert contrast(look.accent, look.fill) >= 3
    assert contrast(look.accent, "#ffffff") >= 3


@pytest.mark.parametrize("note", NOTES.values(), ids=NOTES.keys())
def test_text_of_notes_meets_wcag_aa(note: Look) -> None:
    assert contrast(note.ink, note.fill) >= 4.5


@pytest.mark.parametrize("page", ["#ffffff", "#111111", "#1e1e1e", "#000000"])
def test_edges_show_on_light_and_dark_pages(page: str) -> None:
    assert contrast(EDGE, page) >= 3


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.word or "no state")
def test_cards_show_on_dark_pages(look: Look) -> None:
    assert contrast(look.fill, "#1e1e1e") >= 7


def test_no_two_states_share_word_or_glyph() -> None:
    assert len({look.word for look in STATES.values()}) == len(STATES)
    assert len({look.glyph for look in STATES.values()}) == len(STATES)


def test_no_two_changes_share_a_word() -> None:
    assert len({look.word for look in CHANGES.values()} - {look.word for look in STATES.values()}) == len(CHANGES)


def test_unknown_states_keep_their_word() -> None:
    assert look_of("warming_up").word == "warming up"


def test_every_state_has_its_urgency() -> None:
    assert sorted(URGENCY) == sorted(STATES)
    assert urgency("failed") < urgency("succeeded") < urgency("warming_up")


def test_counts_come_in_the_palettes_order_and_leave_out_the_stateless() -> None:
    counts = count_states(["failed", "", "zzz", "succeeded", "failed"])
    assert counts == (("succeeded", 1), ("failed", 2), ("zzz", 1))
    assert tell_counts(counts) == "1 succeeded, 2 failed, 1 zzz"
