"""What a function is, as digests that are the same in every process and for every formatting of the same code.

The code is read from its source, because the compiler lays out jumps by line numbers, so that reformatting can change
the bytecode. Where no source can be found (``exec``), the bytecode itself is read, without its line numbers.
"""

from __future__ import annotations

import ast
import dis
import functools
import inspect
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

from dpnb.registry.callables import layers
from dpnb.registry.type_names import type_text, without_addresses

if TYPE_CHECKING:
    from collections.abc import Callable

    from dpnb.registry.metadata import TaskKind
    from dpnb.registry.schema import TaskSchema

type _Definition = ast.FunctionDef | ast.AsyncFunctionDef

_DOCUMENTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_LONGEST_REPR = 10_000  # characters of a default's repr that count


def digest(parts: Any) -> str:
    """Return 128 bits over JSON-able `parts`, as hexadecimal text."""
    import hashlib
    import json

    return hashlib.blake2b(json.dumps(parts).encode(), digest_size=16).hexdigest()


def code_digest(func: Callable[..., Any]) -> str:
    """Identify what a function computes by its own code, that of the functions it wraps, and its defaults.

    Comments, docstrings, annotations, formatting and the place of the code do not count.
    """
    functions = [layer for layer in layers(func) if isinstance(layer, FunctionType)]
    return digest([[_normalized(_Identity(layer.__code__)), _defaults(layer)] for layer in functions])


def signature_digest(schema: TaskSchema, kind: TaskKind, *, stream_output: bool) -> str:
    """Identify what a plan depends on: parameters, annotations, return, and how results come out."""
    parameters = [
        [p.name, type_text(p.annotation, qualified=True), p.required, p.positional_only] for p in schema.parameters
    ]
    return digest([parameters, type_text(schema.returns, qualified=True), kind.value, stream_output])


def _defaults(func: FunctionType) -> list[str]:
    return [_stable_text(func.__defaults__), _stable_text(func.__kwdefaults__)]


class _Identity:
    """A code object that equals only itself: two equal ones may stand below different decorators."""

    __slots__ = ("code",)

    def __init__(self, code: CodeType) -> None:
        self.code = code

    def __hash__(self) -> int:
        return id(self.code)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identity) and self.code is other.code


@functools.lru_cache(maxsize=1024)  # a loop makes many tasks of one function
def _normalized(identity: _Identity) -> str:
    definition = _definition_of(identity.code)
    return _code_text(identity.code) if definition is None else _source_text(definition)


def _definition_of(code: CodeType) -> _Definition | None:
    try:
        source = inspect.getsource(code)
        # An indented definition is parsed inside of a block: dedenting would reach into its multi-line strings.
        tree = ast.parse(f"if 1:\n{source}" if source[:1].isspace() else source)
    except (OSError, TypeError, SyntaxError, ValueError):
        return None
    statement = tree.body[0] if tree.body else None
    if isinstance(statement, ast.If):
        statement = statement.body[0]
    if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        return None
    # A file edited since it was imported shows other lines than those that were compiled.
    return statement if statement.name == code.co_name else None


def _source_text(definition: _Definition) -> str:
    definition.decorator_list = _decorators_below_task(definition.decorator_list)
    definition.returns = None
    for node in ast.walk(definition):
        if isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return ast.dump(definition)


def _decorators_below_task(decorators: list[ast.expr]) -> list[ast.expr]:
    """Leave out ``@task(…)`` itself, whose options are told apart from the code, and what lies above it."""
    for position, decorator in enumerate(decorators):
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        if name == "task":
            return decorators[position + 1 :]
    return decorators


def _code_text(code: CodeType) -> str:
    instructions = list(dis.get_instructions(code))
    position = {instruction.offset: number for number, instruction in enumerate(instructions)}
    lines = [code.co_name, repr(code.co_varnames), str(code.co_flags), str(code.co_argcount)]
    for instruction in instructions:
        argument = instruction.argval
        if instruction.opcode in dis.hasjabs or instruction.opcode in dis.hasjrel:
            argument = position.get(argument, argument)
        lines.append(f"{instruction.opname} {_stable_text(argument)}")
    return "\n".join(lines)


def _stable_text(value: Any) -> str:
    """Write a value out by what it holds, the same in every process: no addresses, no order of sets."""
    kind = type(value)
    if kind in (tuple, list):
        return f"{kind.__name__}({', '.join(map(_stable_text, value))})"
    if kind in (set, frozenset):
        return f"{kind.__name__}({', '.join(sorted(map(_stable_text, value)))})"
    if kind is dict:
        return f"dict({', '.join(f'{_stable_text(key)}: {_stable_text(item)}' for key, item in value.items())})"
    if isinstance(value, CodeType):
        return _code_text(value)
    if isinstance(value, FunctionType | type):
        return f"{value.__module__}.{value.__qualname__}"
    return f"{kind.__module__}.{kind.__qualname__}:{_repr(value)}"


def _repr(value: Any) -> str:
    try:
        return without_addresses(repr(value))[:_LONGEST_REPR]
    except Exception as error:  # noqa: BLE001 - the user's own __repr__ may do anything
        return f"<{type(error).__name__}>"
