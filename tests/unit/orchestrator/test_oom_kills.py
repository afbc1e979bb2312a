"""The out-of-memory killer's victims are told apart by counters."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from dpnb.orchestrator.pool import oom_kills
from dpnb.orchestrator.pool.oom_kills import OomKills


@pytest.fixture(params=["machine", "cgroup 2", "cgroup 1"])
def counter(request, tmp_path, monkeypatch) -> Path:
    """Give a file that the system would count in."""
    groups = tmp_path / "cgroup"
    groups.write_text("5:cpu,cpuacct:/\n4:memory:/a:b/c\n0::/unified\n")
    monkeypatch.setattr(oom_kills, "_GROUPS", groups)
    monkeypatch.setattr(oom_kills, "_MOUNT", tmp_path)
    monkeypatch.setattr(oom_kills, "_MACHINE", tmp_path / "vmstat")
    files = {
        "machine": tmp_path / "vmstat",
        "cgroup 2": tmp_path / "unified" / "memory.events",
        "cgroup 1": tmp_path / "memory" / "a:b" / "c" / "memory.oom_control",
    }
    file: Path = files[request.param]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("oom 9\noom_kill 2\noom_group_kill 7\n")
    return file


def test_a_sigkill_while_the_count_grows_is_one_and_the_next_is_not(counter):
    kills = OomKills()
    assert not kills.is_one(signal.SIGKILL)
    counter.write_text("oom_kill 3\n")
    assert kills.is_one(signal.SIGKILL)
    assert not kills.is_one(signal.SIGKILL)


def test_another_end_is_none_and_leaves_the_count_to_the_victim(counter):
    kills = OomKills()
    counter.write_text("oom_kill 3\n")
    assert not kills.is_one(signal.SIGTERM)
    assert not kills.is_one(None)
    assert kills.is_one(signal.SIGKILL)


def test_where_the_system_does_not_count_there_is_none(counter):
    counter.unlink()
    assert not OomKills().is_one(signal.SIGKILL)
