"""Waiting for what other threads and processes do."""

from __future__ import annotations

import time
from collections.abc import Callable

_LOOK_S = 0.005


def until(
    condition: Callable[[], object],
    *,
    seconds: float = 60.0,
    otherwise: Callable[[], object] = lambda: "it did not come about in time",
) -> None:
    """Wait until a condition holds.

    `seconds` is what a promise allows, or else the patience with a busy machine; `otherwise` tells what to say when
    they have passed.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, otherwise()
        time.sleep(_LOOK_S)
