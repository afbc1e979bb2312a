"""However a worker's output is cut into pieces, the log reads the same; however much it is, the log stays bounded."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dpnb.results import FileAttemptLogs

NAMES = ("run", "task", 1)
OUTPUT = st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"ab", b"\xed\x95\x9c", b"\xff", b" 50 %"]), max_size=60)


@given(OUTPUT.map(b"".join), st.lists(st.integers(1, 40), min_size=1, max_size=30))
def test_the_pieces_do_not_matter(tmp_path_factory, output, sizes):
    whole, pieces = (FileAttemptLogs(tmp_path_factory.mktemp("logs")) for _ in range(2))
    whole.append(*NAMES, output)
    start = 0
    while start < len(output):
        size = sizes[start % len(sizes)]
        pieces.append(*NAMES, output[start : start + size])
        start += size
    assert pieces.read(*NAMES) == whole.read(*NAMES)


@given(OUTPUT.map(b"".join))
def test_a_terminals_last_picture_of_each_line_is_kept(tmp_path_factory, output):
    logs = FileAttemptLogs(tmp_path_factory.mktemp("logs"))
    logs.append(*NAMES, output)
    shown = [line.rstrip("\r").rpartition("\r")[2] for line in output.decode("utf-8", "replace").split("\n")]
    assert [line.rstrip("\r") for line in logs.read(*NAMES).split("\n")] == shown


@given(st.lists(st.tuples(st.sampled_from([b"x", b"line\n", b"\rbar", b"\n"]), st.integers(1, 3_000)), max_size=12))
def test_the_size_is_bounded_and_the_end_is_kept(tmp_path_factory, bursts):
    base = tmp_path_factory.mktemp("logs")
    logs = FileAttemptLogs(base, limit_bytes=2_000)
    for text, times in bursts:
        logs.append(*NAMES, text * times)
    if bursts:
        stored = (base / "run" / "task" / "attempt_1.log").read_bytes()
        assert len(stored) <= 2_100
        assert stored.endswith(bursts[-1][0].lstrip(b"\r"))
