"""How numpy's and pandas's objects are read: their content, bit by bit, with all that describes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import xxhash

from dpnb.registry.fingerprint.digests import text_digest

if TYPE_CHECKING:
    from collections.abc import Callable

    from dpnb.registry.fingerprint.values import ValueReader

_PADDED = "gG"  # numbers of 80 bits in 128, the rest of which is anything
_TEXT = "T"  # of variable length, which an array's own bytes only point to

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
    described = f"{reader.type_text(type(value))} {value.dtype!s} {value.shape}"
    if value.dtype.names:  # field by field: what lies between fields is not part of the value
        return f"{described} {reader.items([_plain(value)[name] for name in value.dtype.names])}"
    if value.dtype.hasobject or value.dtype.kind == _TEXT:
        return f"{described} {reader.read(value.tolist())}"
    if value.dtype.char in _PADDED:
        return f"{described} {text_digest(repr(value.ravel().tolist()))}"
    return f"{described} {value.dtype.str} {_bytes_digest(value)}"


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


def _dtype(_: ValueReader, value: Any) -> str:
    return f"dtype {value!s}"


def _vectorized(reader: ValueReader, value: Any) -> str:
    """Read a function of `numpy.vectorize` without what it keeps of its calls."""
    facts = (value.pyfunc, value.otypes, value.excluded, value.signature, value.cache)
    return f"{reader.type_text(type(value))} {reader.items(facts)}"


def _frame(reader: ValueReader, value: Any) -> str:
    size = int(value.memory_usage(index=True, deep=False).sum())
    if size > reader.max_bytes:
        return reader.lost(value, f"a frame of {len(value):,} rows and {size:,} bytes")
    columns = [reader.read(value.iloc[:, number].array, f"[{name!r}]") for number, name in enumerate(value.columns)]
    attributes = reader.read(value.attrs) if value.attrs else ""
    names = f"{reader.read(value.columns)} {reader.read(value.index)}"
    return f"{reader.type_text(type(value))} {names} {' '.join(columns)} {attributes}"


def _series(reader: ValueReader, value: Any) -> str:
    size = int(value.memory_usage(index=True, deep=False))
    if size > reader.max_bytes:
        return reader.lost(value, f"a series of {len(value):,} rows and {size:,} bytes")
    parts = (reader.read(value.name), reader.read(value.index), reader.read(value.array))
    return f"{reader.type_text(type(value))} {' '.join(parts)}"


def _index(reader: ValueReader, value: Any) -> str:
    kind = type(value).__name__
    if hasattr(value, "levels"):
        return f"{kind} {reader.items(value.names)} {reader.items(value.levels)} {reader.items(value.codes)}"
    if kind == "RangeIndex":
        return f"{kind} {reader.read(value.name)} {value.start} {value.stop} {value.step}"
    return f"{kind} {reader.read(value.name)} {reader.read(value.array)}"


def _column(reader: ValueReader, value: Any) -> str:
    """Read one of pandas's arrays: those of numpy by their bytes, others by pandas's own hashes of their values."""
    import pandas as pd

    if value.nbytes > reader.max_bytes:
        return reader.lost(value, f"an array of {value.nbytes:,} bytes")
    if hasattr(value, "sp_values"):
        where = reader.read(value.sp_index.indices)
        return f"{value.dtype!s} {len(value)} {reader.read(value.sp_values)} {where} {reader.read(value.fill_value)}"
    if hasattr(value, "categories"):
        return f"{value.dtype} {value.ordered} {reader.read(value.categories)} {reader.read(value.codes)}"
    inner = getattr(value, "_ndarray", None)
    if inner is not None:
        return f"{value.dtype} {reader.read(inner)}"
    try:
        hashes = reader.read(pd.util.hash_array(value)) if len(value) else ""
    except TypeError:  # lists and mappings in Arrow's arrays have no hash
        return f"{value.dtype} {reader.items(value)}"
    return f"{value.dtype} {reader.read(value.isna())} {hashes}"


_HANDLERS: dict[str, Handler] = {
    "numpy.MaskedArray": _masked,
    "numpy.ndarray": _array,
    "numpy.generic": _scalar,
    "numpy.dtype": _dtype,
    "numpy.vectorize": _vectorized,
    "pandas.DataFrame": _frame,
    "pandas.Series": _series,
    "pandas.Index": _index,
    "pandas.ExtensionArray": _column,
    "pandas.ExtensionDtype": _dtype,
}
