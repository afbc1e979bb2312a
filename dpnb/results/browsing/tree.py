"""Values that are no tables, opened level by level: a hundred parts at a time, none before it is asked for."""

from __future__ import annotations

import dataclasses
from collections import deque
from enum import Enum
from functools import partial
from itertools import islice
from operator import getitem
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from dpnb.errors import BrowseRequestError
from dpnb.results.browsing.cells import whole_text
from dpnb.results.browsing.pandas_code import literal_of, quoted
from dpnb.results.browsing.pictures import is_picture, picture_of
from dpnb.results.browsing.tables import table_of
from dpnb.results.short_text import short_repr, short_text
from dpnb.results.stream import Stream
from dpnb.results.type_names import type_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dpnb.results.browsing.tables import Table

MOST_CHILDREN = 100
_DEEPEST = 100
_LONG_TEXT = 120
_NAMED_COLUMNS = 6
_LEAVES = (str, bytes, bytearray, int, float, complex, bool, type(None), type, Enum, PurePath, UUID)
_COUNTED = (dict, set, frozenset, Stream, list, deque)
_OF_ERRORS = ("args", "__notes__", "__cause__")


class Part(NamedTuple):
    """A part of a value: what it is called there, how to get it, and the code for that; ``{}`` is the value."""

    label: str
    get: Callable[[], Any]
    code: str


class Tree:
    """A value whose parts are told by their positions, level by level.

    Examples
    --------
    >>> tree = Tree({"model": {"weights": [0.5, 1.5]}, "note": "한글"})
    >>> [(node["label"], node["text"]) for node in tree.children([0])["nodes"]]
    [("'weights'", '[0.5, 1.5]')]
    """

    def __init__(self, value: Any, label: str = "result") -> None:
        self._value = value
        self._label = label

    def describe(self) -> dict[str, Any]:
        """Return the value's own node."""
        return {"shows": "tree", "type": type_name(type(self._value)), "root": node_of(self._label, self._value)}

    def children(self, path: Sequence[int], offset: int = 0) -> dict[str, Any]:
        """Return some parts of the value that `path` leads to, as nodes, and how many there are.

        Raises
        ------
        BrowseRequestError
            There is nothing at that place.
        """
        value = self.at(path)
        if not _is_place(offset):
            raise BrowseRequestError(offset, rule="an offset is a whole number from 0 on")
        nodes = [_node(value, place, part) for place, part in enumerate(_parts(value, offset, MOST_CHILDREN), offset)]
        return {"nodes": nodes, "offset": offset, "total": count_of(value) or 0}

    def whole(self, path: Sequence[int]) -> dict[str, Any]:
        """Return all of a value's text, up to 100,000 characters. Raises like `children`."""
        text, is_cut = whole_text(self.at(path))
        return {"text": text, "is_cut": is_cut}

    def picture(self, path: Sequence[int]) -> dict[str, Any]:
        """Return the picture that `path` leads to, as an address. Raises like `children`, also where it is none."""
        return {"src": picture_of(self.at(path))}

    def table(self, path: Sequence[int]) -> Table:
        """Return the frame that `path` leads to. Raises like `children`, also where it is none."""
        found = table_of(self.at(path))
        if found is None:
            raise BrowseRequestError(list(path), rule="it is no table")
        return found

    def at(self, path: Sequence[int]) -> Any:
        """Return the value that `path` leads to. Raises `BrowseRequestError`."""
        value = self._value
        for part in self._parts_on(path):
            value = part.get()
        return value

    def code(self, path: Sequence[int], value: str) -> str:
        """Return code that gives what `path` leads to; `value` is what gives the whole. Raises like `children`.

        Examples
        --------
        >>> Tree({"표": [1, 2]}).code([0, 1], 'run["t"]')
        'run["t"]["표"][1]'
        """
        *setup, code = value.split("\n")
        for part in self._parts_on(path):
            code = part.code.replace("{}", code, 1)
        return "\n".join([*setup, code])

    def _parts_on(self, path: Sequence[int]) -> Iterator[Part]:
        if len(path) > _DEEPEST:
            raise BrowseRequestError(list(path), rule=f"a path is a list of at most {_DEEPEST} positions")
        value = self._value
        for place in path:
            part = next(_parts(value, place, 1), None) if _is_place(place) else None
            if part is None:
                raise BrowseRequestError(list(path), rule="there is no such part")
            yield part
            value = part.get()


def _is_place(place: object) -> bool:
    return isinstance(place, int) and not isinstance(place, bool) and place >= 0


