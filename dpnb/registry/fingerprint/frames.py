"""How pandas's objects are read: columns, indexes, names, flags, and dtypes by what they hold.

A dtype's text is not all of it: every categorical one is called ``category``. So dtypes are read as pickle keeps them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dpnb.registry.fingerprint.objects import read_object

if TYPE_CHECKING:
    from collections.abc import Callable

    from dpnb.registry.fingerprint.values import ValueReader


def _frame(reader: ValueReader, value: Any) -> str:
    size = int(value.memory_usage(index=True, deep=False).sum())
    if size > reader.max_bytes:
        return reader.lost(value, f"a frame of {len(value):,} rows and {size:,} bytes")
    columns = [reader.read(value.iloc[:, number].array, f"[{name!r}]") for number, name in enumerate(value.columns)]
    names = f"{reader.read(value.columns)} {reader.read(value.index)}"
    return f"{reader.type_text(type(value))} {names} {' '.join(columns)} {_besides(reader, value)}"


def _series(reader: ValueReader, value: Any) -> str:
    size = int(value.memory_usage(index=True, deep=False))
    if size > reader.max_bytes:
        return reader.lost(value, f"a series of {len(value):,} rows and {size:,} bytes")
    parts = (reader.read(value.name), reader.read(value.index), reader.read(value.array))
    return f"{reader.type_text(type(value))} {' '.join(parts)} {_besides(reader, value)}"


def _besides(reader: ValueReader, value: Any) -> str:
    """Read what a frame or a series carries besides its data: `attrs`, flags, and what a subclass has declared."""
    held = {name: getattr(value, name, None) for name in value._metadata if name not in ("_name", "name")}  # noqa: SLF001 - as pandas lets subclasses declare it
    attributes = f"{reader.read(value.attrs)} " if value.attrs else ""
    flags = "" if value.flags.allows_duplicate_labels else "without duplicate labels "
    return f"{attributes}{flags}{reader.attributes(held.items())}"


def _index(reader: ValueReader, value: Any) -> str:
    kind = type(value).__name__
    if hasattr(value, "levels"):
        return f"{kind} {reader.items(value.names)} {reader.items(value.levels)} {reader.items(value.codes)}"
    if kind == "RangeIndex":
        return f"{kind} {reader.read(value.name)} {value.start} {value.stop} {value.step}"
    freq = getattr(value, "freq", None)  # which moments have, and their array may lack
    return f"{kind} {reader.read(value.name)} {reader.read(value.array)} {'' if freq is None else reader.read(freq)}"


def _column(reader: ValueReader, value: Any) -> str:
    """Read one of pandas's arrays: those of numpy by their bytes, others by pandas's own hashes of their values.

    What others have derived from them is read as pickle keeps it.
    """
    if value.nbytes > reader.max_bytes:
        return reader.lost(value, f"an array of {value.nbytes:,} bytes")
    if type(value).__module__.partition(".")[0] != "pandas":
        return read_object(reader, value)
    return f"{type(value).__name__} {reader.read(value.dtype)} {_values(reader, value)}"


def _values(reader: ValueReader, value: Any) -> str:
    import pandas as pd

    from dpnb.registry.fingerprint.arrays import read_content

    if hasattr(value, "sp_values"):
        where = reader.read(value.sp_index.indices)
        return f"{len(value)} {reader.read(value.sp_values)} {where} {reader.read(value.fill_value)}"
    if hasattr(value, "categories"):  # which its dtype holds
        return read_content(reader, value.codes)
    inner = getattr(value, "_ndarray", None)
    if inner is not None:
        return read_content(reader, inner)
    try:
        hashes = reader.read(pd.util.hash_array(value)) if len(value) else ""
    except TypeError:  # lists and mappings in Arrow's arrays have no hash
        return reader.items(value)
    return f"{reader.read(value.isna())} {hashes}"


FRAMES: dict[str, Callable[[ValueReader, Any], str]] = {
    "pandas.DataFrame": _frame,
    "pandas.Series": _series,
    "pandas.Index": _index,
    "pandas.ExtensionArray": _column,
    "pandas.ExtensionDtype": read_object,
}
"""By the names of classes, so that pandas need not be loaded."""
