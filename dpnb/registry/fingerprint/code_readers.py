"""What reads annotations, docstrings or the text of functions, which do not count as long as nothing does.

Which functions it looks at is not to be seen in code. So where a task comes to such a reader, what that reads counts of
all functions and classes that the task reaches.
"""

from __future__ import annotations

import inspect
import typing
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

type Aspect = Literal["hints", "docs", "text"]

ASPECTS: dict[str, Aspect] = {  # by the names of attributes
    "__annotations__": "hints",
    "__annotate__": "hints",
    "__signature__": "hints",
    "__doc__": "docs",
}
_READERS: dict[int, Aspect] = {
    **dict.fromkeys(
        (
            *(id(inspect.signature), id(inspect.get_annotations), id(inspect.getfullargspec), id(inspect.Signature)),
            *(id(inspect.getmembers), id(typing.get_type_hints)),
        ),
        "hints",
    ),
    id(inspect.getdoc): "docs",
    **dict.fromkeys(
        map(id, (inspect.getsource, inspect.getsourcelines, inspect.findsource, inspect.getcomments)), "text"
    ),
}
_OF_MODULES: dict[tuple[str, str], Aspect] = {  # that are not imported for it
    ("pydantic", "validate_call"): "hints",  # decorators that may be called like functions
    ("typeguard", "typechecked"): "hints",
    ("beartype", "beartype"): "hints",
    ("pydoc", "getdoc"): "docs",
    ("pydoc", "render_doc"): "docs",
}


def aspect_read_by(value: Any) -> Aspect | None:
    """Return what of functions a value is known to read that does not count otherwise.

    Examples
    --------
    >>> aspect_read_by(typing.get_type_hints), aspect_read_by(inspect.getsource), aspect_read_by(len)
    ('hints', 'text', None)
    """
    known = _READERS.get(id(value))
    if known is not None or type(value) is not FunctionType or not value.__module__:
        return known
    return _OF_MODULES.get((value.__module__.partition(".")[0], value.__name__))


def aspect_read_from(package: str, chain: Sequence[str]) -> Aspect | None:
    """Return what that reads which is taken of a package, without importing it."""
    return _OF_MODULES.get((package, chain[0])) if chain else None


def held_reader(module: ModuleType, attribute: str) -> Any:
    """Return the attribute of a module of others if it reads functions; packages may import theirs when asked."""
    held = vars(module).get(attribute)
    if held is None and (module.__name__, attribute) in _OF_MODULES:
        held = getattr(module, attribute, None)
    return held if aspect_read_by(held) else None
