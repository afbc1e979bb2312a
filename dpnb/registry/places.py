"""Where tasks are defined, as it is shown."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def short_place(place: str) -> str:
    """Write a file below the working directory as it is found from there: in a table, a long path loses its middle.

    Examples
    --------
    >>> short_place("cell [4], line 1")
    'cell [4], line 1'
    """
    with suppress(OSError):  # the working directory is gone
        return place.removeprefix(f"{Path.cwd()}{os.sep}")
    return place
