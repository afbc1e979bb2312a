"""Tells the libraries that compute in threads of their own how many processors an attempt was given."""

from __future__ import annotations

import contextlib
import os
import sys
from importlib import import_module
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "POLARS_MAX_THREADS",
    "RAYON_NUM_THREADS",
    "LOKY_MAX_CPU_COUNT",
)


@contextlib.contextmanager
def given(cpus: float | None) -> Iterator[None]:
    """Let the block compute in `cpus` threads, rounded up; nothing happens where it is None.

    Libraries that are loaded later, and child processes, read the environment. Those that are loaded already are told
    by threadpoolctl, where that is installed (BLAS and OpenMP), and Arrow by itself.
    """
    if cpus is None:
        yield
        return
    count = max(1, ceil(cpus))
    before = {name: os.environ.get(name) for name in _VARIABLES}
    os.environ.update(dict.fromkeys(_VARIABLES, str(count)))
    try:
        with _loaded_libraries(count):
            yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


@contextlib.contextmanager
def _loaded_libraries(count: int) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(ImportError):
            stack.enter_context(import_module("threadpoolctl").threadpool_limits(count))
        arrow = sys.modules.get("pyarrow")
        if arrow is not None:
            stack.callback(arrow.set_cpu_count, arrow.cpu_count())
            arrow.set_cpu_count(count)
        yield
