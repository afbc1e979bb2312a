"""Arrays of NumPy in NumPy's own files; nothing in them is ever a pickle."""

from __future__ import annotations

import io
from typing import Any, BinaryIO

from dpnb.results.formats.serializer import Serializer
from dpnb.results.type_names import type_name


def array_refusal(value: Any) -> str:
    """Say what of an array its file cannot hold."""
    import numpy as np

    if type(value) is not np.ndarray:
        return f"a {type_name(type(value))} would come back as a numpy.ndarray"
    if value.dtype.hasobject:
        return "its cells are Python objects"
    if value.dtype.metadata:
        return "its dtype has metadata"
    return ""


def array_difference(value: Any, again: Any) -> str:
    """Say how two arrays differ, to the last bit."""
    import numpy as np

    if type(value) is not type(again):
        return f"it would come back as a {type_name(type(again))}"
    if value.dtype != again.dtype or value.shape != again.shape:
        return f"{value.dtype} {value.shape} would come back as {again.dtype} {again.shape}"
    same = np.array_equal(_bits(value), _bits(again))
    return "" if same else "some values would be others"


def _bits(array: Any) -> Any:
    import numpy as np

    flat = np.ascontiguousarray(array).reshape(-1)
    return flat.view("u1") if flat.dtype.itemsize else flat


def _write_array(value: Any, file: BinaryIO) -> None:
    import numpy as np

    np.lib.format.write_array(file, value, allow_pickle=False)  # type: ignore[no-untyped-call,unused-ignore]


def _read_array(file: BinaryIO) -> Any:
    import numpy as np

    return np.lib.format.read_array(file, allow_pickle=False)  # type: ignore[no-untyped-call,unused-ignore]


def _arrays_refusal(value: Any) -> str:
    import numpy as np

    if type(value) is not dict:
        return f"a {type_name(type(value))} would come back as a dict"
    for name, array in value.items():
        if type(name) is not str or not name or "/" in name or "\\" in name or not name.isprintable():
            return f"{name!r} cannot name an array in the file"
        if not isinstance(array, np.ndarray):
            return f"result[{name!r}] is a {type_name(type(array))}, and no array"
        if problem := array_refusal(array):
            return f"result[{name!r}]: {problem}"
    return ""


def _arrays_difference(value: Any, again: Any) -> str:
    if list(value) != list(again):
        return "the arrays would have other names"
    problems = ((name, array_difference(array, again[name])) for name, array in value.items())
    return next((f"result[{name!r}]: {problem}" for name, problem in problems if problem), "")


def _write_arrays(value: Any, file: BinaryIO) -> None:
    """Write what ``numpy.savez`` would, which takes names as arguments, some of which are its own."""
    import zipfile

    with zipfile.ZipFile(file, "w", allowZip64=True) as archive:
        for name, array in value.items():
            member = zipfile.ZipInfo(f"{name}.npy")  # of one date: equal arrays make equal files
            with archive.open(member, "w", force_zip64=True) as inner:
                _write_array(array, inner)  # type: ignore[arg-type]


def _read_arrays(file: BinaryIO) -> dict[str, Any]:
    import zipfile

    with zipfile.ZipFile(file) as archive:
        return {name.removesuffix(".npy"): _read_array(io.BytesIO(archive.read(name))) for name in archive.namelist()}


SERIALIZERS = (
    Serializer(
        format="npy",
        suffix=".npy",
        types=("numpy.ndarray",),
        write=_write_array,
        read=_read_array,
        refusal=array_refusal,
        difference=array_difference,
    ),
    Serializer(
        format="npz",
        suffix=".npz",
        types=("builtins.dict",),
        write=_write_arrays,
        read=_read_arrays,
        refusal=_arrays_refusal,
        difference=_arrays_difference,
    ),
)
