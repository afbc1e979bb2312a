from __future__ import annotations

import unicodedata

import pytest

from dpnb.results.segments import LONGEST_BYTES, encode_segment


@pytest.mark.parametrize(
    "name",
    [
        "run_20250115_001",
        "extract_data",
        "result_001",
        "chunk_00000",
        "v1.2",
        "일별_집계",
        "항공편 지연",
        "a (2)",
        "ñandú",
        "9",
        "_x",
    ],
)
def test_ordinary_names_stay_as_they_are(name):
    assert encode_segment(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        ".hidden",
        "a/b",
        "a\\b",
        "nul\0byte",
        "line\nbreak",
        "CON",
        "con",
        "aux.txt",
        "com1",
        "lpt³",
        "trailing.",
        "trailing ",
        " leading",
        "Upper",
        "ß",
        "e\u0301",
        "x" * 300,
        "한" * 100,
        "a:b",
        "a*?",
        "🙂",
        "\ud800",
        "ends~withhash",
        "store.json",
        "notebook.ipynb",
        "notebook.html",
    ],
)
def test_awkward_names_become_safe_segments(name):
    segment = encode_segment(name)
    assert segment != name
    assert len(segment.encode()) <= LONGEST_BYTES
    assert segment[0] not in ". "
    assert segment[-1] not in ". "
    assert not set(segment) & set('/\\\0\n:*?"<>|')
    assert unicodedata.normalize("NFC", segment) == segment


def test_twins_that_file_systems_confuse_get_segments_of_their_own():
    twins = [
        "foo",
        "Foo",
        "FOO",
        "ﬁle",
        "file",
        "é",
        "e\u0301",
        "가",
        "\u1100\u1161",
        "\u0131",
        "i",
        "a/b",
        "a-b",
        "a\\b",
    ]
    segments = [encode_segment(name) for name in twins]
    assert len({unicodedata.normalize("NFC", segment.casefold()) for segment in segments}) == len(twins)


def test_a_segment_is_never_another_names_segment():
    segment = encode_segment("a/b")
    assert encode_segment(segment) != segment


def test_the_slug_keeps_what_can_be_read():
    assert encode_segment("Load Data").startswith("Load Data~")
    assert encode_segment("판매/일별").startswith("판매-일별~")


def test_every_segment_can_be_made_a_folder(tmp_path):
    for name in ("..", "a/b", "nul\0byte", "한" * 100, "🙂", "\ud800", "", "trailing."):
        (tmp_path / encode_segment(name)).mkdir()
