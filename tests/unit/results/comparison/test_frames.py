from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pandas as pd
import pytest

from dpnb.errors import ComparisonKeyError
from dpnb.results.comparison import FrameComparison, compare_values


def compared(a: pd.DataFrame, b: pd.DataFrame, **options) -> FrameComparison:
    found = compare_values(a, b, **options)
    assert isinstance(found, FrameComparison)
    return found


def cells(found: FrameComparison) -> list[tuple[object, ...]]:
    """Return the changed cells: key, column, a, b."""
    return [
        (key, *row) for key, row in zip(found.changes.index, found.changes[["column", "a", "b"]].values, strict=True)
    ]


PLANES = pd.DataFrame(
    {
        "꼬리번호": ["N1", "N2", "N3", "N4"],
        "seats": [2, 55, 182, 182],
        "speed": [90.0, np.nan, 450.0, 450.0],
        "built": pd.to_datetime(["1999-01-01", "2004-01-01", "2004-01-01", "NaT"]),
    }
)


def test_equal_frames_have_no_difference():
    found = compared(PLANES, PLANES.copy())
    assert found.is_equal
    assert found.summary == "no difference in 4 rows"
    assert found.changes.empty
    assert found.added.empty
    assert found.removed.empty
    assert found.parts() == []


def test_rows_are_paired_by_a_unique_column_wherever_they_stand():
    later = PLANES.iloc[[3, 0, 2]].reset_index(drop=True)
    later.loc[2, "speed"] = 451.0
    later = pd.concat([later, pd.DataFrame({"꼬리번호": ["N9"], "seats": [8], "speed": [1.0]})], ignore_index=True)
    found = compared(PLANES, later)
    assert (found.key.source, found.key.names) == ("columns", ("꼬리번호",))
    assert found.is_reordered
    assert cells(found) == [("N3", "speed", 450.0, 451.0)]
    assert found.changes["difference"].tolist() == [1.0]
    assert found.removed["꼬리번호"].tolist() == ["N2"]
    assert found.added["꼬리번호"].tolist() == ["N9"]
    counts = found.rows
    assert (counts.a, counts.b, counts.common, counts.added, counts.removed) == (4, 4, 3, 1, 1)


def test_missing_equals_missing_however_it_is_written():
    a = pd.DataFrame({"x": pd.Series([None, np.nan, pd.NaT, pd.NA, 1], dtype="object")})
    b = pd.DataFrame({"x": pd.Series([np.nan, pd.NA, None, np.datetime64("NaT", "s"), 1], dtype="object")})
    assert compared(a, b).is_equal


def test_missing_differs_from_any_value():
    a = pd.DataFrame({"x": [1.0, np.nan], "y": pd.array([1, None], dtype="Int64"), "z": ["", None]})
    b = pd.DataFrame({"x": [np.nan, 1.0], "y": pd.array([None, 0], dtype="Int64"), "z": [None, ""]})
    found = compared(a, b, key=[])
    assert found.changed_cells == 6
    assert found.changes["difference"].isna().all()


@pytest.mark.parametrize(
    ("options", "changed"), [({}, 3), ({"atol": 0.011}, 2), ({"rtol": 1e-3}, 2), ({"rtol": 0.5, "atol": 0.02}, 1)]
)
def test_numbers_within_the_tolerance_are_equal(options, changed):
    a = pd.DataFrame({"x": [0.0, 1000.0, 5.0, math.inf]})
    b = pd.DataFrame({"x": [0.01, 1000.5, math.inf, math.inf]})
    assert compared(a, b, **options).changed_cells == changed


def test_integers_differ_exactly_where_floats_would_not():
    a, b = pd.DataFrame({"x": [2**62]}), pd.DataFrame({"x": [2**62 + 1]})
    assert compared(a, b, key=[]).changes["difference"].tolist() == [1.0]
    extremes = compared(pd.DataFrame({"x": [-(2**63)]}), pd.DataFrame({"x": [2**63 - 1]}), key=[])
    assert extremes.changes["difference"].tolist() == [2.0**64]


