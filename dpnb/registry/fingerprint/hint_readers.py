"""What reads the annotations of functions, which do not count as long as nothing does.

Which functions it looks at is not to be seen in code. So where a task comes to such a reader, the annotations of all
functions that it reaches count.
"""

from __future__ import annotations

import inspect
import typing
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMES = frozenset(("__annotations__", "__annotate__", "__signature__"))  # attributes of functions
_READERS = frozenset(
    id(reader)
    for reader in (
        *(inspect.signature, inspect.get_annotations, inspect.getfullargspec, inspect.Signature),
        *(inspect.getmembers, typing.get_type_hints),
    )
)
_OF_PACKAGES = frozenset(  # decorators that may be called like functions
    (("pydantic", "validate_call"), ("typeguard", "typechecked"), ("beartype", "beartype"))
)


def reads_hints(value: Any) -> bool:
    """Tell whether a value is known to read the annotations of functions.

    Examples
    --------
    >>> reads_hints(typing.get_type_hints), reads_hints(len)
    (True, False)
    """
    if id(value) in _READERS:
        return True
    if type(value) is not FunctionType:
        return False
    return (value.__module__.partition(".")[0], value.__name__) in _OF_PACKAGES if value.__module__ else False


def is_reader_of(package: str, chain: Sequence[str]) -> bool:
    """Tell whether what is taken of a package reads annotations, without importing it."""
    return bool(chain) and (package, chain[0]) in _OF_PACKAGES


def held_reader(module: ModuleType, attribute: str) -> Any:
    """Return the attribute of an installed module if it reads annotations; packages may import theirs when asked."""
    held = vars(module).get(attribute)
    if held is None and (module.__name__, attribute) in _OF_PACKAGES:
        held = getattr(module, attribute, None)
    return held if reads_hints(held) else None
