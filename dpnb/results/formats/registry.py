"""Which serializers there are: dpnb's, those that installed packages bring, and the user's own."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Any, BinaryIO

from dpnb.errors import FormatError, UnknownFormatError
from dpnb.results.formats import arrays, pictures, plain, tables
from dpnb.results.formats.equality import difference_between
from dpnb.results.formats.serializer import Serializer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ENTRY_POINTS = "dpnb.serializers"
PICKLE = "pickle"
"""The format of what asks for no other."""
_NAME = re.compile(r"[a-z0-9][a-z0-9_+.-]{0,39}", re.ASCII)
_SUFFIX = re.compile(r"\.[A-Za-z0-9][A-Za-z0-9_+-]{0,19}", re.ASCII)
_TAKEN = frozenset([".pkl", ".log", ".ipynb", ".html.tmp", ".name", ".facts", ".damaged", ".tmp"])

_known: dict[tuple[str, str], Serializer] = {
    (one.format, kind): one
    for one in (*tables.SERIALIZERS, *arrays.SERIALIZERS, *plain.SERIALIZERS, *pictures.SERIALIZERS)
    for kind in one.types
}
_lock = threading.Lock()
_loaded: list[bool] = []  # whether entry points were


def register_serializer(
    name: str,
    types: type | str | Iterable[type | str],
    *,
    write: Callable[[Any, BinaryIO], None],
    read: Callable[[BinaryIO], Any],
    suffix: str = "",
    check: bool = True,
) -> Serializer:
    """Add a format for values of some types, or another way to write one that there is; the last one counts.

    Runs take it with them to their workers. A package brings serializers of its own by an entry point of the group
    ``dpnb.serializers``: a function that calls this one.

    Parameters
    ----------
    name
        What tasks ask for: ``@task(format=name)``. Small letters, digits and ``_+.-``.
    types
        The types of values, as classes or as names like ``"geopandas.GeoDataFrame"``.
    write
        Writes a value into a binary file.
    read
        Returns the value from a binary file, of the same type.
    suffix
        What files end with; a dot and the format's name where nothing is given.
    check
        Whether what was written is read again and has to equal the value. Without, nobody notices what is lost.

    Raises
    ------
    FormatError
        The name or the suffix cannot be one.

    Examples
    --------
    >>> def write(value, file):
    ...     file.write(str(value).encode())
    >>> _ = register_serializer("number", complex, write=write, read=lambda file: complex(file.read().decode()))
    """
    ending = suffix or f".{name}"
    _check_names(name, ending)
    given = [types] if isinstance(types, str | type) else list(types)
    names = tuple(one if isinstance(one, str) else type_key(one) for one in given)
    if not names:
        raise FormatError(f"The format {name!r} is for no type.", hint="name the types of the values that it can hold.")
    difference = difference_between if check else None
    made = Serializer(
        format=name, suffix=ending, types=names, write=write, read=read, difference=difference, is_own=True
    )
    add_serializers([made])
    return made


def add_serializers(serializers: Iterable[Serializer]) -> None:
    """Take serializers that were made elsewhere, such as in the process that started this one."""
    with _lock:
        for one in serializers:
            _known.update(((one.format, kind), one) for kind in one.types)


def own_serializers() -> tuple[Serializer, ...]:
    """Return those that are not dpnb's own."""
    with _lock:
        return tuple({id(one): one for one in _known.values() if one.is_own}.values())


def serializer_for(name: str, value: Any) -> tuple[Serializer, str]:
    """Return what writes a value in a format, and the type's key under which that is known.

    Raises
    ------
    UnknownFormatError
        There is no such format, or none of that name for the value.
    """
    for key in type_keys(type(value)):
        if (found := _find(name, key)) is not None:
            return found, key
    if name not in known_formats():
        raise UnknownFormatError(name, known=known_formats())
    kind = type_key(type(value))
    known = {each for key in type_keys(type(value)) for each, of in _items() if of == key}
    raise UnknownFormatError(name, known=known, type_name=kind.removeprefix("builtins."))


def serializer_of(name: str, key: str) -> Serializer:
    """Return what reads a file that was written in a format for values of a type. Raises `UnknownFormatError`."""
    found = _find(name, key)
    if found is None:
        raise UnknownFormatError(name, known=known_formats(), type_name=key.removeprefix("builtins."))
    return found


def known_formats() -> frozenset[str]:
    """Return the names of all formats, the pickle's included."""
    _load_entry_points()
    return frozenset({name for name, _ in _items()} | {PICKLE})


def type_key(kind: type) -> str:
    """Return the name under which a type is looked for: the first part of its module, and its own name.

    Examples
    --------
    >>> type_key(dict), type_key(threading.Thread)
    ('builtins.dict', 'threading.Thread')
    """
    return f"{kind.__module__.partition('.')[0]}.{kind.__name__}"


def type_keys(kind: type) -> Iterator[str]:
    """Yield the keys of a type and of what it derives from, the nearest first."""
    return map(type_key, kind.__mro__[:-1] or kind.__mro__)


def _items() -> list[tuple[str, str]]:
    return list(_known)


def _find(name: str, key: str) -> Serializer | None:
    if (name, key) not in _known:
        _load_entry_points()
    return _known.get((name, key))


def _load_entry_points() -> None:
    """Let installed packages register their serializers, once, when a format is asked for that is not dpnb's."""
    if _loaded:
        return
    _loaded.append(True)
    from importlib.metadata import entry_points

    for entry in entry_points(group=ENTRY_POINTS):
        entry.load()()


def _check_names(name: str, suffix: str) -> None:
    if not _NAME.fullmatch(name) or name == PICKLE:
        hint = 'write one like "geojson".'
        raise FormatError(
            f"{name!r} cannot be the name of a format: small letters, digits and _+.- make one.", hint=hint
        )
    if not _SUFFIX.fullmatch(suffix) or suffix in _TAKEN:
        hint = 'write one like ".geojson".'
        raise FormatError(f"{suffix!r} cannot end the files of the format {name!r}.", hint=hint)