@pytest.mark.parametrize("rtol", [-1.0, math.nan, math.inf])
def test_a_tolerance_is_a_finite_number(rtol):
    with pytest.raises(ValueError, match="rtol must be a finite number from 0 on"):
        compare_values(PLANES, PLANES, rtol=rtol)


def test_instants_are_compared_as_instants():
    seoul = pd.date_range("2013", periods=3, freq="h", tz="Asia/Seoul", unit="s")
    a = pd.DataFrame({"t": seoul, "day": seoul.tz_localize(None), "n": [1.0, 2.0, 3.0]})
    b = pd.DataFrame({"t": seoul.tz_convert("UTC").as_unit("ns"), "day": a["day"] + pd.Timedelta("90s"), "n": a["n"]})
    found = compared(a, b)
    assert found.schema.set_index("column")["change"].astype("str").to_dict()["t"] == "dtype"
    assert found.changes["column"].unique().tolist() == ["day"]
    assert found.changes["difference"].tolist() == [90.0] * 3


def test_an_instant_without_a_zone_is_not_one_with():
    naive = pd.date_range("2013", periods=2)
    found = compared(pd.DataFrame({"t": naive}), pd.DataFrame({"t": naive.tz_localize("UTC")}), key=[])
    assert found.changed_cells == 2


def test_instants_too_far_away_for_nanoseconds_are_compared():
    far = pd.DataFrame({"t": pd.Series(["9999-01-01", "2013-01-01"], dtype="datetime64[s]")})
    near = pd.DataFrame({"t": pd.Series(["2013-01-01", "2013-01-01"], dtype="datetime64[ns]")})
    assert compared(far, near, key=[]).changes.index.tolist() == [0]


def test_categories_are_compared_by_what_they_stand_for():
    a = pd.DataFrame({"c": pd.Categorical(["x", "y", None], categories=["x", "y"])})
    b = pd.DataFrame({"c": pd.Categorical(["x", "z", None], categories=["z", "x"])})
    found = compared(a, b, key=[])
    assert cells(found) == [(1, "c", "y", "z")]
    assert found.schema["change"].tolist() == ["same", "dtype"]
    as_text = compared(a, pd.DataFrame({"c": ["x", "y", None]}), key=[])
    assert as_text.changed_cells == 0
    assert not as_text.is_equal


def test_schema_tells_what_came_went_moved_and_became_of_another_dtype():
    a = pd.DataFrame({"a": [1], "b": [1], "c": ["x"], "d": [1.0], "e": [1]})
    b = pd.DataFrame({"e": [1], "a": [1.0], "b": [1], "d": [1.0], "f": [2]})
    schema = compared(a, b, key=["b"]).schema
    changes = schema[schema["part"] == "column"].set_index("column")["change"].astype("str").to_dict()
    assert changes == {"a": "dtype", "b": "same", "c": "removed", "d": "same", "e": "moved", "f": "added"}
    assert schema.dtypes.astype("str").to_dict() == {
        "part": "category",
        "column": "object",
        "change": "category",
        "position_a": "Int64",
        "position_b": "Int64",
        "dtype_a": "str",
        "dtype_b": "str",
    }


def test_labels_may_be_anything():
    a = pd.DataFrame([[1, 2, 3, 4]], columns=pd.Index([("x", 1), 7, None, "x"], dtype="object"))
    b = pd.DataFrame([[1, 5, 6, 7]], columns=pd.Index([("x", 1), 7, None, "x"], dtype="object"))
    assert compared(a, b, key=[]).changes["column"].tolist() == [7, None, "x"]


def test_columns_of_one_name_are_paired_in_order():
    a = pd.DataFrame([[1, 2]], columns=["x", "x"])
    b = pd.DataFrame([[1, 3, 4]], columns=["x", "x", "x"])
    found = compared(a, b, key=[])
    assert cells(found) == [(0, "x", 2, 3)]
    assert found.schema["change"].tolist() == ["same", "same", "same", "added"]


