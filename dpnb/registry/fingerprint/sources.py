"""Finds the definition that a code object was compiled from.

A cell's text is kept by IPython under a name of its own, and never changes. A file may have been edited since it was
imported, so its text is compiled again, and counts only where the code object comes out of it.
"""

from __future__ import annotations
import __future__

import ast
import linecache
import os
import tokenize
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import CodeType
from typing import TYPE_CHECKING, Any

from dpnb.registry.fingerprint.notebook_cells import TIMED, timed_cells

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dpnb.registry.fingerprint.syntax import Definition

type _Spot = tuple[int | None, int | None, int | None, int | None]  # first and last line, first and last column
type _Place = tuple[int, str]  # first line, with decorators; name

_FUTURE = __future__.annotations.compiler_flag  # may be inherited from the code that compiles
_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A definition, and its lines as they were written, without the indentation that they share."""

    definition: Definition
    text: str


class _Parsed:
    """A text and where its definitions stand; `codes` is empty where the text cannot have changed since it ran."""

    def __init__(self, text: str, tree: ast.Module, codes: Mapping[_Place, list[CodeType]]) -> None:
        self.lines = text.splitlines()
        self.codes = codes
        self._tree = tree

    def place_of(self, code: CodeType) -> _Place | None:
        """Return where a code object comes from: its own place, or another to which an edit above it has moved it."""
        own = (code.co_firstlineno, code.co_name)
        if not self.codes or code in self.codes.get(own, ()):
            return own
        moved = [place for place, held in self.codes.items() if place[1] == code.co_name and _has_alike(held, code)]
        return moved[0] if len(moved) == 1 and code.co_name != "<lambda>" else None

    def lacks(self, code: CodeType) -> bool:
        """Tell whether a code object does not come out of this text, wherever in it."""
        own = (code.co_firstlineno, code.co_name)
        if not self.codes or code in self.codes.get(own, ()):
            return False
        return not any(place[1] == code.co_name and _has_alike(held, code) for place, held in self.codes.items())

    def definitions(self, place: _Place) -> list[Definition]:
        """Return what is defined at a place: several where lambdas share a line."""
        return (self._lambdas if place[1] == "<lambda>" else self._functions).get(place, [])

    @cached_property
    def _functions(self) -> dict[_Place, list[Definition]]:
        waiting: list[ast.AST] = [self._tree]
        found: defaultdict[_Place, list[Definition]] = defaultdict(list)
        for node in waiting:  # grows meanwhile: statements only, for functions cannot stand in expressions
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                found[_place(node)].append(node)
            for name in _BLOCKS:
                waiting += getattr(node, name, ())
        return found

    @cached_property
    def _lambdas(self) -> dict[_Place, list[Definition]]:
        found: defaultdict[_Place, list[Definition]] = defaultdict(list)
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Lambda):
                found[_place(node)].append(node)
        return found


def source_of(code: CodeType) -> Source | None:
    """Return the definition of a function; None where there is none to be found for certain."""
    for parsed in _texts(code):
        place = parsed.place_of(code)
        definition = None if place is None else _chosen(parsed.definitions(place), code)
        if definition is not None:
            return Source(definition=definition, text=_text(parsed.lines, definition))
    return None


def is_lost(code: CodeType) -> bool:
    """Tell whether a code object comes from a file of Python code that has since been edited."""
    if code.co_filename[-3:] != ".py" or _typed_in(code.co_filename) is not None:
        return False
    parsed = _parse_file(code.co_filename, code.co_flags & _FUTURE)
    return parsed is not None and parsed.lacks(code)


def _texts(code: CodeType) -> Iterator[_Parsed]:
    """Yield the texts that a code object may come from."""
    filename, flags = code.co_filename, code.co_flags & _FUTURE
    typed_in = _typed_in(filename)
    found: Iterable[_Parsed | None]
    if filename == TIMED:
        found = (_parse(text, filename, flags) for text in timed_cells())
    elif typed_in is not None:
        found = (_parse(typed_in),)
    else:
        found = (_parse_file(filename, flags),)
    yield from (parsed for parsed in found if parsed is not None)


def _typed_in(filename: str) -> str | None:
    """Return the text of a cell; linecache knows a time of change for files only."""
    entry = linecache.cache.get(filename, ())
    return "".join(entry[2]) if len(entry) > 1 and entry[1] is None else None


def _parse_file(filename: str, flags: int) -> _Parsed | None:
    try:
        state = os.stat(filename)  # noqa: PTH116 - "<string>" is no path
        return _parse(_file_text(filename, state.st_mtime_ns, state.st_size), filename, flags)
    except (OSError, ValueError, SyntaxError):
        return None


@lru_cache(maxsize=256)
def _file_text(filename: str, _modified_ns: int, _size: int) -> str:
    with tokenize.open(filename) as file:
        return file.read()


@lru_cache(maxsize=64)  # trees are large, and needed until all of their functions have been read
def _parse(text: str, filename: str | None = None, flags: int = 0) -> _Parsed | None:
    """Parse a text, and compile it under the name of its file if it may have changed since it ran."""
    codes: defaultdict[_Place, list[CodeType]] = defaultdict(list)
    try:
        tree = ast.parse(text)
        if filename is not None:
            for code in _nested(compile(text, filename, "exec", flags, dont_inherit=True)):
                codes[code.co_firstlineno, code.co_name].append(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return _Parsed(text, tree, codes)


def _place(node: Definition) -> _Place:
    if isinstance(node, ast.Lambda):
        return node.lineno, "<lambda>"
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]), node.name


def _nested(code: CodeType) -> Iterator[CodeType]:
    waiting = [code]
    while waiting:
        nested = [constant for constant in waiting.pop().co_consts if isinstance(constant, CodeType)]
        yield from nested
        waiting += nested


def _has_alike(codes: Iterable[CodeType], code: CodeType) -> bool:
    return any(_without_lines(held) == _without_lines(code) for held in codes)


def _without_lines(code: CodeType) -> tuple[Any, ...]:
    """Return what a code object does, wherever it stands."""
    constants = [
        _without_lines(held) if isinstance(held, CodeType) else (type(held), repr(held)) for held in code.co_consts
    ]
    counts = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags)
    names = (code.co_name, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
    return code.co_code, code.co_exceptiontable, counts, names, constants


def _chosen(candidates: list[Definition], code: CodeType) -> Definition | None:
    """Tell lambdas of one line apart, by the columns that their instructions come from."""
    if len(candidates) > 1:
        spots = [spot for spot in code.co_positions() if spot[2]]  # what Python adds stands at column 0
        holding = [candidate for candidate in candidates if _holds(candidate.body, spots)]
        innermost = [candidate for candidate in holding if not _encloses_another(candidate, holding)]
        candidates = innermost
    return candidates[0] if len(candidates) == 1 else None


def _holds(body: object, spots: Sequence[_Spot]) -> bool:
    if not isinstance(body, ast.expr) or body.end_lineno is None or body.end_col_offset is None:
        return False
    if not spots:
        return isinstance(body, ast.Constant)
    start, end = (body.lineno, body.col_offset), (body.end_lineno, body.end_col_offset)
    return all(
        start <= (line or 0, column or 0) and (end_line or 0, end_column or 0) <= end
        for line, end_line, column, end_column in spots
    )


def _encloses_another(candidate: Definition, others: list[Definition]) -> bool:
    return any(node is other for node in ast.walk(candidate) for other in others if other is not candidate)


def _text(lines: list[str], definition: Definition) -> str:
    first = _place(definition)[0] - 1
    chosen = lines[first : definition.end_lineno]
    indentation = len(chosen[0]) - len(chosen[0].lstrip()) if chosen else 0
    if isinstance(definition, ast.Lambda):
        return "\n".join(chosen).strip()
    return "\n".join(line[indentation:] if not line[:indentation].strip() else line for line in chosen)
