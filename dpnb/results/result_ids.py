"""How result ids tell attempt and chunk.

``result_001`` is the value of attempt 1, ``result_002`` that of attempt 2; ``chunk_00000`` is the first chunk of a
stream, ``attempt_2_chunk_00000`` that of its second attempt. Any other id is a user's own and counts as attempt 1.

A resumed run has another lease, and its results' ids say so: ``result_002_lease_3``, ``attempt_2_lease_3_chunk_00000``.
Two owners may count the same attempt, for the ledger need not know the last ones of the one that died; and workers of
the dead one, which live for some moments more, must not write over what its successor has stored.
"""

from __future__ import annotations

import re
from functools import lru_cache

_VALUE = re.compile(r"result_(\d{3,9})(?:_lease_(\d{1,18}))?", re.ASCII)
_CHUNK = re.compile(r"(?:attempt_(\d{1,9})_(?:lease_(\d{1,18})_)?)?chunk_(\d{5,18})", re.ASCII)


def value_id(attempt: int, *, lease: int = 1) -> str:
    """Return the id of an attempt's value."""
    return f"result_{attempt:03d}" if lease == 1 else f"result_{attempt:03d}_lease_{lease}"


def chunk_id(chunk: int, *, attempt: int = 1, lease: int = 1) -> str:
    """Return the id of a stream's chunk, counted from 0."""
    if lease > 1:
        return f"attempt_{attempt}_lease_{lease}_chunk_{chunk:05d}"
    return f"chunk_{chunk:05d}" if attempt == 1 else f"attempt_{attempt}_chunk_{chunk:05d}"


@lru_cache(maxsize=4096)
def attempt_and_chunk(result_id: str) -> tuple[int, int | None]:
    """Return which attempt made a result, and its place in a stream (None for a value).

    Examples
    --------
    >>> attempt_and_chunk("result_002"), attempt_and_chunk("attempt_2_chunk_00007"), attempt_and_chunk("mine")
    ((2, None), (2, 7), (1, None))
    """
    if value := _VALUE.fullmatch(result_id):
        return int(value[1]), None
    if chunk := _CHUNK.fullmatch(result_id):
        return int(chunk[1] or 1), int(chunk[3])
    return 1, None


def lease_of(result_id: str) -> int | None:
    """Return under which lease a result was stored; None for a user's own id.

    Examples
    --------
    >>> lease_of("result_002_lease_3"), lease_of("chunk_00007"), lease_of("mine")
    (3, 1, None)
    """
    made = _VALUE.fullmatch(result_id) or _CHUNK.fullmatch(result_id)
    return None if made is None else int(made[2] or 1)