def test_levels_of_columns_and_rows_are_keys_and_labels():
    rows = pd.MultiIndex.from_product([["EWR", "JFK"], [1, 2]], names=["origin", "month"])
    a = pd.DataFrame(np.arange(8.0).reshape(4, 2), index=rows, columns=pd.MultiIndex.from_tuples([("x", 1), ("y", 2)]))
    b = a.iloc[::-1].copy()
    b.loc[("JFK", 1), ("y", 2)] = -1.0
    found = compared(a, b)
    assert (found.key.source, found.key.names) == ("index", ("origin", "month"))
    assert cells(found) == [(("JFK", 1), ("y", 2), 5.0, -1.0)]
    assert found.changes.index.names == ["origin", "month"]


def test_an_index_that_only_counts_is_no_key():
    a = pd.DataFrame({"id": [10, 11, 12], "x": [1.0, 2.0, 3.0]})
    b = pd.DataFrame({"id": [11, 12], "x": [2.0, 3.0]})
    found = compared(a, b)
    assert found.key.names == ("id",)
    assert (found.rows.removed, found.changed_cells) == (1, 0)


def test_an_index_that_rows_were_filtered_by_is_one():
    found = compared(PLANES, PLANES.drop(index=1))
    assert found.key.source == "index"
    assert found.removed.index.tolist() == [1]
    assert found.changed_cells == 0


def test_an_index_whose_numbers_are_on_other_rows_gives_way_to_a_unique_column():
    rows = pd.DataFrame({"번호": np.arange(500) * 7, "price": np.arange(500) * 0.5, "year": 2013})
    more = pd.DataFrame({"번호": [-1, -2], "price": [1.0, 2.0], "year": 2014})
    edited = pd.concat([more, rows.iloc[3:]], ignore_index=True).sample(frac=1, random_state=1)
    edited.loc[edited["번호"] == 700, "price"] = 9.0
    found = compared(rows, edited)
    assert (found.rows.added, found.rows.removed, found.changed_cells) == (2, 3, 1)
    assert cells(found) == [(700, "price", 50.0, 9.0)]
    assert "rows are paired by 번호: a unique column, which fits better than the index" in repr(found)


def test_an_index_of_numbers_without_a_name_stays_the_key_where_its_rows_agree():
    rows = pd.DataFrame({"rank": np.arange(500), "price": np.arange(500) * 0.5}, index=np.arange(500) * 3)
    other = rows.assign(rank=np.roll(rows["rank"], 1)).sample(frac=1, random_state=1)
    found = compared(rows, other)
    assert (found.key.source, found.changed_cells) == ("index", 500)


def test_several_columns_identify_rows_where_none_does_alone():
    a = pd.DataFrame({"origin": ["E", "E", "J", "J"], "month": [1, 2, 1, 2], "late": [0.1, 0.2, 0.3, 0.4]})
    b = a.iloc[[2, 0, 1]].reset_index(drop=True)
    found = compared(a, b)
    assert found.key.names == ("origin", "month")
    assert "unique together" in str(found.key)
    assert found.removed["late"].tolist() == [0.4]


def test_measured_values_identify_nothing():
    a = pd.DataFrame({"x": [1.5, 2.5, 3.5]})
    found = compared(a, a.iloc[::-1].reset_index(drop=True))
    assert found.key.source == "position"
    assert found.changed_cells == 2


def test_a_unique_column_whose_values_are_all_new_is_no_key():
    a = pd.DataFrame({"token": ["a1", "a2", "a3"], "x": [1.0, 2.0, 3.0]})
    b = pd.DataFrame({"token": ["b1", "b2", "b3"], "x": [1.0, 2.0, 3.0]})
    found = compared(a, b)
    assert found.key.source == "position"
    assert found.changes["column"].tolist() == ["token"] * 3


def test_a_value_edited_in_a_unique_column_is_a_changed_cell():
    a = pd.DataFrame({"flights": [842, 943, 914], "day": ["tue", "tue", "thu"]})
    found = compared(a, a.replace({"flights": {943: 944}}))
    assert found.key.source == "position"
    assert cells(found) == [(1, "flights", 943, 944)]


