"""The id of this process without a system call: a short task would make several."""

from __future__ import annotations

import os

_known = [os.getpid()]


def own_pid() -> int:
    """Return the id of this process, in its forks too.

    Examples
    --------
    >>> own_pid() == os.getpid()
    True
    """
    return _known[0]


def _ask() -> None:
    _known[0] = os.getpid()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_ask)
