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
from dataclasses import dataclass, field
from functools import lru_cache
from types import CodeType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dpnb.registry.fingerprint.syntax import Definition

type _Place = tuple[int, str]  # first line, with decorators; name

_FUTURE = __future__.annotations.compiler_flag  # may be inherited from the code that compiles
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A definition, and its lines as they were written, without the indentation that they share."""

    definition: Definition
    text: str


@dataclass(frozen=True, slots=True)
class _Parsed:
    lines: list[str]
    definitions: dict[_Place, list[Definition]]
    codes: dict[_Place, list[CodeType]] = field(default_factory=dict)  # empty where the text cannot have changed


def source_of(code: CodeType) -> Source | None:
    """Return the definition of a function; None where there is none to be found for certain."""
    parsed = _parsed(code.co_filename, code.co_flags & _FUTURE)
    if parsed is None:
        return None
    place = (code.co_firstlineno, code.co_name)
    if parsed.codes and code not in parsed.codes.get(place, ()):
        return None
    candidates = parsed.definitions.get(place, [])
    if len(candidates) > 1:
        candidates = [candidate for candidate in candidates if _holds(candidate, code)]
    if len(candidates) != 1:
        return None
    return Source(definition=candidates[0], text=_text(parsed.lines, candidates[0]))


def _parsed(filename: str, flags: int) -> _Parsed | None:
    entry = linecache.cache.get(filename, ())
    if len(entry) > 1 and entry[1] is None:
        return _parse_cell("".join(entry[2]))
    try:
        state = os.stat(filename)  # noqa: PTH116 - "<string>" is no path
    except (OSError, ValueError):
        return None
    return _parse_file(filename, flags, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=256)
def _parse_cell(text: str) -> _Parsed | None:
    return _parse(text)


@lru_cache(maxsize=256)
def _parse_file(filename: str, flags: int, _modified_ns: int, _size: int) -> _Parsed | None:
    try:
        with tokenize.open(filename) as file:
            text = file.read()
        compiled = compile(text, filename, "exec", flags, dont_inherit=True)
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    parsed = _parse(text)
    if parsed is not None:
        for code in _nested(compiled):
            parsed.codes.setdefault((code.co_firstlineno, code.co_name), []).append(code)
    return parsed


def _parse(text: str) -> _Parsed | None:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    definitions = defaultdict(list)
    for node in ast.walk(tree):
        if isinstance(node, _DEFINITIONS):
            definitions[_place(node)].append(node)
    return _Parsed(text.splitlines(), dict(definitions))


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


def _holds(definition: Definition, code: CodeType) -> bool:
    """Tell lambdas of one line apart, by the columns that their instructions come from."""
    if not isinstance(definition, ast.Lambda):
        return True
    body = definition.body
    start, end = (body.lineno, body.col_offset), (body.end_lineno, body.end_col_offset)
    *_, last = code.co_positions()  # the return, which spans the whole body
    return (last[0], last[2]) == start and (last[1], last[3]) == end


def _text(lines: list[str], definition: Definition) -> str:
    first = _place(definition)[0] - 1
    chosen = lines[first : definition.end_lineno]
    indentation = len(chosen[0]) - len(chosen[0].lstrip()) if chosen else 0
    if isinstance(definition, ast.Lambda):
        return "\n".join(chosen).strip()
    return "\n".join(line[indentation:] if not line[:indentation].strip() else line for line in chosen)