def test_another_row_in_the_same_place_is_removed_and_added():
    a = pd.DataFrame({"id": [1, 2, 3], "x": [1.0, 2.0, 3.0], "y": [1.0, 2.0, 3.0]})
    b = pd.DataFrame({"id": [1, 9, 3], "x": [1.0, 7.0, 3.0], "y": [1.0, 8.0, 3.0]})
    found = compared(a, b)
    assert found.key.names == ("id",)
    assert (found.rows.added, found.rows.removed, found.changed_cells) == (1, 1, 0)


def test_cells_that_cannot_be_hashed_far_down_are_no_key():
    a = pd.DataFrame({"x": [*(f"n{n}" for n in range(3_000)), ["a list"]]})
    assert compared(a, a.iloc[::-1].reset_index(drop=True)).key.source == "position"


def test_rows_in_their_places_need_no_columns_to_tell_them_apart():
    a = pd.DataFrame({"origin": ["E", "E", "J"], "month": [1, 2, 1], "late": [0.1, 0.2, 0.3]})
    found = compared(a, a.assign(late=[0.1, 0.5, 0.3]))
    assert found.key.source == "position"
    assert "the same, row by row" in str(found.key)


def test_labels_may_be_given_as_a_tuple():
    a = pd.DataFrame({"origin": ["E", "J"], "month": [1, 2], "late": [0.1, 0.2]})
    assert compared(a, a, key=("origin", "month")).key.names == ("origin", "month")
    levels = a.set_axis(pd.MultiIndex.from_tuples([("x", 1), ("x", 2), ("x", 3)]), axis=1)
    assert compared(levels, levels, key=("x", 1)).key.names == (("x", 1),)


def test_repeated_keys_are_paired_in_order_and_told():
    a = pd.DataFrame({"k": ["x", "x", "y"], "v": [1, 2, 3]})
    b = pd.DataFrame({"k": ["y", "x", "x", "x"], "v": [3, 1, 5, 9]})
    found = compared(a, b, key="k")
    assert cells(found) == [("x", "v", 2, 5)]
    assert found.added["v"].tolist() == [9]
    assert found.repeated_keys == 1
    assert "1 key occurs more than once" in found._repr_mimebundle_()["text/plain"]


def test_what_is_twice_in_one_of_them_is_a_finding():
    a = pd.DataFrame({"id": [1, 2, 3], "x": [1.0, 2.0, 3.0]})
    b = pd.concat([a, a.iloc[[1]]], ignore_index=True)
    found = compared(a, b)
    assert found.key.names == ("id",)
    assert found.added["id"].tolist() == [2]


def test_a_key_may_be_a_level_of_the_index():
    a = PLANES.set_index(["꼬리번호", "built"])
    found = compared(a, a.iloc[::-1], key="꼬리번호")
    assert found.is_reordered
    assert found.changed_cells == 0


def test_a_wrong_key_is_refused_with_the_nearest():
    with pytest.raises(ComparisonKeyError, match="'seat' cannot be a key of rows: it is not in both frames") as caught:
        compared(PLANES, PLANES, key="seat")
    assert "both frames have 'seats'" in caught.value.hint


def test_a_key_whose_cells_cannot_be_hashed_is_refused():
    a = pd.DataFrame({"k": [[1], [2]], "v": [1, 2]})
    with pytest.raises(ComparisonKeyError, match="unhashable type"):
        _ = compared(a, a.iloc[::-1], key="k").rows


def test_cells_that_are_containers_and_arrays_are_compared_by_what_they_hold():
    a = pd.DataFrame({"x": [[1, {"y": np.arange(3)}], {1, 2}, np.array([1.0, np.nan])]})
    b = pd.DataFrame({"x": [[1, {"y": np.array([0, 1, 3])}], {2, 1}, np.array([1.0, np.nan])]})
    assert compared(a, b, key=[]).changes.index.tolist() == [0]


class Awkward:
    def __init__(self, value: int) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("not now")

    def __hash__(self) -> int:
        return 1


def test_cells_whose_own_code_raises_are_compared_by_what_they_hold():
    a = pd.DataFrame({"x": [Awkward(1), Awkward(2)]})
    b = pd.DataFrame({"x": [Awkward(1), Awkward(3)]})
    assert compared(a, b, key=[]).changes.index.tolist() == [1]


