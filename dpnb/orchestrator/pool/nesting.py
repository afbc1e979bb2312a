"""Pools in workers of pools: a task may start a run, but tasks that start themselves must not fill the machine."""

from __future__ import annotations

import os

from dpnb.errors import NestedRunError

_VARIABLE = "DPNB_DEPTH"
_DEEPEST = 3  # a run in a task of a run in a task of a run


def environment_of_workers() -> dict[str, str]:
    """Return this process's environment as its workers get it: they know how many pools are above them.

    Raises
    ------
    NestedRunError
        There are too many.
    """
    depth = int(os.environ.get(_VARIABLE, "0"))
    if depth >= _DEEPEST:
        raise NestedRunError(depth)
    return {**os.environ, _VARIABLE: str(depth + 1)}
