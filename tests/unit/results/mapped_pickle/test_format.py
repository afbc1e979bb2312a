"""The file as a whole: what the writer lays down and what the reader makes of it."""

from __future__ import annotations

import mmap
import os
import pickle
import pickletools
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from dpnb.errors import CorruptResultError
from dpnb.results import FilesystemIOManager
from dpnb.results.mapped_pickle import read_footer, reader

if TYPE_CHECKING:
    from pathlib import Path

    from dpnb.results.mapped_pickle import Footer

NAMES = ("run", "task", "result_001")


@pytest.fixture
def store(tmp_path) -> FilesystemIOManager:
    return FilesystemIOManager(tmp_path / "store")


def footer_of(path: Path) -> Footer:
    with path.open("rb") as file:
        return read_footer(file.fileno(), path=str(path))


def touch_back(path: Path) -> None:
    """Restore the modification time that seals the file."""
    sealed = footer_of(path).sealed_ns
    os.utime(path, ns=(sealed, sealed))


def owner_of(array: Any) -> Any:
    """Return what holds an array's memory."""
    while isinstance(array, np.ndarray):
        array = array.base
    return array.obj


VALUES: dict[str, Any] = {
    "float64": np.arange(100_000.0),
    "datetime": pd.Series(pd.date_range("2020", periods=50_000)),
    "strided": np.arange(400_000)[::2],
    "transposed": np.ones((300, 500)).T,
    "permuted": np.ones((30, 40, 90)).transpose(1, 0, 2),
    "structured with dates": np.zeros(20_000, dtype=[("a", "i2"), ("t", "M8[s]")]),
    "str": pd.Series(["가나다", None] * 20_000),
    "bytearray": bytearray(200_000),
    "several": [np.arange(n) for n in (8_192, 9_001, 10_007, 12_345)],
}
BUFFERS = {"several": 4, "str": 2, "bytearray": 0}


@pytest.mark.parametrize("name", VALUES)
def test_large_buffers_are_aligned_and_noted_where_they_lie(store, name):
    path = store.save(*NAMES, VALUES[name])
    footer, data = footer_of(path), path.read_bytes()
    assert len(footer.buffers) == BUFFERS.get(name, 1)
    for buffer in footer.buffers:
        assert buffer.offset % 64 == 0
        assert data[buffer.cut : buffer.cut + 1] in (b"C", b"\x96", b"B")  # padding, or the header itself


@pytest.mark.parametrize("name", VALUES)
def test_the_pickle_is_well_formed(store, name):
    path = store.save(*NAMES, VALUES[name])
    opcodes = [opcode.name for opcode, _, _ in pickletools.genops(path.read_bytes())]
    assert opcodes[0] == "PROTO"
    assert opcodes[-1] == "STOP"
    assert not {"NEXT_BUFFER", "READONLY_BUFFER"} & set(opcodes)  # complete without buffers from outside


@pytest.mark.parametrize("unpickler", [pickle._Unpickler, pickle.Unpickler])
def test_any_unpickler_reads_it(store, unpickler):
    path = store.save(*NAMES, VALUES["several"])
    with path.open("rb") as file:
        loaded = unpickler(file).load()
    assert [array.sum() for array in loaded] == [array.sum() for array in VALUES["several"]]


def test_pandas_reads_it(store):
    frame = pd.DataFrame({"a": np.arange(50_000), "b": ["x", "한"] * 25_000})
    pd.testing.assert_frame_equal(pd.read_pickle(store.save(*NAMES, frame)), frame)


def test_every_alignment_of_the_header_is_padded_right(store):
    for length in range(130):  # shifts the payload byte by byte
        value = {"x" * length: np.arange(9_000)}
        path = store.save("run", "task", "shifted", value)
        assert footer_of(path).buffers[0].offset % 64 == 0
        with path.open("rb") as file:
            assert (pickle.load(file)["x" * length] == value["x" * length]).all()
        assert (store.load("run", "task", "shifted")["x" * length] == value["x" * length]).all()


def test_large_arrays_are_mapped_and_not_read(store):
    store.save(*NAMES, np.arange(1_000_000))
    loaded = store.load(*NAMES)
    assert isinstance(owner_of(loaded), mmap.mmap)
    assert loaded.ctypes.data % 64 == 0


def test_small_files_are_read_and_not_mapped(store):
    store.save(*NAMES, np.arange(20_000))
    assert isinstance(owner_of(store.load(*NAMES)), bytearray)


