"""Keys of any kind as small integers: equal rows have equal codes, in both frames."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from dpnb.results.comparison.column_kinds import Array, Kind, kind_of, plain
from dpnb.results.comparison.options import MatchOptions

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, kw_only=True)
class JointCodes:
    """The codes of two frames' rows, from 0 to below `count`; not each of them needs to occur."""

    a: Array
    b: Array
    count: int

    @cached_property
    def often_in_a(self) -> Array:
        """How often each code occurs in the first frame."""
        return np.bincount(self.a, minlength=self.count)

    @cached_property
    def often_in_b(self) -> Array:
        """How often each code occurs in the second frame."""
        return np.bincount(self.b, minlength=self.count)

    @property
    def has_unique_a(self) -> bool:
        """Whether no two rows of the first frame are alike."""
        return bool((self.often_in_a < 2).all())  # noqa: PLR2004

    @property
    def has_unique_b(self) -> bool:
        """Whether no two rows of the second frame are alike."""
        return bool((self.often_in_b < 2).all())  # noqa: PLR2004

    @property
    def common(self) -> int:
        """How many codes occur in both frames."""
        return int(np.count_nonzero(np.minimum(self.often_in_a, self.often_in_b)))

    @property
    def has_same_rows(self) -> bool:
        """Whether each code that occurs at all occurs in both frames."""
        return bool(((self.often_in_a > 0) == (self.often_in_b > 0)).all())

    @property
    def repeated(self) -> int:
        """How many codes occur more than once in a frame."""
        return int(np.count_nonzero(np.maximum(self.often_in_a, self.often_in_b) > 1))

    def numbered(self) -> JointCodes:
        """Return codes that are unique in each frame: the first row of a code is paired with the first, and so on."""
        places = [_occurrences(codes) for codes in (self.a, self.b)]
        width = 1 + max(int(each.max(initial=0)) for each in places)
        wide = [codes * width + place for codes, place in zip((self.a, self.b), places, strict=True)]
        codes, known = pd.factorize(np.concatenate(wide))
        return JointCodes(a=codes[: len(self.a)], b=codes[len(self.a) :], count=len(known))


def joint_codes(a: Sequence[pd.Series[Any]], b: Sequence[pd.Series[Any]]) -> JointCodes:
    """Return the codes of rows that are told by several columns, missing values being alike.

    Raises
    ------
    TypeError
        A cell cannot be hashed.
    """
    rows = len(a[0])
    codes, count = np.zeros(rows + len(b[0]), dtype=np.int64), 1
    for of_a, of_b in zip(a, b, strict=True):
        own, width = _coded(of_a, of_b)
        codes, count = _compact(codes * width + own, count * width)
    return JointCodes(a=codes[:rows], b=codes[rows:], count=count)


def _compact(codes: Array, count: int) -> tuple[Array, int]:
    """Return codes with fewer gaps, where there are more numbers than rows; and a number above all of them."""
    if count <= max(len(codes), 1):
        return codes, count
    compact, known = pd.factorize(codes)
    return compact, len(known)


def _coded(a: pd.Series[Any], b: pd.Series[Any]) -> tuple[Array, int]:
    """Return codes of the rows of both, and a number above all codes."""
    both = [plain(a), plain(b)]
    if (dense := _dense_codes(*both)) is not None:
        return dense
    if {kind_of(each.dtype) for each in both} != {Kind.NUMBER} and both[0].dtype != both[1].dtype:
        both = [each.astype(object) for each in both]
    codes, known = pd.factorize(pd.concat(both, ignore_index=True), use_na_sentinel=False)
    return codes, len(known)


def _dense_codes(a: pd.Series[Any], b: pd.Series[Any]) -> tuple[Array, int] | None:
    """Return integers that leave few gaps as codes themselves, which takes no table of hashes."""
    if not (a.dtype == b.dtype == np.dtype("int64") and len(a) and len(b)):
        return None
    of_a, of_b = a.to_numpy(), b.to_numpy()
    least, most = min(int(of_a.min()), int(of_b.min())), max(int(of_a.max()), int(of_b.max()))
    if most - least >= len(a) + len(b):
        return None
    return np.concatenate([of_a, of_b]) - least, most - least + 1


def is_unique(column: pd.Series[Any]) -> bool:
    """Tell whether no value of a column occurs twice; soon where they rise, as the numbers of rows do."""
    index = pd.Index(plain(column))
    _ = index.is_monotonic_increasing  # finds out, on its way, whether values that rise are unique
    return bool(index.is_unique)


def _occurrences(codes: Array) -> Array:
    """Return how many rows of the same code came before each row."""
    return pd.Series(codes).groupby(codes).cumcount().to_numpy()


def are_in_place(a: Sequence[pd.Series[Any]], b: Sequence[pd.Series[Any]]) -> bool:
    """Tell whether both frames' keys are the same, row by row."""
    from dpnb.results.comparison.cell_changes import changed_positions

    exact = MatchOptions()
    return len(a[0]) == len(b[0]) and not any(
        len(changed_positions(of_a, of_b, exact)) for of_a, of_b in zip(a, b, strict=True)
    )


@dataclass(frozen=True, kw_only=True)
class RowGroups:
    """One frame's rows in groups that the columns looked at so far do not tell apart; a code below `count` for each."""

    codes: Array
    count: int

    @classmethod
    def single(cls, rows: int) -> RowGroups:
        """Return all rows as one group."""
        return cls(codes=np.zeros(rows, dtype=np.int64), count=1)

    def alike(self) -> Array:
        """Return the rows that are not alone, those of a group beside each other."""
        rows = np.flatnonzero(np.bincount(self.codes)[self.codes] > 1)
        return rows[np.argsort(self.codes[rows], kind="stable")]

    def told_apart(self, column: pd.Series[Any], rows: Array) -> int:
        """Return into how many groups a column would part some of the rows; 0 where its cells cannot be hashed."""
        try:
            values = pd.factorize(column.iloc[rows])[0]
        except TypeError:
            return 0
        return len(pd.unique(self.codes[rows] * (len(rows) + 1) + values))

    def parted(self, column: pd.Series[Any]) -> RowGroups:
        """Return smaller groups, whose rows are alike in this column too."""
        values, known = pd.factorize(column)
        width = max(len(known), 1)
        codes, count = _compact(self.codes * width + values, self.count * width)
        return RowGroups(codes=codes, count=count)
