from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from dpnb.results.segments import LONGEST_BYTES, encode_segment

NAMES = st.one_of(
    st.text(max_size=200),
    st.text("aAbB./\\~ -_\u0301é가\u0131\u0130\u017fßcon", max_size=12),
    st.sampled_from(["con", "CON", "nul.txt", "..", "", ".", "a/b", "store.json"]),
)


@given(st.lists(NAMES, unique=True, max_size=12))
def test_different_names_never_share_a_segment_even_where_case_and_normal_form_do_not_count(names):
    segments = {unicodedata.normalize("NFC", encode_segment(name).casefold()) for name in names}
    assert len(segments) == len(names)


@given(NAMES)
def test_a_name_differs_from_its_own_variants(name):
    variants = {
        name,
        name.upper(),
        name.lower(),
        name.casefold(),
        *(unicodedata.normalize(f, name) for f in ("NFC", "NFD")),
    }
    segments = {unicodedata.normalize("NFC", encode_segment(variant).upper().casefold()) for variant in variants}
    assert len(segments) == len(variants)


@given(NAMES)
def test_every_segment_is_a_safe_file_name(name):
    segment = encode_segment(name)
    assert 0 < len(segment.encode()) <= LONGEST_BYTES
    assert segment[0] not in ". "
    assert segment[-1] not in ". "
    assert not set(segment) & set('/\\\0:*?"<>|\n')
