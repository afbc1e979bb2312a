"""Identifies what a task was given and what it has stored: by the digests of the results, never by their values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xxhash import xxh3_128_hexdigest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dpnb.results.records import ResultRecord


def digest_of_output(records: Sequence[ResultRecord]) -> str:
    """Identify all that a task has stored, its results given in their order, with the code that they only name."""
    if len(records) == 1 and records[0].chunk is None and not records[0].code:
        return records[0].digest
    return xxh3_128_hexdigest("".join(f"{record.digest}{record.code}" for record in records).encode())


def digest_of_inputs(inputs: Sequence[tuple[str, str]], absent: Sequence[str] = ()) -> str:
    """Identify results by parameters and digests, in the order of the task's bindings, and parameters without one."""
    if not inputs and not absent:
        return ""
    given = [f"{parameter}={digest}" for parameter, digest in inputs]
    return xxh3_128_hexdigest("\0".join([*given, *absent]).encode("utf-8", "surrogatepass"))


def digest_of_order(executions: Sequence[tuple[str, str]]) -> str:
    """Identify what came before a task by order only: tasks, sorted, with the runs that executed them; empty if none.

    Whoever executes such a task again may have changed what no result tells of.
    """
    return digest_of_inputs(executions)