def node_of(label: str, value: Any) -> dict[str, Any]:
    """Return what a page shows of a value before it is opened; never costs more than a short text of it."""
    table = None if isinstance(value, _LEAVES) else table_of(value)
    count = table.rows if table is not None else count_of(value)
    is_text = isinstance(value, (str, bytes, bytearray))
    text = " ".join(short_repr(value).split()) if table is None else _columns_text(table)
    return {
        "label": label,
        "type": type_name(type(value)),
        "text": text.encode("utf-8", "backslashreplace").decode(),
        "count": len(value) if is_text else None if is_picture(value) else count,
        "opens": bool(count_of(value)),
        "is_table": table is not None,
        "is_long": is_text and len(value) > _LONG_TEXT,
        "is_picture": is_picture(value),
    }


def _columns_text(table: Table) -> str:
    names = ", ".join(short_text(column.name) for column in table.columns[:_NAMED_COLUMNS])
    more = len(table.columns) - _NAMED_COLUMNS
    return f"{names} and {more:,} more columns" if more > 0 else names


def _node(owner: Any, place: int, part: Part) -> dict[str, Any]:
    record = owner.describe(place) if isinstance(owner, Stream) else None
    if record is None:
        return node_of(part.label, part.get())
    facts = record.facts  # a stream's chunks are told of without loading them
    return {
        "label": part.label,
        "type": facts.type,
        "text": facts.text or (f"{facts.rows:,} rows" if facts.rows is not None else ""),
        "count": facts.rows,
        "opens": not facts.columns and facts.rows != 0,
        "is_table": bool(facts.columns),
        "is_long": False,
        "is_picture": False,
    }


def count_of(value: Any) -> int | None:
    """Return how many parts a value has; None where it is a leaf."""
    if isinstance(value, _LEAVES):
        return None
    if isinstance(value, _COUNTED) or _is_plain_tuple(value):
        return len(value)
    if _is_array(value) and not _is_record(value):
        return int(value.shape[0]) if value.ndim else None
    return None if table_of(value) is not None else len(_fields(value)) or None


def _parts(value: Any, start: int, most: int) -> Iterator[Part]:
    if count_of(value) is None:
        return iter(())
    stop = start + most
    if isinstance(value, dict):
        return _items(value, start, stop)
    if isinstance(value, set | frozenset):
        found = enumerate(islice(value, start, stop), start)
        return (Part("•", partial(_same, part), f"list({{}})[{place}]") for place, part in found)
    if isinstance(value, Stream):
        ids = value.result_ids
        return (Part(ids[at], partial(getitem, value, at), f"{{}}[{at}]") for at in _places(value, start, stop))
    if isinstance(value, list | deque) or _is_plain_tuple(value) or (_is_array(value) and value.ndim):
        return (Part(f"[{at}]", partial(getitem, value, at), f"{{}}[{at}]") for at in _places(value, start, stop))
    return _attributes(value, start, stop)


def _items(value: dict[Any, Any], start: int, stop: int) -> Iterator[Part]:
    for place, (key, part) in enumerate(islice(value.items(), start, stop), start):
        literal = literal_of(key)
        code = f"list({{}}.values())[{place}]" if literal is None else f"{{}}[{literal}]"
        yield Part(short_repr(key), partial(_same, part), code)


def _attributes(value: Any, start: int, stop: int) -> Iterator[Part]:
    for name in _fields(value)[start:stop]:
        if _is_record(value):
            yield Part(short_text(name), partial(getitem, value, name), f"{{}}[{quoted(name)}]")
        else:
            code = f"{{}}.{name}" if name.isidentifier() else f"getattr({{}}, {quoted(name)})"
            yield Part(short_text(name), partial(getattr, value, name), code)


def _same(value: Any) -> Any:
    return value


def _places(value: Any, start: int, stop: int) -> range:
    return range(start, min(stop, len(value)))


def _is_plain_tuple(value: Any) -> bool:
    return isinstance(value, tuple) and not hasattr(value, "_fields")


def _is_array(value: Any) -> bool:
    return type(value).__module__.partition(".")[0] == "numpy" and hasattr(value, "ndim") and hasattr(value, "dtype")


def _is_record(value: Any) -> bool:
    """Tell whether it is an element of a structured array."""
    return _is_array(value) and not value.ndim and bool(value.dtype.names)


def _fields(value: Any) -> list[str]:
    """Return the names of what an object stores; properties are code, and are not called."""
    if _is_record(value):
        return list(value.dtype.names)
    if isinstance(value, BaseException):
        return [name for name in dict.fromkeys((*_OF_ERRORS, *vars(value))) if getattr(value, name, None)]
    if isinstance(value, tuple):
        return list(getattr(value, "_fields", ()))
    if dataclasses.is_dataclass(value):
        return [field.name for field in dataclasses.fields(value) if hasattr(value, field.name)]
    names = [name for name in getattr(value, "__dict__", {}) if isinstance(name, str)]
    for kind in type(value).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        names += [slot for slot in ([slots] if isinstance(slots, str) else slots) if hasattr(value, slot)]
    return [name for name in dict.fromkeys(names) if name not in {"__dict__", "__weakref__"}]
