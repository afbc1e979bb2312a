"""What a process had used when its call began outlives it, and is taken off what it has used in all."""

from __future__ import annotations

import os
import resource
import signal
from pathlib import Path

import pytest

from dpnb.orchestrator.pool.usage import Usage, UsageMark, bytes_of, descriptor_for_mark, pack_usage, unpack_usage

MIB = 1 << 20


def total_of(pid: int) -> tuple[resource.struct_rusage, tuple[int, int] | None]:
    """Wait for a process's end; return what it has used in all, and read and written."""
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    counted = bytes_of(pid)
    return os.wait4(pid, 0)[2], counted


def write(size: int) -> None:
    with Path(os.devnull).open("wb", buffering=0) as sink:
        sink.write(bytes(size))


@pytest.mark.parametrize("has_descriptor", [False, True], ids=["inherited", "found by its descriptor"])
def test_a_killed_process_has_used_what_came_after_its_mark(has_descriptor):
    descriptor = descriptor_for_mark() if has_descriptor else -1
    mark = UsageMark(descriptor)
    pid = os.fork()
    if pid == 0:
        own = UsageMark(descriptor) if has_descriptor else mark
        write(9 * MIB)
        counted = bytes_of(os.getpid())
        own.note(7, 0.0, *(counted or (None, None)))
        write(2 * MIB)
        os.kill(os.getpid(), signal.SIGKILL)
    used = mark.used_since(*total_of(pid))
    if has_descriptor:
        os.close(descriptor)
    assert used.is_of(7)
    assert not used.is_of(6)
    assert used.peak_memory_bytes > MIB
    assert used.written_bytes is not None
    assert 2 * MIB <= used.written_bytes < 3 * MIB


def test_before_its_first_call_a_process_is_counted_from_when_it_was_ready():
    mark = UsageMark()
    pid = os.fork()
    if pid == 0:
        write(9 * MIB)
        mark.note_ready()
        write(2 * MIB)
        os.kill(os.getpid(), signal.SIGKILL)
    used = mark.used_since(*total_of(pid))
    assert used.is_of(1)
    assert used.written_bytes is not None
    assert 2 * MIB <= used.written_bytes < 3 * MIB


@pytest.mark.parametrize(
    ("noted", "counted"), [((None, None), (5, 6)), ((1, 2), None)], ids=["at the beginning", "at the end"]
)
def test_bytes_that_one_side_does_not_know_are_unknown(noted, counted):
    mark = UsageMark()
    mark.note(1, 0.0, *noted)
    used = mark.used_since(resource.getrusage(resource.RUSAGE_SELF), counted)
    assert (used.read_bytes, used.written_bytes) == (None, None)


def test_mapped_bytes_may_outweigh_what_was_read_before_the_call():
    mark = UsageMark()
    mark.note(1, 0.0, 1_000 - 5 * MIB, 0)
    assert mark.used_since(resource.getrusage(resource.RUSAGE_SELF), (1_500, 0)).read_bytes == 5 * MIB + 500


@pytest.mark.parametrize("usage", [Usage(1, 0.5, 2**40, 3, 2**50), Usage(0, 0.0, 0, None, None)])
def test_a_usage_travels_as_it_is(usage):
    assert unpack_usage(pack_usage(usage)) == usage
