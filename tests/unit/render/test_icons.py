from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from dpnb.render.icons import ICONS, kind_of, symbol
from dpnb.render.markup import class_word
from dpnb.render.palette import STATES


def test_every_state_of_the_palette_has_an_icon_of_its_own_shape() -> None:
    assert set(ICONS) == set(STATES)
    assert len({(icon.strokes, icon.fills, icon.hollow) for icon in ICONS.values()}) == len(STATES)


@pytest.mark.parametrize("state", [*STATES, "warming_up", 'x"><script>', "상태"])
def test_icons_are_paths_and_discs_only(state: str) -> None:
    icon = ET.fromstring(symbol(state))
    assert icon.get("id") == f"i-{class_word(state)}"
    assert {element.tag for element in icon} <= {"circle", "path"}


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("function", ""),
        ("generator", "stream"),
        ("coroutine", "async"),
        ("async generator", "async-stream"),
        ("group", "group"),
        ("", ""),
        ('odd "kind"', "odd-kind"),
    ],
)
def test_kinds_become_words_for_classes(kind: str, word: str) -> None:
    assert kind_of(kind) == word
