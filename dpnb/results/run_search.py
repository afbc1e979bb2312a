"""Finds runs in the ledger's tables: what SQL can tell is asked there, the rest of the few rows that are left."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from fnmatch import fnmatchcase
from itertools import batched
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, false, literal, or_, select

from dpnb.results.records import RunStatus
from dpnb.results.rows import run_from, without_surrogates
from dpnb.results.tables import RUNS, TASK_RUNS

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable, Iterator

    from sqlalchemy import Column, ColumnElement, Select

    from dpnb.results.records import RunRecord
    from dpnb.results.run_filter import RunFilter

NAMES_AT_ONCE = 5_000  # SQLite takes 32,766 values in a statement, or more
_LONGEST = 1_000  # characters; SQLite compares with 50,000 bytes at most
_EXACT = 10**15  # beyond that a float is written with its power of ten
_PLAN = RUNS.c.plan.name
WITHOUT_PLANS = select(*(column for column in RUNS.columns if column.name != _PLAN))
_NEWEST_FIRST = (RUNS.c.started_us.desc(), RUNS.c.run_id.desc())
_PLAN_UNLESS_TAGS = case((RUNS.c.tags.is_(None), RUNS.c.plan), else_=literal("")).label(_PLAN)


def candidates(where: RunFilter, interrupted: Collection[str] = ()) -> Select[Any]:
    """Ask for the runs that may fit, newest first; with their plans only where nothing else tells their tags.

    What the runs of the ids `interrupted` are said to be is not what they are.
    """
    query = WITHOUT_PLANS if where.tags is None else WITHOUT_PLANS.add_columns(_PLAN_UNLESS_TAGS)
    if where.statuses is not None:
        statuses = {status.value for status in where.statuses}
        query = query.where(RUNS.c.status.in_(statuses | ({RunStatus.RUNNING.value} if interrupted else set())))
    if where.since_us is not None:
        query = query.where(RUNS.c.started_us >= where.since_us)
    if where.pinned is not None:
        query = query.where(RUNS.c.pinned == int(where.pinned))
    if where.tags is not None:
        query = query.where(or_(false(), *map(_may_have_tag, where.tags)))
    for name, value in where.params.items():
        query = query.where(_holds(RUNS.c.params, _beginning(name, value)))
    return query.order_by(*_NEWEST_FIRST)


def admitted(
    rows: Iterable[Any], where: RunFilter, with_tasks: Container[str] | None, interrupted: Collection[str]
) -> Iterator[RunRecord]:
    """Yield the runs that do fit, of the rows that `candidates` asked for, if they are among `with_tasks`."""
    for row in rows:
        if with_tasks is not None and row.run_id not in with_tasks:
            continue
        if where.tags is not None and not _has_tag(row, where.tags):
            continue
        run = run_from(row)
        if run.run_id in interrupted and not run.status.is_terminal:
            run = replace(run, status=RunStatus.INTERRUPTED)
        if where.admits(run):
            yield replace(run, plan="") if run.plan else run


def names_like(globs: Iterable[str]) -> Select[Any]:
    """Ask for the names of tasks that may fit any of the globs."""
    return select(TASK_RUNS.c.task).where(or_(false(), *map(_may_fit, globs))).distinct()


def fitting(names: Iterable[str], globs: Collection[str]) -> list[str]:
    """Return the names that do fit."""
    return [name for name in names if any(fnmatchcase(name, glob) for glob in globs)]


def runs_with(tasks: Iterable[str]) -> Iterator[Select[Any]]:
    """Ask for the ids of the runs that had any of these tasks, in as many questions as it takes."""
    for names in batched(tasks, NAMES_AT_ONCE):
        yield select(TASK_RUNS.c.run_id).where(TASK_RUNS.c.task.in_(without_surrogates(names))).distinct()


def is_glob(text: str) -> bool:
    """Tell whether a text may stand for several names."""
    return any(mark in text for mark in "*?[")


def _has_tag(row: Any, tags: Iterable[str]) -> bool:
    known = _tags_of(row.plan) if row.tags is None else set(json.loads(row.tags))
    return not known.isdisjoint(tags)


def _may_have_tag(tag: str) -> ColumnElement[bool]:
    written = _json(tag)
    return or_(_holds(RUNS.c.tags, written), RUNS.c.tags.is_(None) & _holds(RUNS.c.plan, written))


def _holds(column: Column[str], text: str) -> ColumnElement[bool]:
    """Ask whether a column may hold a text; SQLite takes ``a`` for ``A``, and of a long one the beginning will do."""
    return column.contains(text[:_LONGEST], autoescape=True)


def _may_fit(glob: str) -> ColumnElement[bool]:
    """Ask for what begins like the glob: the rest of its grammar is Python's, not SQL's."""
    beginning = glob[: min(glob.index(mark) for mark in "*?[" if mark in glob)]
    return TASK_RUNS.c.task.startswith(_storable(beginning)[:_LONGEST], autoescape=True)


def _tags_of(plan: str) -> set[str]:
    """Return the tags in a stored plan, which an earlier version recorded without them."""
    with suppress(ValueError, KeyError, TypeError, AttributeError):
        return {tag for task in json.loads(plan)["tasks"] for tag in task.get("tags", ())}
    return set()


def _beginning(name: str, value: Any) -> str:
    """Return what stands in the parameters of every run that has this one, however its number was written."""
    is_plain = value is None or isinstance(value, str | bool) or (isinstance(value, int) and 0 < abs(value) < _EXACT)
    return f"{_json(name)}: {_json(value)}" if is_plain else _json(name)


def _json(value: str | int | None) -> str:
    return _storable(json.dumps(value, ensure_ascii=False))


def _storable(text: str) -> str:
    return str(without_surrogates((text,))[0])
