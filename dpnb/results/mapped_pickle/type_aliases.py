"""Aliases of types on their way to another process: ``type Pair[T] = tuple[T, T]``.

What one stands for is looked up when somebody asks, which lets it name itself and what comes later. So it is made anew
with variables of the same names, and asked for its meaning as late.
"""

from __future__ import annotations

import keyword
import typing
from typing import Any

_SIGNS = {typing.TypeVar: "", typing.TypeVarTuple: "*", typing.ParamSpec: "**"}

type Shape = tuple[tuple[str, str, int], ...]
"""For each variable of a type: its sign, its name, and among how many types it may choose."""


def reduce_alias(alias: typing.TypeAliasType) -> tuple[Any, ...]:
    """Return how an alias is made anew, as ``__reduce__`` would."""
    shape = tuple(
        (_SIGNS[type(one)], one.__name__, len(getattr(one, "__constraints__", ()))) for one in alias.__type_params__
    )
    bounds = [getattr(one, "__constraints__", ()) or getattr(one, "__bound__", None) for one in alias.__type_params__]
    told: dict[str, Any] = {"bounds": bounds}
    try:
        told["value"] = alias.__value__
    except NameError as error:  # of something that is defined later, or never: whoever asks is told so then
        told["error"] = NameError(str(error))
    return alias_anew, (alias.__name__, str(alias.__module__), shape), told, None, None, tell_meaning


def alias_anew(name: str, module: str, shape: Shape) -> typing.TypeAliasType:
    """Return an alias whose meaning is told later, by `tell_meaning`.

    A name that no code can have, as ``TypeAliasType`` takes it, becomes another.
    """
    told: dict[str, Any] = {}

    def meaning() -> Any:
        if not told:
            raise LookupError(told)
        if "error" in told:
            raise told["error"]
        return told["value"]

    def bound(number: int) -> Any:
        return told["bounds"][number]

    def spelled(name: str, otherwise: str) -> str:
        return name if name.isidentifier() and not keyword.iskeyword(name) else otherwise

    variables = []
    for number, (sign, variable, choices) in enumerate(shape):
        some = ", ".join(f"__bound__({number})[{choice}]" for choice in range(choices))
        asked = "" if sign else f": ({some or f'__bound__({number})'})"
        variables.append(f"{sign}{spelled(variable, f'T{number}')}{asked}")
    namespace: dict[str, Any] = {"__name__": module, "__meaning__": meaning, "__bound__": bound}
    definition = f"{spelled(name, 'Alias')}{'[' + ', '.join(variables) + ']' if variables else ''}"
    exec(f"type {definition} = __meaning__()", namespace)  # noqa: S102 - no other way to one that may name itself
    alias: typing.TypeAliasType = namespace[spelled(name, "Alias")]
    return alias


def tell_meaning(alias: typing.TypeAliasType, told: dict[str, Any]) -> None:
    """Tell an alias that was made anew what it stands for; it hands out the place for that as long as it is empty."""
    try:
        alias.__value__  # noqa: B018 - asked for
    except LookupError as untold:
        untold.args[0].update(told)


def variable_of(alias: typing.TypeAliasType, number: int) -> Any:
    """Return a variable of an alias: the one in what it stands for is the same."""
    return alias.__type_params__[number]
