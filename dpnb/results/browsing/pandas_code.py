"""A view as the pandas code that makes it, for the next cell of a notebook."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any

from dpnb.results.browsing.kinds import Kind
from dpnb.results.browsing.views import is_compared_as_text, operand

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dpnb.results.browsing.columns import Column
    from dpnb.results.browsing.tables import Table
    from dpnb.results.browsing.views import Filter, Sort, View


def code_of(view: View, table: Table, value: str, chosen: Sequence[int] | None = None) -> str:
    """Return code that leaves the view in a frame named ``view``, with the `chosen` columns only where given.

    Parameters
    ----------
    value
        Code that gives the value whose table it is; the lines before the last prepare it.
    chosen
        Positions of columns, the index's levels among them.

    Examples
    --------
    >>> import pandas as pd
    >>> from dpnb.results.browsing import Filter, Sort, View, table_of
    >>> table = table_of(pd.DataFrame({"day": [1, 2], "name": ["a", "b"]}))
    >>> view = View(sort=(Sort(column=0, descending=True),), filters=(Filter(column=1, operator="equals", value="a"),))
    >>> print(code_of(view, table, 'run["sales"]'))
    frame = run["sales"]
    view = frame[frame["name"] == "a"]
    view = view.sort_values("day", ascending=False, kind="stable")
    """
    *setup, value = value.split("\n")
    writer = _Writer(table)
    lines = [f"frame = {table.frame_code.format(value=value)}"]
    for one in view.filters:
        writer.keep(one)
    writer.sort(view.sort)
    if chosen is not None:
        writer.choose(chosen)
    lines += writer.lines or ["view = frame"]
    imports = ["import pandas as pd"] if any("pd." in line for line in lines) else []
    return "\n".join([*imports, *setup, *([""] if imports or setup else []), *lines])


class _Writer:
    """Writes statements, each of which takes what the one before has left.

    A column whose name is not its own, or cannot be written down, is named by its position.
    """

    def __init__(self, table: Table) -> None:
        self.lines: list[str] = []
        self._columns = table.columns
        self._levels = sum(column.level is not None for column in table.columns)
        self._uses = Counter(literal_of(column.name) for column in table.columns)

    @property
    def _frame(self) -> str:
        return "view" if self.lines else "frame"

    def keep(self, one: Filter) -> None:
        column = self._columns[one.column]
        test = _condition(one, column, self._values(one.column))
        if column.level is not None:  # a series of labels has another index than its frame
            test = f"({test}).to_numpy(dtype=bool, na_value=False)"
        self.lines.append(f"view = {self._frame}[{test}]")

    def sort(self, sort: Sequence[Sort]) -> None:
        names = [None if self._columns[one.column].code_dtype else self._name(one.column) for one in sort]
        if all(name is not None for name in names):
            if sort:
                self.lines.append(f"view = {self._frame}.sort_values({_by(names, sort)}, kind={quoted('stable')})")
            return
        for one in reversed(sort):
            direction = ", ascending=False" if one.descending else ""
            values = self._values(one.column, is_counted=True)
            self.lines.append(f"order = {values}.sort_values(kind={quoted('stable')}{direction}).index")
            self.lines.append(f"view = {self._frame if len(self.lines) > 1 else 'frame'}.iloc[order]")

    def choose(self, chosen: Sequence[int]) -> None:
        proper = [column for column in chosen if self._columns[column].level is None]
        names = [self._name(column) for column in proper]
        if all(name is not None for name in names):
            self.lines.append(f"view = {self._frame}[[{', '.join(map(str, names))}]]")
        else:
            self.lines.append(f"view = {self._frame}.iloc[:, {[column - self._levels for column in proper]}]")

    def _name(self, column: int) -> str | None:
        literal = literal_of(self._columns[column].name)
        is_own = self._columns[column].level is None and self._uses[literal] == 1
        return literal if is_own else None

    def _values(self, column: int, *, is_counted: bool = False) -> str:
        level = self._columns[column].level
        if level is not None:
            return f"pd.Series({self._frame}.index.get_level_values({level}))"
        name = self._name(column)
        values = f"{self._frame}.iloc[:, {column - self._levels}]" if name is None else f"{self._frame}[{name}]"
        if dtype := self._columns[column].code_dtype:
            values = f"{values}.astype({quoted(dtype)})"
        return f"{values}.reset_index(drop=True)" if is_counted else values


def _by(names: Sequence[str | None], sort: Sequence[Sort]) -> str:
    if len(names) == 1:
        return f"{names[0]}{', ascending=False' if sort[0].descending else ''}"
    directions = [not one.descending for one in sort]
    return f"[{', '.join(map(str, names))}]" + ("" if all(directions) else f", ascending={directions}")


def _condition(one: Filter, column: Column, values: str) -> str:
    match one.operator:
        case "missing":
            return f"{values}.isna()"
        case "present":
            return f"{values}.notna()"
        case "between":
            return _between(one, column, values)
        case "equals" if not is_compared_as_text(column):
            return f"{values} == {_written(operand(one.value, column))}"
        case "equals":
            return f"({_texts(column, values)} == {_written(one.value)}) & {values}.notna()"
    holds = f"str.contains({_written(one.value)}, case=False, regex=False, na=False)"
    return f"{values}.{holds}" if column.kind is Kind.TEXT else f"{_texts(column, values)}.{holds} & {values}.notna()"


def _texts(column: Column, values: str) -> str:
    """Return code that gives values as their texts, as `dpnb.results.browsing.masks.texts_of` does."""
    return f"{values}.astype(str)" if column.kind is Kind.CATEGORY else f"{values}.astype(object).map(str)"


def _between(one: Filter, column: Column, values: str) -> str:
    low, high = (_written(operand(text, column)) if text else "" for text in (one.low, one.high))
    if low and high:
        return f"{values}.between({low}, {high})"
    if low:
        return f"{values} >= {low}"
    return f"{values} <= {high}" if high else f"{values}.notna()"


def _written(value: Any) -> str:
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, float) and not math.isfinite(value):
        return f"float({quoted(repr(value))})"
    kind = type(value).__name__
    return f"pd.{kind}({quoted(str(value))})" if kind in {"Timestamp", "Timedelta"} else repr(value)


def literal_of(name: Any) -> str | None:
    """Return a name as code; None where it has none: a truth in brackets would be taken for a mask."""
    if isinstance(name, str):
        return quoted(name)
    if type(name) is int or (type(name) is float and math.isfinite(name)):
        return repr(name)
    if type(name) is tuple:
        parts = [literal_of(part) for part in name]
        return None if None in parts else f"({', '.join(map(str, parts))}{',' if len(parts) == 1 else ''})"
    return None


def quoted(text: str) -> str:
    """Return a string literal in double quotes, as formatters leave it."""
    inner = repr(f"'{text}")[2:-1] if '"' not in text else None
    return repr(text) if inner is None else f'"{inner}"'
