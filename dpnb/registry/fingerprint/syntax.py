"""The normal form of source code: what a definition computes, without how it is written.

Comments, formatting, docstrings and other texts that stand alone, ``pass`` beside statements, types of arguments and
of local variables do not count. Annotations count in the bodies of classes, where dataclasses and models read them, and
in functions with decorators other than ``@task``, which may read them too. The form is the same in every version of
Python; names of local variables are part of it.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

type Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
type _Field = tuple[str, Any]

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
    stack: list[Any] = [node]
    while stack:  # no recursion: a sum of thousands of terms is as deep as it is long
        item = stack.pop()
        kind = type(item)
        if kind is str:
            out.append(item)
        elif kind is ast.Name:  # every second node is one
            out.append(f"(Name {item.id!a})")
        elif kind is list:
            stack.append("]")
            stack += item[::-1]
            out.append("[")
        elif kind is _Annotated:
            stack.append(")")
            _push(stack, _fields_with_annotations(item.node))
            out.append(f"({type(item.node).__name__}")
        elif item is None:
            out.append("~")  # the missing key of {**mapping}, the missing default of a keyword-only argument
        else:
            stack.append(")")
            own_fields = _OWN_FIELDS.get(kind)
            _push(stack, _fields(item) if own_fields is None else own_fields(item))
            out.append(f"({'Assign' if kind is ast.AnnAssign else kind.__name__}")
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


class _Annotated(NamedTuple):
    """A node in which annotations count, directly, not further down."""

    node: ast.AST


def _push(stack: list[Any], fields: list[_Field]) -> None:
    for name, value in reversed(fields):
        kind = type(value)
        if kind is list:
            stack += ([ascii(item) if type(item) is str else item for item in value], name)
        elif kind is _Annotated or isinstance(value, ast.AST):
            stack += (value, name)
        else:
            stack.append(f"{name} {_constant(value)}")


def _fields(node: ast.AST) -> list[_Field]:
    """Return the fields of a node that are not empty."""
    kind = type(node)
    names = _known_names.get(kind)
    if names is None:
        names = _known_names[kind] = tuple(name for name in kind._fields if name not in _WITHOUT_MEANING)
    found: list[_Field] = []
    for name in names:
        value = getattr(node, name, None)
        if value is None or value == []:
            continue
        if name in _BODIES and type(value) is list:
            value = _statements(value)
        found.append((name, value))
    return found


_known_names: dict[type[ast.AST], tuple[str, ...]] = {}


def _fields_with_annotations(node: ast.AST) -> list[_Field]:
    """Return the fields of the arguments of a function, or of an annotated statement in a class."""
    fields = _fields(node)
    if isinstance(node, ast.arguments):
        return [(name, _annotated(value, ast.arg)) for name, value in fields]
    return fields


def _annotated(value: Any, kind: type[ast.AST]) -> Any:
    if isinstance(value, list):
        return [_annotated(item, kind) for item in value]
    return _Annotated(value) if isinstance(value, kind) else value


def _class_fields(node: ast.ClassDef) -> list[_Field]:
    return [(name, _annotated(value, ast.AnnAssign)) for name, value in _fields(node)]


def _function_fields(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[_Field]:
    decorators = decorators_below_task(node.decorator_list)
    found: list[_Field] = []
    for name, value in _fields(node):
        if name == "decorator_list":
            found += [(name, decorators)] if decorators else []
        elif name == "args" and decorators:
            found.append((name, _Annotated(value)))
        elif name != "returns" or decorators:
            found.append((name, value))
    return found


def _given(value: ast.expr | None) -> list[_Field]:
    """Return a value, unless it is the None that stands for none."""
    is_none = value is None or (isinstance(value, ast.Constant) and value.value is None)
    return [] if is_none else [("value", value)]


def _text_fields(node: ast.JoinedStr) -> list[_Field]:
    values = [value for value in node.values if not _is_empty(value)]  # Python 3.12 leaves empty texts in
    return [("values", values)] if values else []


_OWN_FIELDS: dict[type[ast.AST], Callable[[Any], list[_Field]]] = {
    ast.FunctionDef: _function_fields,
    ast.AsyncFunctionDef: _function_fields,
    ast.ClassDef: _class_fields,
    ast.Constant: lambda node: [] if node.value is None else [("value", node.value)],
    ast.AnnAssign: lambda node: [("targets", [node.target]), *([("value", node.value)] if node.value else [])],
    ast.arg: lambda node: [("arg", node.arg)],
    ast.Return: lambda node: _given(node.value),
    ast.Yield: lambda node: _given(node.value),
    ast.JoinedStr: _text_fields,
}


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
