from __future__ import annotations

import os
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from dpnb.results.aside import Aside
from dpnb.results.mapped_pickle import PickleWriter, writer
from dpnb.results.mapped_pickle.pickler import is_small_scalar, make_pickler
from dpnb.results.mapped_pickle.writer import contents_of

if TYPE_CHECKING:
    from collections.abc import Iterator


class ShortWrites:
    """An ``os`` whose ``write`` takes few bytes at a time, as a network file system or a signal may have it."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.calls = 0

    def write(self, fd: int, data: memoryview) -> int:
        self.calls += 1
        return os.write(fd, data[: self.most])


@pytest.fixture
def fd(tmp_path) -> Iterator[int]:
    fd = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT)
    yield fd
    os.close(fd)


def write(fd: int, value: Any) -> PickleWriter:
    with Aside() as aside:
        target = PickleWriter(fd, aside)
        make_pickler(value, target).dump(value)
        target.contents()
        target.finish(b"FOOTER")
    return target


def test_writes_that_take_only_a_part_are_continued(fd, monkeypatch):
    monkeypatch.setattr(writer, "os", ShortWrites(100_003))
    value = {"array": np.arange(100_000), "text": "한글" * 100_000}
    write(fd, value)
    data = os.pread(fd, 1 << 24, 0)
    assert data.endswith(b"FOOTER")
    loaded = pickle.loads(data)
    assert loaded["text"] == value["text"]
    assert (loaded["array"] == value["array"]).all()


def test_no_call_is_given_more_than_systems_take(fd, monkeypatch):
    monkeypatch.setattr(writer, "_LARGEST_WRITE_BYTES", 300_000)
    calls: list[int] = []

    class Recording(ShortWrites):
        def write(self, fd: int, data: memoryview) -> int:
            calls.append(len(data))
            return super().write(fd, data)

    monkeypatch.setattr(writer, "os", Recording(1 << 40))
    write(fd, np.arange(100_000))
    assert max(calls) == 300_000
    assert (pickle.loads(os.pread(fd, 1 << 24, 0)) == np.arange(100_000)).all()


def test_a_small_value_is_one_call(fd, monkeypatch):
    counting = ShortWrites(1 << 40)
    monkeypatch.setattr(writer, "os", counting)
    write(fd, {"a": [1, 2, 3]})
    assert counting.calls == 1


def test_payloads_are_never_copied(fd, monkeypatch):
    value = np.arange(1_000_000)
    addresses: list[int] = []

    class Recording(ShortWrites):
        def write(self, fd: int, data: memoryview) -> int:
            addresses.append(np.frombuffer(data, "u1").ctypes.data)
            return super().write(fd, data)

    monkeypatch.setattr(writer, "os", Recording(1 << 40))
    write(fd, value)
    assert value.ctypes.data in addresses


def test_a_pickler_that_lays_buffers_out_otherwise_still_gives_a_right_file(fd):
    """PyPy's, or a later CPython's: nothing is mapped, nothing is lost."""
    with Aside() as aside:
        target = PickleWriter(fd, aside)
        target.announce(pickle.PickleBuffer(bytes(100_000)))
        target.write(b"header and payload in one" + bytes(100_000))
        contents = target.contents()
        target.finish(b"")
    assert contents.buffers == ()
    assert contents.size == 100_025
    assert os.pread(fd, 25, 0) == b"header and payload in one"


def test_contents_tell_the_size_before_the_footer(fd):
    with Aside() as aside:
        target = PickleWriter(fd, aside)
        make_pickler([1], target).dump([1])
        size = target.contents().size
        assert target.finish(b"FOOTER") == size + 6 == os.fstat(fd).st_size
    assert pickle.loads(os.pread(fd, size, 0)) == [1]


@pytest.mark.parametrize(
    "value", [None, True, 0, -1, 10**400, 1.5, "", "한글\udc80" * 100, "x" * 4096, b"", b"x" * 4096]
)
def test_a_small_scalar_is_stored_in_the_same_bytes_either_way(fd, value):
    assert is_small_scalar(value)
    written = write(fd, value).contents()
    at_once = pickle.dumps(value, protocol=5)
    assert os.pread(fd, 1 << 16, 0) == at_once + b"FOOTER"
    assert written._replace(size=len(at_once)) == contents_of(at_once)


@pytest.mark.parametrize("value", ["x" * 4097, b"x" * 4097, [1], bytearray(1)])
def test_what_is_large_or_holds_other_objects_goes_through_the_pickler_of_results(value):
    assert not is_small_scalar(value)
