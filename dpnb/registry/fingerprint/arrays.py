"""How numpy's objects are read: their content, bit by bit, with all that describes it.

What pickle does not keep does not count either: neither the strides of an array nor what lies between its items.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import xxhash

from dpnb.registry.fingerprint.digests import text_digest
from dpnb.registry.fingerprint.frames import FRAMES
from dpnb.registry.fingerprint.objects import read_attributes, read_object

if TYPE_CHECKING:
    from collections.abc import Callable

    from dpnb.registry.fingerprint.values import ValueReader

_PADDED = "gG"  # numbers of 80 bits in 128, the rest of which is anything
_TEXT = "T"  # of variable length, which an array's own bytes only point to
_FROM_PYTHON = " (vectorized)"  # how such functions are called

type Handler = Callable[[ValueReader, Any], str]


def array_handler_of(cls: type) -> Handler | None:
    """Return what reads the arrays of a type; None if it is no such type."""
    for ancestor in cls.__mro__:
        top = ancestor.__module__.partition(".")[0]
        handler = _HANDLERS.get(f"{top}.{ancestor.__name__}")
        if handler is not None:
            return handler
    return None


def _array(reader: ValueReader, value: Any) -> str:
    if value.nbytes > reader.max_bytes:
        return reader.lost(value, f"an array of {value.nbytes:,} bytes")
    if _is_subclass(value):
        return f"{read_attributes(reader, value)} {_layout(value)} {_content(reader, value)}"
    return f"{reader.type_text(type(value))} {_layout(value)} {_content(reader, value)}"


def read_content(reader: ValueReader, value: Any) -> str:
    """Read an array of numpy's by what it holds, however that lies in memory."""
    if value.nbytes > reader.max_bytes:
        return reader.lost(value, f"an array of {value.nbytes:,} bytes")
    return _content(reader, value)


def _content(reader: ValueReader, value: Any) -> str:
    described = f"{_dtype(reader, value.dtype)} {value.shape}"
    if value.dtype.names:  # field by field: what lies between fields is not part of the value
        return f"{described} {reader.items([_plain(value)[name] for name in value.dtype.names])}"
    if value.dtype.hasobject or value.dtype.kind == _TEXT:
        return f"{described} {reader.read(value.tolist())}"
    if value.dtype.char in _PADDED:
        return f"{described} {text_digest(repr(value.ravel().tolist()))}"
    return f"{described} {value.dtype.str} {_bytes_digest(value)}"


def _is_subclass(value: Any) -> bool:
    """Tell whether it is of a class of somebody else's, who may keep more in it than numbers: a unit, a name."""
    return type(value).__module__.partition(".")[0] != "numpy" and bool(getattr(value, "__dict__", None))


def _layout(value: Any) -> str:
    """Describe what can be seen of an array besides its items: column by column, and whether it may be changed."""
    return f"{'F' if value.flags.fnc else 'C'}{'' if value.flags.writeable else ' read-only'}"


def _plain(value: Any) -> Any:
    import numpy as np

    return value.view(np.ndarray)


def _masked(reader: ValueReader, value: Any) -> str:
    parts = (value.data, value.mask, value.fill_value)
    return f"{reader.type_text(type(value))} {reader.items(parts)}"


def _bytes_digest(value: Any) -> str:
    import numpy as np

    return xxhash.xxh3_128_hexdigest(np.ascontiguousarray(value).reshape(-1).view(np.uint8).data)


def _scalar(reader: ValueReader, value: Any) -> str:
    if value.dtype.names:
        return f"{value.dtype!s} {reader.items([value[name] for name in value.dtype.names])}"
    if value.dtype.char in _PADDED:
        return f"{value.dtype!s} {value!r}"
    return f"{value.dtype.str} {value.tobytes().hex()}"


def _dtype(reader: ValueReader, value: Any) -> str:
    """Read a dtype of numpy's, with the `metadata` that users may put into it, which its text leaves out."""
    held = "" if value.metadata is None else f" metadata {reader.read(dict(value.metadata))}"
    if value.subdtype is not None:
        held += f" of {_dtype(reader, value.base)}"
    if value.names:
        held += "".join(f" {name} {_dtype(reader, value[name])}" for name in value.names)
    if value.kind == _TEXT and hasattr(value, "na_object"):
        held += f" na {reader.read(value.na_object)}"
    return f"dtype {value!s}{held}"


def _ufunc(reader: ValueReader, value: Any) -> str:
    """Read a function of many numbers: of `numpy.frompyfunc` by the function that it holds, another by its name."""
    held = [one for one in gc.get_referents(value) if callable(one)]
    if len(held) != 1 or not value.__name__.endswith(_FROM_PYTHON):
        return read_object(reader, value)
    return f"ufunc {reader.read(held[0])} {value.nin} {value.nout} {reader.read(value.identity)}"


def _vectorized(reader: ValueReader, value: Any) -> str:
    """Read a function of `numpy.vectorize` without what it keeps of its calls."""
    facts = (value.pyfunc, value.otypes, value.excluded, value.signature, value.cache)
    return f"{reader.type_text(type(value))} {reader.items(facts)}"


_HANDLERS: dict[str, Handler] = {
    **FRAMES,
    "numpy.MaskedArray": _masked,
    "numpy.ndarray": _array,
    "numpy.generic": _scalar,
    "numpy.dtype": _dtype,
    "numpy.ufunc": _ufunc,
    "numpy.vectorize": _vectorized,
}
