"""Type hints as a person writes them: ``list[DataFrame] | None``, never ``typing.Optional[list[pandas.core…]]``."""

from __future__ import annotations

import inspect
import re
import types
import typing
from typing import Any

_ADDRESS = r"\s+at 0x[0-9a-fA-F]+"
_UNNAMED_MODULES = ("builtins", "__main__")


def without_addresses(text: str) -> str:
    """Return a ``repr`` without its memory addresses, which differ from process to process."""
    return re.sub(_ADDRESS, "", text)


def type_text(hint: Any, *, qualified: bool = False) -> str:
    """Write a type hint out, with the modules of its classes if `qualified`; empty where there is none.

    The text is the same in every process: no memory addresses, no order of sets, no metadata of ``Annotated``.

    Examples
    --------
    >>> from typing import Optional
    >>> type_text(Optional[dict[str, int]])
    'dict[str, int] | None'
    """
    if hint is inspect.Parameter.empty:
        return ""
    if hint is None or hint is types.NoneType:
        return "None"
    if isinstance(hint, str):
        return hint.strip()
    if isinstance(hint, list):  # the parameters of a Callable
        return f"[{_joined(hint, qualified)}]"
    arguments = typing.get_args(hint)
    if arguments:
        return _subscripted(hint, arguments, qualified=qualified)
    return _bare(hint, qualified=qualified)


def _joined(hints: typing.Iterable[Any], qualified: bool) -> str:  # noqa: FBT001 - private, always by position
    return ", ".join(type_text(hint, qualified=qualified) for hint in hints)


def _subscripted(hint: Any, arguments: tuple[Any, ...], *, qualified: bool) -> str:
    origin = typing.get_origin(hint)
    if origin is typing.Annotated:
        return type_text(arguments[0], qualified=qualified)
    if origin in (typing.Union, types.UnionType):
        return " | ".join(type_text(member, qualified=qualified) for member in arguments)
    if origin is typing.Literal:
        return f"Literal[{', '.join(map(repr, arguments))}]"
    return f"{_bare(origin, qualified=qualified)}[{_joined(arguments, qualified)}]"


def _bare(hint: Any, *, qualified: bool) -> str:
    if hint is Ellipsis:
        return "..."
    if isinstance(hint, typing.ForwardRef):
        return hint.__forward_arg__
    origin = typing.get_origin(hint)
    if origin is not None and not isinstance(hint, type):  # typing.List without arguments
        hint = origin
    name = getattr(hint, "__qualname__", None) or getattr(hint, "__name__", None)
    if not isinstance(name, str):
        return without_addresses(repr(hint)).replace("typing.", "")
    name = name.rpartition("<locals>.")[2]
    module = getattr(hint, "__module__", "builtins")
    return f"{module}.{name}" if qualified and module not in _UNNAMED_MODULES else name
