"""What somebody wants to see of a table: which rows, in which order. Made from plain data, and checked there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from dpnb.errors import BrowseRequestError
from dpnb.results.browsing.kinds import Kind, kind_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dpnb.results.browsing.columns import Column

_MOST_TERMS = 20
_TRUTHS = {"true": True, "false": False}
_LIKE = {
    Kind.INTEGER: "type a number, such as 1000 or -5.",
    Kind.NUMBER: "type a number, such as 0.5 or 1e6.",
    Kind.BOOLEAN: "type true or false.",
    Kind.INSTANT: "type a day or an instant, such as 2013-01-31 or 2013-01-31 12:00.",
    Kind.DURATION: "type a duration, such as 90 min or 2 days.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """By which column, by its position among all columns; missing values come last either way."""

    column: int
    descending: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What a row's value must be: one of the operators of the column's kind, and its texts.

    ``between`` takes `low` and `high`, both included and either of them empty; ``equals`` and ``contains`` take
    `value`. Text is compared without regard to case by ``contains``.
    """

    column: int
    operator: str
    value: str = ""
    low: str = ""
    high: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Rows that pass all filters, sorted by the first of `sort`, then the next; else in their own order."""

    sort: tuple[Sort, ...] = ()
    filters: tuple[Filter, ...] = ()

    @classmethod
    def from_plain(cls, plain: Any, columns: Sequence[Column]) -> Self:
        """Read what a page sends. Raises `BrowseRequestError`."""
        plain = {} if plain is None else plain
        if not isinstance(plain, dict):
            raise BrowseRequestError(plain, rule="a view is an object with sort and filters")
        sort = tuple(_sort(one, columns) for one in _list(plain, "sort"))
        filters = tuple(_filter(one, columns) for one in _list(plain, "filters"))
        return cls(sort=sort, filters=filters)


def _list(plain: Mapping[str, Any], name: str) -> list[Any]:
    found = plain.get(name, [])
    if not isinstance(found, list) or len(found) > _MOST_TERMS or not all(isinstance(one, dict) for one in found):
        raise BrowseRequestError(found, rule=f"{name} is a list of at most {_MOST_TERMS} objects")
    return found


def _sort(plain: Mapping[str, Any], columns: Sequence[Column]) -> Sort:
    sort = Sort(column=position_of(plain.get("column"), columns), descending=plain.get("descending") is True)
    column = columns[sort.column]
    if not column.kind.is_sortable:
        raise BrowseRequestError(column.name, rule=f"values of type {column.dtype} have no order to sort them by")
    return sort


def _filter(plain: Mapping[str, Any], columns: Sequence[Column]) -> Filter:
    texts = {name: plain.get(name, "") for name in ("operator", "value", "low", "high")}
    if not all(isinstance(text, str) for text in texts.values()):
        raise BrowseRequestError(plain, rule="what a filter compares with is text")
    found = Filter(column=position_of(plain.get("column"), columns), **texts)
    column = columns[found.column]
    if found.operator not in column.kind.operators:
        allowed = ", ".join(column.kind.operators)
        raise BrowseRequestError(found.operator, rule=f"{column.dtype} columns are filtered by {allowed}")
    for text in _compared(found):
        operand(text, column)
    return found


def _compared(found: Filter) -> list[str]:
    if found.operator == "between":
        return [text for text in (found.low, found.high) if text]
    return [found.value] if found.operator == "equals" else []


def position_of(found: Any, columns: Sequence[Column]) -> int:
    """Return a column's position as it was asked for. Raises `BrowseRequestError`."""
    if isinstance(found, bool) or not isinstance(found, int) or not 0 <= found < len(columns):
        raise BrowseRequestError(found, rule=f"a column is a position from 0 to {len(columns) - 1}")
    return found


def is_compared_as_text(column: Column) -> bool:
    """Tell whether values are compared by their text, since what is typed cannot be made one of them."""
    if column.kind is Kind.CATEGORY:
        return kind_of(column.part(0, 0).categories.array) is not Kind.TEXT
    return column.kind is Kind.OTHER


def operand(text: str, column: Column) -> Any:
    """Return what a filter compares values of the column with. Raises `BrowseRequestError`."""
    import pandas as pd

    try:
        match column.kind:
            case Kind.INTEGER | Kind.NUMBER:
                return _numeral(text)
            case Kind.BOOLEAN:
                return _TRUTHS[text.strip().lower()]
            case Kind.INSTANT:
                return _instant(text, column)
            case Kind.DURATION:
                return pd.Timedelta(text)
            case _:
                return text
    except (ValueError, KeyError, OverflowError):
        rule = f"it is no value of a column of type {column.dtype}"
        raise BrowseRequestError(text, rule=rule, hint=_LIKE.get(column.kind, "")) from None


def _numeral(text: str) -> int | float:
    plain = text.strip().replace(",", "").replace("_", "")
    try:
        return int(plain)
    except ValueError:
        return float(plain)


def _instant(text: str, column: Column) -> Any:
    import pandas as pd

    instant = pd.Timestamp(text)
    if pd.isna(instant):
        raise ValueError(text)
    zone = getattr(column.part(0, 0).dtype, "tz", None)
    if zone is None:
        zone = getattr(getattr(column.part(0, 0).dtype, "pyarrow_dtype", None), "tz", None)
    if zone is None:
        return instant.tz_localize(None)
    return instant.tz_localize(zone) if instant.tzinfo is None else instant.tz_convert(zone)
