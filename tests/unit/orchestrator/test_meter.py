"""What an attempt has read and written is counted from one asking to the next."""

from __future__ import annotations

import subprocess

from dpnb.orchestrator.worker.meter import ByteCounter, Meter


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
    _, written = Meter().take_bytes()
    assert written is not None
    assert written < 100_000
