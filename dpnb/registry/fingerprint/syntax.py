"""The normal form of source code: what a definition computes, without how it is written.

Comments, formatting, docstrings and other texts that stand alone, ``pass`` beside statements, types of arguments and
of local variables do not count. Annotations count in the bodies of classes, where dataclasses and models read them, and
in functions with decorators other than ``@task``, which may read them too. The form is the same in every version of
Python; names of local variables are part of it.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

type Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
type _Field = tuple[str, Any, bool]  # name; value; whether annotations directly in it count

_WITHOUT_MEANING = {"ctx", "kind", "type_comment", "simple"}
_BODIES = ("body", "orelse", "finalbody")


def normal_form(node: ast.AST) -> str:
    r"""Write a definition as text that only changes with what it computes.

    Examples
    --------
    >>> one, two = (ast.parse(text).body[0] for text in ("def f(x: int): return(x)  # so", "def f(x):\n  return x"))
    >>> normal_form(one) == normal_form(two)
    True
    """
    out: list[str] = []
    stack: list[tuple[Any, bool]] = [(node, False)]
    while stack:  # no recursion: a sum of thousands of terms is as deep as it is long
        item, annotated = stack.pop()
        if isinstance(item, str):
            out.append(item)
        elif isinstance(item, list):
            stack.append(("]", False))
            stack.extend((element, annotated) for element in reversed(item))
            out.append("[")
        elif isinstance(item, ast.Name):  # every second node is one
            out.append(f"(Name {item.id!a})")
        elif isinstance(item, ast.AST):
            stack.append((")", False))
            kind, fields = _described(item, annotated=annotated)
            _push(stack, fields)
            out.append(f"({kind}")
        else:
            out.append("~")  # the missing key of {**mapping}, the missing default of a keyword-only argument
    return " ".join(out)


def readable_form(source: str) -> str:
    """Return a definition as it is compared by eye: formatted, without comments and docstrings.

    Text that is none is returned as it is.
    """
    try:
        tree = ast.parse(source)
        if not tree.body or not isinstance(tree.body[0], ast.FunctionDef | ast.AsyncFunctionDef):
            return source
        for node in ast.walk(tree):
            for name in _BODIES:
                body = getattr(node, name, None)
                if isinstance(body, list) and body:
                    setattr(node, name, _statements(body))
        return ast.unparse(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return source


def decorators_below_task(decorators: list[ast.expr]) -> list[ast.expr]:
    """Leave out ``@task(…)`` itself, whose options are told apart from the code, and what lies above it."""
    for position, decorator in enumerate(decorators):
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        if name == "task":
            return decorators[position + 1 :]
    return decorators


def _push(stack: list[tuple[Any, bool]], fields: Iterable[_Field]) -> None:
    for name, value, annotated in reversed([*fields]):
        if isinstance(value, ast.AST):
            stack += (value, annotated), (name, False)
        elif isinstance(value, list):
            if value:
                stack += ([ascii(item) if type(item) is str else item for item in value], annotated), (name, False)
        elif value is not None:
            stack.append((f"{name} {_constant(value)}", False))


def _described(node: ast.AST, *, annotated: bool) -> tuple[str, Iterable[_Field]]:
    match node:
        case ast.Constant():
            return "Constant", [("value", node.value, False)]  # none where it is None
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return type(node).__name__, _function_fields(node)
        case ast.AnnAssign() if not annotated:
            return "Assign", [("targets", [node.target], False), ("value", node.value, False)]
        case ast.arg() if not annotated:
            return "arg", [("arg", node.arg, False)]
        case ast.JoinedStr():  # Python 3.12 leaves empty texts in
            return "JoinedStr", [("values", [value for value in node.values if not _is_empty(value)], False)]
    inherits = annotated and isinstance(node, ast.arguments)
    return type(node).__name__, _plain_fields(node, annotated=inherits or isinstance(node, ast.ClassDef))


def _plain_fields(node: ast.AST, *, annotated: bool) -> Iterator[_Field]:
    for name in _fields(type(node)):
        value = getattr(node, name, None)
        if name in _BODIES and isinstance(value, list) and value:
            value = _statements(value)
        yield name, value, annotated


_known_fields: dict[type, tuple[str, ...]] = {}


def _fields(kind: type[ast.AST]) -> tuple[str, ...]:
    known = _known_fields.get(kind)
    if known is None:
        known = _known_fields[kind] = tuple(name for name in kind._fields if name not in _WITHOUT_MEANING)
    return known


def _function_fields(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[_Field]:
    decorators = decorators_below_task(node.decorator_list)
    for name, value, _ in _plain_fields(node, annotated=False):
        if name == "decorator_list":
            yield name, decorators, False
        elif name != "returns" or decorators:
            yield name, value, bool(decorators) and name == "args"


def _statements(body: list[ast.stmt]) -> list[ast.stmt]:
    """Leave out what does nothing; a body is never empty."""
    return [statement for statement in body if not _does_nothing(statement)] or [ast.Pass()]


def _does_nothing(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant)
    return isinstance(statement, ast.Pass)


def _is_empty(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == ""


def _constant(value: object) -> str:
    text = hex(value) if type(value) is int else ascii(value)  # decimal digits of huge numbers are refused
    return f"{type(value).__name__} {text}"
