"""Values as whole numbers of 64 bits in the same order, and which of them are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dpnb.results.browsing.kinds import Kind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SIGN = 1 << 63


def numbers_of(part: Any, kind: Kind) -> tuple[NDArray[Any], NDArray[np.bool]]:
    """Return a part's values as NumPy's numbers, instants and durations as counts of their unit, and a missing mask.

    What stands where a value is missing means nothing.
    """
    import numpy as np

    if kind is Kind.CATEGORY:
        codes = np.asarray(part.codes)
        return codes, codes < 0
    if kind in (Kind.INSTANT, Kind.DURATION):
        return _counts_of(part)
    if isinstance(part, np.ndarray):
        masked = np.ma.getmaskarray(part)  # type: ignore[no-untyped-call,unused-ignore]
        values = np.asarray(part if part.dtype.itemsize <= 8 else part.astype("float64"))  # noqa: PLR2004  # bytes
        return values, masked | np.isnan(values) if values.dtype.kind == "f" else masked
    missing = np.asarray(part.isna(), dtype=bool)
    target = {Kind.NUMBER: "float64", Kind.BOOLEAN: "bool"}.get(kind, "uint64" if _is_unsigned(part) else "int64")
    return part.to_numpy(dtype=target, na_value=False if target == "bool" else 0), missing


def _is_unsigned(part: Any) -> bool:
    return getattr(part.dtype, "kind", "i") == "u"


def _counts_of(part: Any) -> tuple[NDArray[Any], NDArray[np.bool]]:
    import numpy as np

    if hasattr(part, "__arrow_array__") and not hasattr(part, "asi8"):
        letter = "M" if part.dtype.kind == "M" else "m"
        unit = getattr(part.dtype.pyarrow_dtype, "unit", "ns")
        part = part.to_numpy(dtype=f"{letter}8[{unit}]", na_value=np.array("NaT", f"{letter}8[{unit}]")[()])
    if isinstance(part, np.ndarray):
        return part.view("int64"), np.isnat(part)
    return part.asi8, np.asarray(part.isna(), dtype=bool)


def keys_of(part: Any, kind: Kind) -> tuple[NDArray[np.uint64], NDArray[np.bool]]:
    """Return keys that have the order of the values, and a missing mask; the key of what is missing is 0."""
    import numpy as np

    values, missing = numbers_of(part, kind)
    if values.dtype.kind == "f":
        keys = _keys_of_floats(values.astype("float64", copy=False))
    elif values.dtype.kind in "ub":
        keys = values.astype("uint64")
    else:
        keys = values.astype("int64", copy=False).view("uint64") ^ np.uint64(_SIGN)
    if missing.any():
        keys = np.where(missing, np.uint64(0), keys)
    return keys, missing


def _keys_of_floats(values: NDArray[np.float64]) -> NDArray[np.uint64]:
    """Flip the sign's bit of what is positive, and all bits of what is negative, as radix sorts of IEEE 754 do."""
    import numpy as np

    bits = (values + 0.0).view("uint64")  # -0.0 becomes 0.0, which equals it
    return np.where(bits >> np.uint64(63), ~bits, bits | np.uint64(_SIGN))