def test_mixed_cells_are_compared_one_by_one():
    a = pd.DataFrame({"x": [1, "a", 2.5, dt.date(2013, 1, 1), None]})
    b = pd.DataFrame({"x": [1, "b", 2.5 + 1e-9, dt.date(2013, 1, 2), None]})
    found = compared(a, b, key=[], rtol=1e-6)
    assert found.changes.index.tolist() == [1, 3]


def test_columns_of_different_kinds_share_no_value():
    found = compared(pd.DataFrame({"x": [1, 2]}), pd.DataFrame({"x": ["1", "2"]}), key=[])
    assert found.changed_cells == 2


@pytest.mark.parametrize(
    "dtype",
    ["Int8", "Float32", "boolean", "string", "str", "category", "int64[pyarrow]", "string[pyarrow]", "Sparse[float]"],
)
def test_extension_dtypes_are_compared(dtype):
    values = ["a", None, "c"] if "str" in dtype or dtype == "category" else [1, None, 0]
    a = pd.DataFrame({"x": pd.Series(values, dtype=dtype)})
    b = a.iloc[[0, 1, 0]].reset_index(drop=True)
    assert compared(a, a.copy(), key=[]).is_equal
    assert compared(a, b, key=[]).changes.index.tolist() == [2]


def test_lists_and_structs_in_arrows_memory_are_compared_by_what_they_hold():
    pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    lists, structs = pd.ArrowDtype(pa.list_(pa.int64())), pd.ArrowDtype(pa.struct([("n", pa.int64())]))
    a = pd.DataFrame({"x": pd.Series([[1], [2], None], dtype=lists), "y": pd.Series([{"n": 1}] * 3, dtype=structs)})
    b = a.assign(x=pd.Series([[1], [3], None], dtype=lists))
    assert compared(a, a.copy(), key=[]).is_equal
    assert compared(a, b, key=[]).changes.index.tolist() == [1]


@pytest.mark.parametrize("rows", [PLANES, PLANES.iloc[:0]], ids=["rows", "none"])
def test_an_empty_frame_has_lost_or_gained_all_rows(rows):
    gone = compared(rows, PLANES.iloc[:0])
    assert (gone.rows.removed, gone.rows.common, gone.changed_cells) == (len(rows), 0, 0)
    assert compared(PLANES.iloc[:0], rows).rows.added == len(rows)


def test_frames_without_columns_are_frames():
    found = compared(pd.DataFrame(), pd.DataFrame({"x": [1]}))
    assert (found.rows.added, found.schema["change"].tolist()) == (1, ["same", "added"])
    assert compared(pd.DataFrame(index=[1, 2]), pd.DataFrame(index=[1, 2])).is_equal


def test_labels_of_an_index_that_is_no_key_are_compared():
    a = pd.DataFrame({"id": [1, 2]}, index=["x", "x"])
    found = compared(a, a.set_axis(["x", "y"]))
    assert found.key.source == "index"  # unique in one of them
    by_id = compared(a, a.set_axis(["x", "y"]), key="id")
    assert by_id.changed_labels == 1
    assert not by_id.is_equal


def test_a_series_is_a_frame_of_one_column():
    a = pd.Series([1, 2, 3], index=["x", "y", "z"], name="편")
    found = compare_values(a, a.replace({2: 5}))
    assert found.changes.reset_index().to_numpy().tolist() == [["y", "편", 2, 5, 3.0]]


def test_the_first_changes_show_each_column():
    a = pd.DataFrame({"id": range(100), "x": 0.0, "y": 0.0})
    b = a.assign(x=1.0)
    b.loc[99, "y"] = 1.0
    found = compared(a, b)
    assert set(found.first_changes(10)["column"]) == {"x", "y"}
    assert "… 94 more" in found._repr_mimebundle_()["text/plain"]


def test_columns_tell_how_many_cells_changed_and_by_how_much():
    found = compared(PLANES, PLANES.assign(seats=[2, 50, 182, 190]))
    seats = found.columns.set_index("column").loc["seats"]
    assert (seats["changed"], seats["share"], seats["largest_difference"]) == (2, 0.5, 8.0)
