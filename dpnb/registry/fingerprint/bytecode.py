"""Code without source, as text: its instructions without line numbers and addresses.

It is the same in every process of one minor version of Python.
"""

from __future__ import annotations

import dis
from types import CodeType, FunctionType
from typing import Any

from dpnb.registry.type_names import without_addresses

_LONGEST_REPR = 10_000  # characters of a constant's repr that count


def instructions_text(code: CodeType) -> str:
    """Write a code object out by what it does."""
    instructions = list(dis.get_instructions(code))
    position = {instruction.offset: number for number, instruction in enumerate(instructions)}
    lines = [code.co_name, repr(code.co_varnames), str(code.co_flags), str(code.co_argcount)]
    for instruction in instructions:
        argument = instruction.argval
        if instruction.opcode in dis.hasjabs or instruction.opcode in dis.hasjrel:
            argument = position.get(argument, argument)
        lines.append(f"{instruction.opname} {stable_text(argument)}")
    return "\n".join(lines)


def stable_text(value: Any) -> str:
    """Write a value out by what it holds, the same in every process: no addresses, no order of sets."""
    kind = type(value)
    if kind in (tuple, list):
        return f"{kind.__name__}({', '.join(map(stable_text, value))})"
    if kind in (set, frozenset):
        return f"{kind.__name__}({', '.join(sorted(map(stable_text, value)))})"
    if kind is dict:
        return f"dict({', '.join(f'{stable_text(key)}: {stable_text(item)}' for key, item in value.items())})"
    if isinstance(value, CodeType):
        return instructions_text(value)
    if isinstance(value, FunctionType | type):
        return f"{value.__module__}.{value.__qualname__}"
    return f"{kind.__module__}.{kind.__qualname__}:{_repr(value)}"


def _repr(value: Any) -> str:
    try:
        return without_addresses(repr(value))[:_LONGEST_REPR]
    except Exception as error:  # noqa: BLE001 - the user's own __repr__ may do anything
        return f"<{type(error).__name__}>"
