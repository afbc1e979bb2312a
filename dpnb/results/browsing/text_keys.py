"""Texts as keys of 64 bits: eight bytes of UTF-8 at a time, whose order is that of the characters."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

STEP_BYTES = 8


def prefixes_of(part: Any, depth: int) -> tuple[NDArray[np.uint64], NDArray[np.bool], NDArray[np.bool]]:
    """Return bytes `depth` to `depth` + 8 of each text as one number, which texts go on, and which are missing."""
    import numpy as np

    missing = np.asarray(_isna(part), dtype=bool)
    data, offsets = bytes_of(part, missing)
    starts, ends = offsets[:-1] + depth, offsets[1:]
    return (
        _eight_bytes(data, starts) & _masks()[np.clip(ends - starts, 0, STEP_BYTES)],
        starts + STEP_BYTES < ends,
        missing,
    )


@cache
def _masks() -> NDArray[np.uint64]:
    """Return what keeps the first 0 to 8 bytes of a number."""
    import numpy as np

    return np.array([((1 << 8 * kept) - 1) << 8 * (STEP_BYTES - kept) for kept in range(STEP_BYTES + 1)], "uint64")


def _eight_bytes(data: NDArray[np.uint8], starts: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return the eight bytes from each start on as one number; what lies behind the data's end reads as 0."""
    import numpy as np

    if len(data) < STEP_BYTES:
        data = np.concatenate([data, np.zeros(STEP_BYTES, "uint8")])
    last = len(data) - STEP_BYTES
    windows = np.ndarray((last + 1,), ">u8", data, strides=(1,))  # a number at each byte, all in the same memory
    keys = windows[np.clip(starts, 0, last)].astype("uint64")
    beyond = np.clip(starts - last, 0, STEP_BYTES)
    if beyond.any():
        shifted = keys << (8 * np.minimum(beyond, STEP_BYTES - 1)).astype("uint64")
        keys = np.where(beyond < STEP_BYTES, shifted, np.uint64(0))
    return keys


def _isna(part: Any) -> Any:
    import pandas as pd

    return pd.isna(part)


def bytes_of(part: Any, missing: NDArray[np.bool]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return all texts' bytes end to end, and where each begins and the last one ends."""
    if lies_in_arrow(part):
        return _bytes_of_arrow(part.__arrow_array__())
    import numpy as np

    encoded = [
        b"" if gone else str(text).encode("utf-8", "surrogatepass") for text, gone in zip(part, missing, strict=True)
    ]
    offsets = np.zeros(len(encoded) + 1, "int64")
    np.cumsum([len(one) for one in encoded], out=offsets[1:])
    return np.frombuffer(b"".join(encoded) or b"\0", "uint8"), offsets


def lies_in_arrow(part: Any) -> bool:
    """Tell whether texts are Arrow's already; pandas keeps them as Python's where there is no Arrow."""
    return hasattr(part.dtype, "pyarrow_dtype") or getattr(part.dtype, "storage", "") == "pyarrow"


def _bytes_of_arrow(texts: Any) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    import numpy as np
    import pyarrow as pa

    if isinstance(texts, pa.ChunkedArray):
        texts = (
            texts.chunk(0) if texts.num_chunks == 1 else pa.concat_arrays(texts.chunks or [pa.array([], pa.string())])
        )
    width = {pa.string(): "int32", pa.large_string(): "int64"}.get(texts.type)
    if width is None:
        texts, width = texts.cast(pa.large_string()), "int64"
    _, offsets, data = texts.buffers()
    if offsets is None or len(texts) == 0:
        return np.zeros(1, "uint8"), np.zeros(len(texts) + 1, "int64")
    places = np.frombuffer(offsets, width)[texts.offset : texts.offset + len(texts) + 1].astype("int64")
    return np.zeros(1, "uint8") if not data else np.frombuffer(data, "uint8"), places
