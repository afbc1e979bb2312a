"""The results of two runs as a frame: which are equal by digest, and what is wrong with those that cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.errors import DpnbError, ResultNotFoundError
from dpnb.orchestrator.comparison.pairing import CHANGED, SAME, frame_of, names_of, sides_of

if TYPE_CHECKING:
    import pandas as pd

    from dpnb.orchestrator.comparison.snapshot import RunSnapshot
    from dpnb.results import IOManager, ResultRecord
    from dpnb.results.comparison import StoredResult

type _Facts = tuple[str | None, int | None, int | None, int | None]

_COLUMNS = {
    "task": "str",
    "change": "change",
    "type_a": "str",
    "type_b": "str",
    "rows_a": "Int64",
    "rows_b": "Int64",
    "bytes_a": "Int64",
    "bytes_b": "Int64",
    "chunks_a": "Int64",
    "chunks_b": "Int64",
    "problem": "str",
}


def results_frame(a: RunSnapshot, b: RunSnapshot) -> pd.DataFrame:
    """Return one row per task that has a result in either run; `Comparison.results` lists the columns."""
    rows = []
    for name in names_of(a.results, b.results):
        one, other = a.results.get(name), b.results.get(name)
        change = sides_of(name, a.results, b.results) or (SAME if one and other and one.is_same_as(other) else CHANGED)
        both = zip(_facts(one), _facts(other), strict=True)
        problems = [f"{side}: {said}" for side, said in (("a", problem_of(one)), ("b", problem_of(other))) if said]
        rows.append((name, change, *(cell for pair in both for cell in pair), "; ".join(problems)))
    return frame_of(rows, _COLUMNS)


def _facts(stored: StoredResult | None) -> _Facts:
    """Return type, rows, bytes, and of a stream the number of chunks."""
    if stored is None:
        return "", None, None, None
    rows = [record.facts.rows for record in stored.records]
    return (
        stored.records[-1].facts.type,
        None if None in rows else sum(filter(None, rows)),
        sum(record.size_bytes for record in stored.records),
        len(stored.records) if stored.is_stream else None,
    )


def problem_of(stored: StoredResult | None) -> str:
    """Say why a result cannot be read, as far as that shows without loading it; nothing where it seems sound."""
    if stored is None:
        return ""
    problems = (_problem(stored.io_manager, record) for record in stored.records)
    return next(filter(None, problems), "")


def _problem(io_manager: IOManager, record: ResultRecord) -> str:
    try:
        found = io_manager.describe(run_id=record.run_id, task_name=record.task, task_result_id=record.result_id)
    except ResultNotFoundError:
        return f"{record.result_id} is gone"
    except (DpnbError, OSError) as error:
        return f"{record.result_id} is damaged: {str(error).partition('\n')[0]}"
    return "" if found.digest == record.digest else f"{record.result_id} is not what was recorded"
