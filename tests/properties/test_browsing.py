"""Whatever a table holds and however it is viewed: the rows that are shown are those that pandas finds."""

from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from dpnb.results.browsing import Pager, table_of
from tests.unit.results.browsing.frames import small_parts

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(
    ["", "a", "abcdefgh", "abcdefghi"]
)
COLUMNS = {
    "int64": st.integers(-(1 << 63), (1 << 63) - 1),
    "uint64": st.integers(0, (1 << 64) - 1),
    "float64": st.floats() | st.none(),
    "str": TEXTS | st.none(),
    "Int64": st.integers(-3, 3) | st.none(),
    "boolean": st.booleans() | st.none(),
    "datetime64[us]": st.datetimes(pd.Timestamp(1900, 1, 1), pd.Timestamp(2200, 1, 1)) | st.none(),
}


@st.composite
def frames(draw):
    kinds = draw(st.lists(st.sampled_from(sorted(COLUMNS)), min_size=1, max_size=4))
    rows = draw(st.integers(0, 30))
    values = [draw(st.lists(COLUMNS[kind], min_size=rows, max_size=rows)) for kind in kinds]
    series = [pd.Series(column, dtype=kind) for column, kind in zip(values, kinds, strict=True)]
    return pd.concat(series, axis=1) if draw(st.booleans()) else pd.DataFrame(dict(zip("abcd", series, strict=False)))


@given(frame=frames(), data=st.data(), part=st.sampled_from([3, 1000]), ranked=st.sampled_from([1, 1000]))
def test_a_view_shows_the_rows_that_its_code_leaves(frame, data, part, ranked):
    pager = Pager(table_of(frame), "value")  # type: ignore[arg-type]
    places = st.integers(0, frame.shape[1] - 1)
    sort = data.draw(st.lists(st.fixed_dictionaries({"column": places, "descending": st.booleans()}), max_size=3))
    filters = []
    for column in data.draw(st.lists(places, max_size=2)):
        bars = pager.histogram(column)["bars"]
        operator = data.draw(st.sampled_from(pager.table.columns[column].kind.operators))
        bar = data.draw(st.sampled_from(bars)) if bars else {"low": "1", "high": "1"}
        is_range = operator == "between"
        texts = {"low": bar["low"], "high": bar["high"]} if is_range else {"value": bar["low"]}
        if bars or operator in {"missing", "present"}:
            filters.append({"column": column, "operator": operator, **texts})
    view = pager.view({"sort": sort, "filters": filters})
    with small_parts(part, ranked):
        rows = pager.page(0, 1000, view=view)["rows"]
    names = {"value": frame}
    exec(pager.code(view), names)
    assert rows == names["view"].index.tolist()