def test_before_python_3_13_maps_are_limited_because_each_holds_a_descriptor(store, monkeypatch):
    monkeypatch.setattr(reader, "_MAPS_HOLD_DESCRIPTORS", True)
    monkeypatch.setattr(reader, "_MOST_MAPS", len(reader._maps) + 2)
    store.save(*NAMES, np.zeros(200_000))
    held = [store.load(*NAMES) for _ in range(4)]
    assert [type(owner_of(array)) for array in held] == [mmap.mmap, mmap.mmap, bytearray, bytearray]


def test_a_mapped_array_outlives_its_file(store):
    path = store.save(*NAMES, np.arange(1_000_000))
    loaded = store.load(*NAMES)
    path.unlink()
    assert loaded.sum() == 499_999_500_000


@pytest.mark.parametrize("value", [7, np.arange(100_000), np.arange(1_000_000), pd.DataFrame({"a": range(40_000)})])
@pytest.mark.parametrize("where", [0.0, 0.001, 0.1, 0.5, 0.9, 0.999, 1.0])
def test_a_flipped_bit_anywhere_is_found_before_unpickling(store, value, where):
    path = store.save(*NAMES, value)
    flip(path, int(where * (path.stat().st_size - 1)))
    with pytest.raises(CorruptResultError, match="result_001.pkl.*should be"):
        store.load(*NAMES)
    with pytest.raises(CorruptResultError):
        store.verify(*NAMES)


def test_a_flipped_bit_at_every_place_of_a_small_result_is_found(store):
    path = store.save(*NAMES, {"a": [1, 2, "한"]})
    sound = path.read_bytes()
    for position in range(len(sound)):
        path.write_bytes(sound)
        flip(path, position)
        with pytest.raises(CorruptResultError):
            store.load(*NAMES)


@pytest.mark.parametrize("size", [1_000, 100_000, 1_000_000])
def test_a_file_cut_off_anywhere_is_found(store, size):
    path = store.save(*NAMES, np.arange(size))
    data = path.read_bytes()
    for length in (0, 1, 23, 24, 100, len(data) // 2, len(data) - 1):
        path.write_bytes(data[:length])
        with pytest.raises(CorruptResultError):
            store.load(*NAMES)
        with pytest.raises(CorruptResultError):
            store.describe(*NAMES)
        assert not store.exists(*NAMES)


def test_an_appended_file_is_found(store):
    path = store.save(*NAMES, [1])
    data = path.read_bytes()
    for more in (b"x", b"\0" * 100, data):
        path.write_bytes(data + more)
        with pytest.raises(CorruptResultError):
            store.load(*NAMES)


def test_a_hole_cut_out_of_the_middle_is_found(store):
    path = store.save(*NAMES, np.arange(200_000))
    data = path.read_bytes()
    path.write_bytes(data[:5_000] + data[6_000:])
    with pytest.raises(CorruptResultError, match="size"):
        store.load(*NAMES)


def test_a_plain_pickle_is_no_result(store):
    path = store.save(*NAMES, 1)
    path.write_bytes(pickle.dumps({"a": 1}) * 10)
    with pytest.raises(CorruptResultError, match="mark"):
        store.load(*NAMES)


def test_the_seal_spares_reading_the_payloads_and_verify_reads_them(store):
    path = store.save(*NAMES, np.arange(1_000_000))
    flip(path, 4_000_000)
    with pytest.raises(CorruptResultError, match="data's digest"):
        store.load(*NAMES)  # the write moved the time
    touch_back(path)
    store.load(*NAMES)  # said in the package's docstring: only a forged time hides it
    with pytest.raises(CorruptResultError, match="data's digest"):
        store.verify(*NAMES)


def test_the_seal_never_covers_the_opcodes(store):
    path = store.save(*NAMES, np.arange(1_000_000))
    flip(path, 10)
    touch_back(path)
    with pytest.raises(CorruptResultError, match="pickle's digest"):
        store.load(*NAMES)


def test_a_copy_without_the_time_is_verified_and_loads(store):
    path = store.save(*NAMES, np.arange(1_000_000))
    os.utime(path)
    assert store.load(*NAMES)[-1] == 999_999


def test_a_footer_longer_than_a_glance_is_read(store):
    frame = pd.DataFrame(np.zeros((2, 3_000)), columns=[f"column number {n}" for n in range(3_000)])
    path = store.save(*NAMES, frame)
    assert path.stat().st_size > 2 * reader._GLANCE_BYTES
    assert len(store.describe(*NAMES).facts.columns) == 3_000


def flip(path: Path, position: int) -> None:
    with path.open("r+b") as file:
        file.seek(position)
        (byte,) = file.read(1)
        file.seek(position)
        file.write(bytes([byte ^ 0x40]))
