"""Values without a library: JSON, text, bytes."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, BinaryIO

from dpnb.results.formats.serializer import Serializer
from dpnb.results.type_names import type_name

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEEPEST = 900  # Python's own JSON stops at about a thousand levels
_CONTAINERS = (dict, list)
_LEAVES = frozenset([str, int, float, bool, type(None)])


def json_refusal(value: Any) -> str:
    """Say what of a value JSON cannot hold, and where.

    Examples
    --------
    >>> json_refusal({"a": [1, (2, 3)]})
    "result['a'][1] is a tuple, which would come back as a list"
    >>> json_refusal({"a": 1.5})
    ''
    """
    waiting: list[tuple[str, Any, tuple[int, ...]]] = [("result", value, ())]
    while waiting:
        path, part, above = waiting.pop()
        if problem := _problem(part, above):
            return f"{path} {problem}"
        if type(part) in _CONTAINERS:
            waiting += [(inner, one, (*above, id(part))) for inner, one in _parts(path, part)]
    return ""


def _problem(part: Any, above: tuple[int, ...]) -> str:
    kind = type(part)
    if kind in _CONTAINERS:
        if id(part) in above:
            return "holds itself"
        if len(above) > _DEEPEST:
            return "lies too deep"
        return _problem_of_keys(part) if kind is dict else ""
    if kind is float and not math.isfinite(part):
        return f"is {part}, for which JSON has no word"
    if kind is str:
        return _problem_of_text(part)
    return "" if kind in _LEAVES else _problem_of_other(part)


def _problem_of_keys(part: dict[Any, Any]) -> str:
    for key in part:
        if type(key) is not str:
            return f"has the key {key!r}, a {type_name(type(key))}, which would come back as text"
        if problem := _problem_of_text(key):
            return f"has a key that {problem}"
    return ""


def _problem_of_text(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        return "holds half of a surrogate pair, which UTF-8 cannot"
    return ""


def _problem_of_other(part: Any) -> str:
    name = type_name(type(part))
    near = next((one for one in (dict, list, str, bool, int, float) if isinstance(part, one)), None)
    if isinstance(part, tuple):
        return f"is a {name}, which would come back as a list"
    if near is not None:
        return f"is a {name}, which would come back as {'an' if near is int else 'a'} {near.__name__}"
    return f"is a {name}, which JSON cannot hold"


def _parts(path: str, part: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(part, dict):
        return ((f"{path}[{key!r}]", one) for key, one in part.items())
    return ((f"{path}[{at}]", one) for at, one in enumerate(part))


def _write_json(value: Any, file: BinaryIO) -> None:
    file.write(json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1).encode())
    file.write(b"\n")


def _read_json(file: BinaryIO) -> Any:
    return json.loads(file.read().decode())


def _text_refusal(value: Any) -> str:
    if problem := _problem_of_text(value):
        return f"it {problem}"
    return _subclass_refusal(value, str)


def _bytes_refusal(value: Any) -> str:
    return _subclass_refusal(value, bytes)


def _subclass_refusal(value: Any, kind: type) -> str:
    return "" if type(value) is kind else f"it would come back as plain {kind.__name__}"


def _write_text(value: Any, file: BinaryIO) -> None:
    file.write(value.encode())


def _read_text(file: BinaryIO) -> str:
    return file.read().decode()


def _write_bytes(value: Any, file: BinaryIO) -> None:
    file.write(value)


def _read_bytes(file: BinaryIO) -> bytes:
    return file.read()


def _difference(value: Any, again: Any) -> str:
    return "" if value == again and type(value) is type(again) else "it would come back as something else"


_OF_JSON = tuple(f"builtins.{name}" for name in ("dict", "list", "str", "int", "float", "bool", "NoneType", "tuple"))

SERIALIZERS = (
    Serializer(
        format="json",
        suffix=".json",
        types=_OF_JSON,
        write=_write_json,
        read=_read_json,
        refusal=json_refusal,
        difference=_difference,
    ),
    *(
        Serializer(
            format=name,
            suffix=f".{name}",
            types=("builtins.str",),
            write=_write_text,
            read=_read_text,
            refusal=_text_refusal,
            difference=_difference,
        )
        for name in ("txt", "md", "html", "csv")
    ),
    Serializer(
        format="bytes",
        suffix=".bin",
        types=("builtins.bytes",),
        write=_write_bytes,
        read=_read_bytes,
        refusal=_bytes_refusal,
        difference=_difference,
    ),
)
