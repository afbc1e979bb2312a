from __future__ import annotations

from itertools import cycle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dpnb.events.adapters.queue_wire import FrameReader, Kind, is_proof, pieces, proof

PAYLOADS = st.one_of(
    st.binary(max_size=50), st.sampled_from([0, 1, 32_767, 32_768, 65_527, 65_536, 200_000]).map(bytes)
)


SPLITS = st.lists(st.sampled_from([1, 9, 10, 4_096]), max_size=20)


@given(st.lists(st.tuples(st.sampled_from(list(Kind)), PAYLOADS), max_size=6), SPLITS)
def test_frames_come_out_however_their_bytes_were_split(frames, splits):
    stream = b"".join(bytes(piece) for kind, payload in frames for piece in pieces(kind, payload))
    reader, found, at = FrameReader(), [], 0
    counts = cycle([*splits, 30_000])
    while at < len(stream):
        space = reader.space()
        count = min(len(space), len(stream) - at, next(counts))
        space[:count] = stream[at : at + count]
        space.release()
        found += reader.advance(count)
        at += count
    assert [(kind, bytes(payload)) for kind, payload in found] == frames


def test_a_frame_longer_than_is_allowed_is_refused_by_its_header():
    reader = FrameReader()
    header = bytes(pieces(Kind.HELLO, bytes(33))[0])[:9]
    reader.space()[:9] = header
    with pytest.raises(ConnectionAbortedError):
        reader.advance(9, longest=32)


def test_a_proof_is_of_one_side_one_secret_and_these_nonces():
    given = proof(b"secret", b"queue", [b"one", b"two"])
    assert is_proof(given, b"secret", b"queue", [b"one", b"two"])
    assert not is_proof(given, b"secret", b"user", [b"one", b"two"])
    assert not is_proof(given, b"other", b"queue", [b"one", b"two"])
    assert not is_proof(given, b"secret", b"queue", [b"two", b"one"])
    assert not is_proof(b"", b"secret", b"queue", [b"one", b"two"])
