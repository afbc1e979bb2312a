"""What counts as equal, and which rows belong together."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Hashable

    import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchOptions:
    """How two values are compared.

    Numbers are equal if ``abs(a - b) <= max(rtol * max(abs(a), abs(b)), atol)``: the rule of PEP 485, which does not
    care which is which. `key` names what identifies a frame's rows; where it is None that is inferred, and where it is
    empty rows are paired by position.

    Examples
    --------
    >>> MatchOptions(rtol=1e-6).are_close(1.0, 1.0 + 1e-9)
    True
    """

    rtol: float = 0.0
    atol: float = 0.0
    key: tuple[Hashable, ...] | None = None

    def __post_init__(self) -> None:
        for name in ("rtol", "atol"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise ValueError(f"{name} must be a finite number from 0 on, not {value!r}")

    @classmethod
    def of(cls, key: Any = None, rtol: float = 0.0, atol: float = 0.0) -> MatchOptions:
        """Return the options with `key` as people write it: one label (which may be a tuple), or a list of labels."""
        names = tuple(key) if isinstance(key, list) else None if key is None else (key,)
        return cls(rtol=rtol, atol=atol, key=names)

    @property
    def is_exact(self) -> bool:
        """Whether numbers must be the same."""
        return not self.rtol and not self.atol

    def are_close(self, a: Any, b: Any) -> bool:
        """Tell whether two numbers count as equal."""
        if a == b:
            return True
        if self.is_exact:
            return False
        gap = abs(a - b)
        return bool(math.isfinite(gap) and gap <= max(self.rtol * max(abs(a), abs(b)), self.atol))

    def close(self, a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Tell for each pair of numbers of two arrays whether they count as equal."""
        import numpy as np

        if self.is_exact:
            return np.asarray(a == b)
        wide = complex if "c" in (a.dtype.kind, b.dtype.kind) else float
        a, b = a.astype(wide), b.astype(wide)
        with np.errstate(invalid="ignore", over="ignore"):
            gap = np.abs(a - b)
            most = np.maximum(self.rtol * np.maximum(np.abs(a), np.abs(b)), self.atol)
            return np.asarray((a == b) | (np.isfinite(gap) & (gap <= most)))
