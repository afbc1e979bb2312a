"""Two arrays of NumPy: shape, dtype, and the cells that changed, by position."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from dpnb.render import TableFacts
from dpnb.results.comparison.cell_changes import changed_positions, differences
from dpnb.results.comparison.column_kinds import tuples
from dpnb.results.comparison.value import ValueComparison
from dpnb.results.short_text import short_text

if TYPE_CHECKING:
    from dpnb.render import Part
    from dpnb.results.comparison.column_kinds import Array
    from dpnb.results.comparison.options import MatchOptions

_SHOWN = 12


class ArrayComparison(ValueComparison):
    """Two arrays, `a` and `b`; cells are compared where the shapes are equal, vectors as far as both reach."""

    def __init__(self, a: Array, b: Array, options: MatchOptions, title: str = "") -> None:
        super().__init__(title)
        self.a = a
        self.b = b
        self._options = options

    @cached_property
    def _flat(self) -> tuple[pd.Series[Any], pd.Series[Any]]:
        """Both arrays as vectors of equal length; empty ones where the shapes do not allow for it."""
        a, b = self.a, self.b
        if a.shape != b.shape:
            common = min(len(a), len(b)) if a.ndim == b.ndim == 1 else 0
            a, b = a[:common], b[:common]
        return pd.Series(_cells(a)), pd.Series(_cells(b))

    @cached_property
    def _changed(self) -> Array:
        return changed_positions(*self._flat, self._options)

    @property
    def changed_cells(self) -> int:
        """How many cells differ, of those that were compared."""
        return len(self._changed)

    @property
    def is_equal(self) -> bool:
        """Whether shape, dtype and all cells are the same."""
        return self.a.shape == self.b.shape and self.a.dtype == self.b.dtype and not self.changed_cells

    @property
    def summary(self) -> str:
        """What differs, on one line."""
        if self.is_equal:
            return f"no difference in {_shape(self.a)} cells"
        said = [] if self.a.shape == self.b.shape else [f"shape {_shape(self.a)} → {_shape(self.b)}"]
        said += [] if self.a.dtype == self.b.dtype else [f"dtype {self.a.dtype} → {self.b.dtype}"]
        compared = len(self._flat[0])
        said += [f"{self.changed_cells:,} of {compared:,} cells changed"] if compared else []
        return " · ".join(said)

    @cached_property
    def changes(self) -> pd.DataFrame:
        """One row per changed cell.

        Returns
        -------
        changed cells × a, b (of the arrays' dtypes), difference (float64: b − a, in seconds for instants and durations;
        NaN for other cells). The index is the cell's position: ``axis 0``, ``axis 1``, ….
        """
        return self._changes(None)

    def _changes(self, most: int | None) -> pd.DataFrame:
        places = self._changed[:most]
        a, b = (flat.iloc[places].reset_index(drop=True) for flat in self._flat)
        frame = pd.DataFrame({"a": a, "b": b, "difference": differences(a, b)})
        where = np.unravel_index(places, self.a.shape) if self.a.shape == self.b.shape else (places,)
        names = [f"axis {axis}" for axis in range(len(where))]
        frame.index = (
            pd.Index(where[0], name=names[0]) if len(where) == 1 else pd.MultiIndex.from_arrays(where, names=names)
        )
        return frame

    def parts(self) -> list[Part]:
        """Return the first changed cells."""
        if not self.changed_cells:
            return []
        first = self._changes(_SHOWN)
        places = [label if isinstance(label, tuple) else (label,) for label in first.index]
        rows = tuple(
            (", ".join(map(str, place)), short_text(row.a), short_text(row.b), short_text(row.difference))
            for place, row in zip(places, tuples(first), strict=True)
        )
        columns = ("position", "a", "b", "difference")
        return [TableFacts(columns=columns, rows=rows, align="lrrr", total=self.changed_cells, caption="Changed cells")]


def _cells(array: Array) -> Any:
    """Return the cells of any array as a vector that pandas takes."""
    if isinstance(array, np.ma.MaskedArray):
        cells: Array = array.astype(object)
        cells[np.ma.getmaskarray(array)] = None
        return np.asarray(cells).reshape(-1)
    flat = np.asarray(array).reshape(-1)
    if flat.dtype.kind in "biufcO" and flat.dtype.isnative:
        return flat
    if flat.dtype.kind in "mM" and np.datetime_data(flat.dtype)[0] in ("s", "ms", "us", "ns"):
        return flat
    return pd.Series(flat.tolist(), dtype="object")


def _shape(array: Array) -> str:
    return " × ".join(f"{length:,}" for length in array.shape)
