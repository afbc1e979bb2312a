"""The three answers to whether a value of one type may be given for another."""

from __future__ import annotations

from enum import IntEnum


class Fit(IntEnum):
    """Ordered, so that all of several is their ``min``, and any of several their ``max``."""

    INCOMPATIBLE = 0
    UNKNOWN = 1  # cannot be told; taken as compatible
    COMPATIBLE = 2
