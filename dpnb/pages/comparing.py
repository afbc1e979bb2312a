"""Two runs side by side: what they were given, their code, how long they took, what their results are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from dpnb.orchestrator import compare
from dpnb.orchestrator.comparison.display import repr_of, summary_of
from dpnb.pages.listing import rows_of
from dpnb.render import Heading, Note, Preformatted, TableFacts
from dpnb.results.comparison.column_kinds import tuples

if TYPE_CHECKING:
    from dpnb.orchestrator import Run
    from dpnb.orchestrator.comparison.runs import Comparison
    from dpnb.render import Part
    from dpnb.results import ResultRecord
    from dpnb.workspace import Workspace

_MOST_LINES = 2_000  # of one task's diff


def compare_runs(workspace: Workspace, a: str, b: str) -> dict[str, Any]:
    """Return all aspects in which two runs differ that can be told without loading a result.

    Raises
    ------
    RunNotFoundError
        The workspace has no run of one of the ids.
    """
    found = compare(a, b, workspace=workspace)
    return {
        "summary": summary_of(found),
        "is_equal": found.is_equal,
        "a": _side(workspace, found.a),
        "b": _side(workspace, found.b),
        "tasks": _tasks(found),
        "parameters": _parameters(found),
        "code": _code(found),
        "timings": _timings(found),
        "results": _results(workspace, found),
    }


def compare_task_values(workspace: Workspace, a: str, b: str, task: str) -> dict[str, Any]:
    """Return how the results of a task differ, row by row; they are loaded.

    Raises
    ------
    RunNotFoundError, UnknownTaskError
        There is no such run or task.
    ResultError
        A result is gone or damaged, or its store is not trusted.
    """
    found = compare(a, b, workspace=workspace)[task]
    head: list[Part] = [Note(text=note) for note in found.notes]
    return {
        "summary": found.summary,
        "is_equal": found.is_equal,
        "parts": [part for each in (*head, *found.parts()) if (part := plain_part(each))],
    }


def plain_part(part: Part) -> dict[str, Any] | None:
    """Return a part of a display as JSON carries it; None for pictures."""
    match part:
        case TableFacts():
            hidden = (part.total if part.total is not None else len(part.rows)) - min(len(part.rows), part.limit)
            return {
                "kind": "table",
                "caption": part.caption,
                "columns": list(part.columns),
                "rows": [list(row) for row in part.rows[: part.limit]],
                "align": part.align,
                "states": part.states,
                "hidden": max(0, hidden),
            }
        case Note():
            return {"kind": "note", "text": part.text, "level": part.level}
        case Heading():
            return {"kind": "heading", "text": part.text}
        case Preformatted():
            return {"kind": "pre", "text": part.text, "caption": part.caption, "is_diff": part.is_diff}
        case _:
            return None


def _side(workspace: Workspace, run: Run) -> dict[str, Any]:
    status, record = run.status, run.record
    (row,) = rows_of(workspace, [record])
    return {**row, "status": status.value}


def _tasks(found: Comparison) -> list[dict[str, Any]]:
    return [
        {
            "task": row.task,
            "change": str(row.change),
            "what": row.what,
            "states": [_state(row.state_a), _state(row.state_b)],
            "reason": row.reason_b or row.reason_a,
            "files": row.files,
        }
        for row in tuples(found.tasks)
    ]


def _state(state: Any) -> str:
    return "" if pd.isna(state) else str(state)


def _parameters(found: Comparison) -> list[dict[str, Any]]:
    return [
        {
            "parameter": row.parameter,
            "change": str(row.change),
            "a": None if row.change == "only in b" else repr_of(row.a),
            "b": None if row.change == "only in a" else repr_of(row.b),
            "tasks": row.tasks,
        }
        for row in tuples(found.parameters)
    ]


def _code(found: Comparison) -> list[dict[str, Any]]:
    """Return diffs, each with all tasks that it concerns: a helper that many share is shown once."""
    told: dict[tuple[str, str, str], list[str]] = {}
    for row in tuples(found.code):
        if row.change != "same":
            told.setdefault((str(row.change), row.what, row.diff), []).append(row.task)
    return [
        {"tasks": tasks, "change": change, "what": what, "diff": diff.splitlines()[:_MOST_LINES]}
        for (change, what, diff), tasks in told.items()
    ]


def _timings(found: Comparison) -> list[dict[str, Any]]:
    return [
        {
            "task": row.task,
            "a": _seconds(row.duration_a),
            "b": _seconds(row.duration_b),
            "memory": [_count(row.peak_memory_a), _count(row.peak_memory_b)],
        }
        for row in tuples(found.timings)
    ]


def _results(workspace: Workspace, found: Comparison) -> list[dict[str, Any]]:
    columns = [_columns_by_task(workspace, run) for run in (found.a, found.b)]
    return [
        {
            "task": row.task,
            "change": str(row.change),
            "types": [row.type_a, row.type_b],
            "rows": [_count(row.rows_a), _count(row.rows_b)],
            "bytes": [_count(row.bytes_a), _count(row.bytes_b)],
            "chunks": [_count(row.chunks_a), _count(row.chunks_b)],
            "schema": _schema(*(side.get(row.task, {}) for side in columns)),
            "problem": row.problem,
        }
        for row in tuples(found.results)
    ]


def _columns_by_task(workspace: Workspace, run: Run) -> dict[str, dict[str, str]]:
    """Return by task the columns of its last result with their dtypes, as they were noted when it was saved."""
    last: dict[str, ResultRecord] = {one.task: one for one in workspace.ledger.results(run.run_id)}
    return {
        task: {column.name: column.dtype for column in (*one.facts.index, *one.facts.columns)}
        for task, one in last.items()
    }


def _schema(a: dict[str, str], b: dict[str, str]) -> list[dict[str, str]]:
    """Return the columns that only one side has, or that have another dtype."""
    return [
        {"column": name, "change": _change(a.get(name), b.get(name)), "a": a.get(name, ""), "b": b.get(name, "")}
        for name in dict.fromkeys([*a, *b])
        if a.get(name) != b.get(name)
    ]


def _change(a: str | None, b: str | None) -> str:
    if a is None:
        return "only in b"
    return "only in a" if b is None else "changed"


def _seconds(gap: Any) -> float | None:
    return None if pd.isna(gap) else float(gap.total_seconds())


def _count(number: Any) -> int | None:
    return None if pd.isna(number) else int(number)
