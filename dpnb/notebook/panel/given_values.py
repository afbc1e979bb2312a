"""Run parameters as they are typed into a page: a text for each, and back.

The tasks' signatures say what a text is to be. They are read as a run has recorded them, since whoever shows a run need
not have its tasks.
"""

from __future__ import annotations

import ast
import math
import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from dpnb.errors import RerunParameterError
from dpnb.notebook.parameters import is_literal, parse_value, python_literal
from dpnb.registry.value_json import is_readable
from dpnb.results.short_text import short_repr

if TYPE_CHECKING:
    from collections.abc import Callable

_NONE = "None"


class Kind(StrEnum):
    """How a parameter is typed into a page."""

    WHOLE = "whole"
    NUMBER = "number"
    TRUTH = "truth"
    TEXT = "text"
    CHOICE = "choice"
    DATE = "date"
    VALUE = "value"  # anything else: Python or JSON, or the text as it is


_KINDS = {
    "int": Kind.WHOLE,
    "float": Kind.NUMBER,
    "bool": Kind.TRUTH,
    "str": Kind.TEXT,
    "date": Kind.DATE,
    "datetime.date": Kind.DATE,
}
_RULES = {
    Kind.WHOLE: "a whole number",
    Kind.NUMBER: "a number",
    Kind.TRUTH: "true or false",
    Kind.DATE: "a date such as 2013-01-31",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterType:
    """What an annotation, as text, asks for; `admits_none` where it says ``| None``."""

    text: str = ""
    kind: Kind = Kind.VALUE
    choices: tuple[Any, ...] = ()
    admits_none: bool = False

    @classmethod
    def of(cls, annotation: str) -> ParameterType:
        """Read an annotation as a signature writes it.

        Examples
        --------
        >>> ParameterType.of("Literal['EWR', 'JFK'] | None").choices
        ('EWR', 'JFK')
        """
        members = [one for one in re.split(r"\s*\|\s*(?![^\[]*\])", annotation.strip()) if one]
        admits_none = _NONE in members
        named = [one for one in members if one != _NONE]
        if len(named) != 1:
            return cls(text=annotation, admits_none=admits_none)
        if choices := _choices(named[0]):
            return cls(text=annotation, kind=Kind.CHOICE, choices=choices, admits_none=admits_none)
        return cls(text=annotation, kind=_KINDS.get(named[0], Kind.VALUE), admits_none=admits_none)

    def write(self, value: Any) -> str | None:
        """Return a value as the text that stands for it; None where no text would give it back."""
        if not is_readable(value):
            return None
        text = self._write(value)
        try:
            given = self._read(text)
        except (ValueError, KeyError):
            return None
        return text if type(given) is type(value) and given == value else None

    def _write(self, value: Any) -> str:
        if value is None or self.kind is Kind.CHOICE:
            return repr(value)
        if isinstance(value, str):
            return value if self.kind is Kind.TEXT or _value(value) == value else repr(value)
        if self.kind in (Kind.NUMBER, Kind.TRUTH, Kind.DATE):
            return str(value).lower() if isinstance(value, bool) else str(value)
        return python_literal(value) if is_literal(value) else ""

    def read(self, name: str, text: str) -> Any:
        """Return the value that a text stands for. Raises `RerunParameterError`."""
        try:
            return self._read(text)
        except (ValueError, KeyError):
            rule = _RULES.get(self.kind) or f"one of {', '.join(map(repr, self.choices))}"
            raise RerunParameterError(name, text, rule, annotation=self.text) from None

    def _read(self, text: str) -> Any:
        plain = text.strip()
        if self.admits_none and plain == _NONE:
            return None
        if self.kind is Kind.CHOICE:
            return {repr(choice): choice for choice in self.choices}[plain]
        return text if self.kind is Kind.TEXT else _READERS[self.kind](plain)


def shown(value: Any) -> str:
    """Return a value as a hint beside the field that it cannot be written into."""
    return str(value) if isinstance(value, str) else short_repr(value)


def parameter_types(signature: str) -> dict[str, str]:
    """Return the annotations in a recorded signature, by parameter; none where it is not to be read.

    Examples
    --------
    >>> parameter_types("(flights: DataFrame, 연도: int = …, top = …) → DataFrame")
    {'flights': 'DataFrame', '연도': 'int', 'top': ''}
    """
    head = signature.rpartition(") → ")[0] or signature.strip().removesuffix(")")
    parameters = re.sub(r" = …(?=, |$)", " = ...", head.removeprefix("("))
    try:
        (definition,) = ast.parse(f"def f(*, {parameters}): ...").body
    except SyntaxError:
        return {}
    taken = definition.args.kwonlyargs if isinstance(definition, ast.FunctionDef) else []
    return {one.arg: ast.unparse(one.annotation) if one.annotation else "" for one in taken}


def _choices(annotation: str) -> tuple[Any, ...]:
    inside = re.fullmatch(r"(?:typing\.)?Literal\[(.*)\]", annotation, re.DOTALL)
    try:
        return tuple(ast.literal_eval(f"({inside[1]},)")) if inside else ()
    except (ValueError, SyntaxError):
        return ()


def _number(text: str) -> float:
    number = float(text)
    is_whole = math.isfinite(number) and re.fullmatch(r"[+-]?\d+", text)
    return int(text) if is_whole else number


def _value(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return parse_value(text)


def _truth(text: str) -> bool:
    return {"true": True, "false": False}[text.lower()]


_READERS: dict[Kind, Callable[[str], Any]] = {
    Kind.WHOLE: int,
    Kind.NUMBER: _number,
    Kind.TRUTH: _truth,
    Kind.DATE: date.fromisoformat,
    Kind.VALUE: _value,
}
