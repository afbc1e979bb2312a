"""What writes values of some types in one format, and reads them again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable


def accept_all(value: Any) -> str:
    """Refuse nothing before it is tried."""
    del value
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Serializer:
    """One format for some types.

    Attributes
    ----------
    format
        Its name, as tasks ask for it.
    suffix
        What files end with: ``".parquet"``.
    types
        The names of the types: ``"pandas.DataFrame"``, the first part of the module and the class's own name.
    write
        Writes a value into a file that is open for writing bytes.
    read
        Returns the value from a file that is open for reading bytes.
    refusal
        Says what of a value would be lost, before anything is written; empty where nothing is known to be.
    difference
        Says how what was read differs from what was written; empty where it does not. None where no comparison is
        meant, as with pictures.
    is_own
        Whether it is the user's, so that reading may run any code.
    """

    format: str
    suffix: str
    types: tuple[str, ...]
    write: Callable[[Any, BinaryIO], None]
    read: Callable[[BinaryIO], Any]
    refusal: Callable[[Any], str] = accept_all
    difference: Callable[[Any, Any], str] | None = None
    is_own: bool = False
