"""What an attempt has read and written is counted from one asking to the next."""

from __future__ import annotations

import os
import subprocess
from multiprocessing import get_context
from pathlib import Path

from dpnb.orchestrator.worker.meter import ByteCounter, Meter, _io_file


def test_bytes_are_those_since_the_last_time_children_included(tmp_path):
    counter = ByteCounter()
    (tmp_path / "one").write_bytes(b"x" * 1_000_000)
    read, written = counter.take()
    assert read is not None
    assert written is not None
    assert read < 100_000
    assert 1_000_000 <= written < 1_100_000
    subprocess.run(["cat", str(tmp_path / "one")], stdout=subprocess.DEVNULL, check=True)
    read, written = counter.take()
    assert read is not None
    assert 1_000_000 <= read < 1_500_000


def test_a_meter_with_a_counter_of_its_own_starts_at_nothing(tmp_path):
    (tmp_path / "before").write_bytes(b"x" * 1_000_000)
    written = Meter().read().written_bytes
    assert written is not None
    assert written < 100_000


def test_bytes_are_counted_on_where_a_task_has_taken_the_descriptor_for_another_file(tmp_path):
    counter = ByteCounter()
    kept = next(
        int(link.name) for link in Path("/proc/self/fd").iterdir() if _target(link) == f"/proc/{os.getpid()}/io"
    )
    other = os.open(tmp_path / "other", os.O_RDWR | os.O_CREAT)
    os.dup2(other, kept)
    (tmp_path / "one").write_bytes(b"x" * 1_000_000)
    _, written = counter.take()
    os.close(kept)
    os.close(other)
    assert written is not None
    assert 1_000_000 <= written < 1_100_000


def test_a_fork_counts_its_own_bytes(tmp_path):
    (tmp_path / "before").write_bytes(b"x" * 1_000_000)
    ByteCounter()
    with get_context("fork").Pool(1) as pool:
        assert pool.apply(_written_in_all) < 1_000_000


def _written_in_all() -> int:
    return int(_io_file.read().split()[3])


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except FileNotFoundError:  # of the listing itself
        return ""
