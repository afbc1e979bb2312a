"""Formats of the user's own, and what is said of formats that do not fit."""

from __future__ import annotations

import io
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from typing import BinaryIO

import pandas as pd
import pytest

from dpnb.errors import FormatError, LossyFormatError, UnknownFormatError
from dpnb.results import FilesystemIOManager, StoredPicture, register_serializer
from dpnb.results.browsing.pictures import is_picture
from dpnb.results.formats import known_formats, registry
from dpnb.results.formats.checked_writing import serialized
from dpnb.results.formats.registry import serializer_for

NAMES = {"run_id": "run_1", "task_name": "t", "task_result_id": "result_001"}


@pytest.fixture(autouse=True)
def as_it_was(monkeypatch):
    monkeypatch.setattr(registry, "_known", dict(registry._known))


@dataclass
class Point:
    x: int
    y: int = 0


def write_point(point: Point, file: BinaryIO) -> None:
    file.write(str(point.x).encode())


def read_point(file: BinaryIO) -> Point:
    return Point(int(file.read()))


def test_a_format_of_ones_own_is_checked_like_any_other(tmp_path):
    register_serializer("point", Point, write=write_point, read=read_point)
    store = FilesystemIOManager(tmp_path)
    record = store.write(**NAMES, value=Point(7), file_format="point")
    assert (record.path, record.facts.format) == ("run_1/t/result_001.point", "point")
    assert (tmp_path / record.path).read_text() == "7"
    assert store.load(**NAMES) == Point(7)
    with pytest.raises(LossyFormatError, match="what came back differs"):
        store.write(**NAMES, value=Point(7, 8), file_format="point")


def test_one_that_is_not_checked_may_lose_something(tmp_path):
    register_serializer("sketch", Point, write=write_point, read=read_point, suffix=".pt", check=False)
    store = FilesystemIOManager(tmp_path)
    assert store.write(**NAMES, value=Point(7, 8), file_format="sketch").path.endswith(".pt")
    assert store.load(**NAMES) == Point(7)


@pytest.mark.parametrize(
    ("name", "suffix"), [("", ""), ("Point", ""), ("a b", ""), ("../x", ""), ("pickle", ""), ("p", ".pkl"), ("p", "x")]
)
def test_names_that_cannot_be_names_of_files_are_refused(name, suffix):
    with pytest.raises(FormatError, match="cannot"):
        register_serializer(name, Point, write=write_point, read=read_point, suffix=suffix)


def test_a_package_brings_a_format_by_an_entry_point(monkeypatch):
    entry = EntryPoint("points", f"{__name__}:nothing", registry.ENTRY_POINTS)
    called: list[str] = []
    monkeypatch.setattr(registry, "_loaded", [])
    monkeypatch.setattr(EntryPoint, "load", lambda self: lambda: called.append(self.name))
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: [entry] if "dpnb" in group else [])
    with pytest.raises(UnknownFormatError):
        serializer_for("points", 1)
    assert called == ["points"]


def test_an_unknown_format_is_told_with_what_there_is():
    with pytest.raises(UnknownFormatError, match="no format 'parquett'.*\n.*did you mean 'parquet'"):
        serializer_for("parquett", pd.DataFrame())
    with pytest.raises(UnknownFormatError, match=r"pandas.Series cannot be stored as 'parquet'"):
        serializer_for("parquet", pd.Series([1]))
    assert {"pickle", "json", "npz", "svg"} <= known_formats()


def with_attrs(frame: pd.DataFrame) -> pd.DataFrame:
    frame.attrs["unit"] = "m"
    return frame


LOSSES = {
    "a number (int)": pd.DataFrame({2013: [1]}),
    "several of its columns": pd.DataFrame([[1, 2]], columns=["a", "a"]),
    "several levels": pd.DataFrame({("a", "b"): [1]}),
    "attrs": with_attrs(pd.DataFrame({"a": [1]})),
    "its index would lose its freq": pd.DataFrame({"a": [1, 2]}, index=pd.date_range("2020", periods=2)),
    "its column 'a' would come back as str": pd.DataFrame({"a": pd.Series(["x"], dtype="object")}),
    "names a column and a level": pd.DataFrame({"a": [1]}, index=pd.Index([1], name="a")),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_what_parquet_would_lose_of_a_frame_is_named(loss):
    frame = LOSSES[loss]
    with pytest.raises(LossyFormatError) as caught:
        serialized(serializer_for("parquet", frame)[0], frame)
    assert loss in str(caught.value)


def test_an_index_comes_back():
    frame = pd.DataFrame(
        {"a": [1.0, 2.0]}, index=pd.MultiIndex.from_tuples([("가", 1), ("나", 2)], names=["이름", None])
    )
    serializer, _ = serializer_for("parquet", frame)
    pd.testing.assert_frame_equal(serializer.read(io.BytesIO(serialized(serializer, frame))), frame)


def test_a_library_that_cannot_write_a_value_is_told_with_its_reason():
    frame = pd.DataFrame({"a": pd.Series([1, "x"], dtype="object")})
    with pytest.raises(FormatError, match="cannot be written as 'parquet'.*Conversion failed for column a"):
        serialized(serializer_for("parquet", frame)[0], frame)


def test_a_figure_is_stored_as_its_picture_the_same_each_time(tmp_path):
    from matplotlib.figure import Figure

    def figure() -> Figure:
        drawn = Figure(figsize=(1, 1))
        drawn.subplots().plot([1, 2])
        return drawn

    store = FilesystemIOManager(tmp_path)
    for name, mime in (("png", "image/png"), ("svg", "image/svg+xml")):
        records = [store.write(**NAMES, value=figure(), file_format=name) for _ in range(2)]
        assert records[0].digest == records[1].digest
        picture = store.load(**NAMES)
        assert isinstance(picture, StoredPicture)
        assert mime in picture._repr_mimebundle_()
        assert is_picture(picture) is (name == "png")


def test_what_dpnb_itself_reads_needs_no_trust_and_what_may_run_code_does(tmp_path, monkeypatch):
    register_serializer("point", Point, write=write_point, read=read_point)
    store = FilesystemIOManager(tmp_path / "store")
    store.write(**NAMES, value=[1], file_format="json")
    monkeypatch.setenv("DPNB_STATE_HOME", str(tmp_path / "another user's"))
    assert FilesystemIOManager(tmp_path / "store").load(**NAMES) == [1]
    store.write(**NAMES, value=Point(1), file_format="point")
    with pytest.raises(PermissionError):
        FilesystemIOManager(tmp_path / "store").load(**NAMES)
