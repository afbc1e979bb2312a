"""How the comparison of two frames shows itself: what changed first, what is equal in a word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dpnb.render import Note, TableFacts
from dpnb.results.comparison.column_kinds import tuples
from dpnb.results.comparison.wording import plural
from dpnb.results.short_text import short_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from dpnb.render import Part
    from dpnb.results.comparison.frames import FrameComparison

_SHOWN_CHANGES = 12
_SHOWN_ROWS = 5
_SHOWN_COLUMNS = 12


def summary_of(found: FrameComparison) -> str:
    """Return what differs, on one line."""
    rows = found.rows
    if found.is_equal:
        return f"no difference in {plural(rows.common, 'row')}"
    said = [plural(rows.common, "row") if rows.a == rows.b == rows.common else f"{plural(rows.common, 'row')} in both"]
    said[0] += "".join(
        f", {count:,} {word}" for count, word in ((rows.added, "added"), (rows.removed, "removed")) if count
    )
    concerned = sum(bool(count) for count in found.columns["changed"])
    if concerned:
        said.append(f"{plural(found.changed_cells, 'cell')} changed in {plural(concerned, 'column')}")
    if found.changed_labels:
        said.append(f"{plural(found.changed_labels, 'index label')} changed")
    if found.is_reordered:
        said.append("rows in another order")
    said.extend(_schema_words(found.schema))
    return " · ".join(said)


def _schema_words(schema: pd.DataFrame) -> Iterator[str]:
    changes = [change.split(", ") for change in schema["change"]]
    words = {"added": "added", "removed": "removed", "dtype": "of another dtype", "moved": "moved"}
    for change, word in words.items():
        if count := sum(change in told for told in changes):
            yield f"{plural(count, 'column')} {word}"


def parts_of(found: FrameComparison) -> list[Part]:
    """Return tables of what differs; nothing where nothing does."""
    if found.is_equal:
        return []
    parts: list[Part] = [Note(text=_how(found))] if found.rows.common else []
    parts += [_schema_table(found)] if (found.schema["change"] != "same").any() else []
    if found.changed_cells:
        parts += [_columns_table(found), _cells_table(found)]
    parts += [
        _rows_table(rows, word) for rows, word in ((found.added, "added"), (found.removed, "removed")) if len(rows)
    ]
    return parts


def _how(found: FrameComparison) -> str:
    repeated = found.repeated_keys
    if not repeated:
        return f"{str(found.key)[0].upper()}{str(found.key)[1:]}."
    occur = "1 key occurs" if repeated == 1 else f"{repeated:,} keys occur"
    return (
        f"{str(found.key)[0].upper()}{str(found.key)[1:]}; {occur} more than once, and such rows are paired in order."
    )


def _schema_table(found: FrameComparison) -> TableFacts:
    changed = found.schema[found.schema["change"] != "same"]
    rows = tuple((short_text(row.column), str(row.change), row.dtype_a, row.dtype_b) for row in tuples(changed))
    return TableFacts(columns=("schema", "change", "dtype a", "dtype b"), rows=rows, states=1, align="llll")


def _columns_table(found: FrameComparison) -> TableFacts:
    changed = found.columns[found.columns["changed"] > 0].sort_values("changed", ascending=False, kind="stable")
    rows = tuple(
        (short_text(row.column), f"{row.changed:,}", _share(row.share), _figure(row.largest_difference))
        for row in tuples(changed)
    )
    equal = len(found.columns) - len(rows)
    more = f" ({plural(equal, 'column')} equal)" if equal else ""
    columns = ("column", "cells changed", "of rows", "largest difference")
    return TableFacts(columns=columns, rows=rows, align="lrrr", limit=30, caption=f"Changed columns{more}")


def _cells_table(found: FrameComparison) -> TableFacts:
    first = found.first_changes(_SHOWN_CHANGES)
    names = ["index" if name is None else short_text(name) for name in first.index.names]
    keys = [label if isinstance(label, tuple) else (label,) for label in first.index]
    rows = tuple(
        (*map(short_text, key), short_text(row.column), short_text(row.a), short_text(row.b), _gap(row.difference))
        for key, row in zip(keys, tuples(first), strict=True)
    )
    wide = len(names) + (4 if first["difference"].notna().any() else 3)
    return TableFacts(
        columns=(*names, "column", "a", "b", "difference")[:wide],
        rows=tuple(row[:wide] for row in rows),
        align=("l" * (len(names) + 1) + "rrr")[:wide],
        total=found.changed_cells,
        caption="Changed cells",
    )


def _rows_table(frame: pd.DataFrame, word: str) -> TableFacts:
    first = frame.iloc[:_SHOWN_ROWS, :_SHOWN_COLUMNS]
    hidden = frame.shape[1] - first.shape[1]
    labels = [
        ", ".join(map(short_text, label)) if isinstance(label, tuple) else short_text(label) for label in first.index
    ]
    cells = [tuple(map(short_text, row)) for row in first.itertuples(index=False, name=None)]
    return TableFacts(
        columns=("", *map(short_text, first.columns)),
        rows=tuple((label, *row) for label, row in zip(labels, cells, strict=True)),
        total=len(frame),
        caption=f"{plural(len(frame), 'row')} {word}" + (f" ({plural(hidden, 'column')} more)" if hidden else ""),
    )


def _share(share: float) -> str:
    return f"{share:.1%}" if share >= 0.001 or not share else "< 0.1%"  # noqa: PLR2004


def _figure(value: float) -> str:
    return "" if value != value else f"{value:,.6g}"  # noqa: PLR0124 - NaN


def _gap(value: Any) -> str:
    return "" if value != value else f"{value:+,.6g}"  # noqa: PLR0124 - NaN
