"""How a registry shows itself: one row per task."""

from __future__ import annotations

import inspect
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from dpnb.registry.decorator import task as task_decorator
from dpnb.registry.hints import is_context
from dpnb.registry.metadata import TaskKind
from dpnb.registry.places import short_place
from dpnb.registry.remarks import Remarks
from dpnb.registry.type_names import type_text
from dpnb.render import Note, TableFacts, mimebundle
from dpnb.render.plaintext import text_note
from dpnb.render.text import one_line

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    from dpnb.registry.metadata import SourceLocation, TaskMetadata

_COLUMNS = ("task", "kind", "tags", "upstream", "takes", "returns", "retries", "timeout", "defined in")


_ROWS = 200  # searched by a reader's eye, or by the box above the table where the front end is alive
_MOST_SENTENCES = 8


def registry_bundle(
    tasks: Sequence[TaskMetadata], places: Mapping[str, Sequence[SourceLocation]] | None = None
) -> dict[str, str]:
    """Return the MIME bundle of a table of tasks, or of what to do where there is none.

    `places` tells where else tasks are defined.
    """
    title = f"TaskRegistry: {len(tasks)} {'task' if len(tasks) == 1 else 'tasks'}"
    if not tasks:
        return mimebundle(title, [Note(text="No task is registered yet. Put @task above a function and run its cell.")])
    names = frozenset(task.name for task in tasks)
    remarks = Remarks.on(tasks, places or {})
    told = {task.name: remarks.of(task.name) for task in tasks}
    has_remarks = any(told.values())
    table = TableFacts(
        columns=(*_COLUMNS, *(["remarks"] if has_remarks else [])),
        rows=tuple((*_row(task, names), *([told[task.name]] if has_remarks else [])) for task in tasks),
        limit=_ROWS,
        is_searchable=True,
    )
    return mimebundle(title, [table, *_notes(list(remarks.sentences()))])


def _notes(sentences: Sequence[str]) -> list[Note]:
    if not sentences:
        return []
    more = [f"and {len(sentences) - _MOST_SENTENCES} more"] if len(sentences) > _MOST_SENTENCES else []
    return [Note(text="\n".join([*sentences[:_MOST_SENTENCES], *more]), level="warning")]


def task_bundle(task: TaskMetadata) -> dict[str, str]:
    """Return the MIME bundle of one task: what it takes and gives, and what was asked for it."""
    rows = [(name, text) for name, text in _facts(task) if text]
    notes = _notes(list(Remarks.on([task], {}).sentences()))
    bundle = mimebundle(f"Task {task.name!r}", [TableFacts(columns=("", ""), rows=tuple(rows), align="ll"), *notes])
    width = max(len(name) for name, _ in rows)
    lines = [f"Task {task.name!r}", *(f"  {name:<{width}}  {one_line(text)}" for name, text in rows)]
    return {**bundle, "text/plain": "\n".join([*lines, *map(text_note, notes)])}


def _facts(task: TaskMetadata) -> Iterator[tuple[str, str]]:
    yield "does", task.description
    yield "signature", str(task.schema)
    yield "upstream", _upstream(task, frozenset())
    yield "kind", "" if task.kind is TaskKind.FUNCTION else task.kind.value
    for option in (field.name for field in fields(task) if field.name in _ASKED):
        value = getattr(task, option)
        yield option, "" if value in (None, (), False, 0) or value == _ASKED[option] else _told(value)
    yield "defined in", short_place(str(task.location))


_ASKED: dict[str, Any] = {
    name: parameter.default
    for name, parameter in inspect.signature(task_decorator).parameters.items()
    if name not in ("func", "registry", "name", "description", "dependencies", "inputs")
}
"""The options of ``@task`` that a task's display tells as they were given, with their defaults."""


def _told(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _row(task: TaskMetadata, names: Container[str]) -> tuple[str, ...]:
    return (
        task.name,
        task.kind.value,
        ", ".join(task.tags),
        _upstream(task, names),
        ", ".join(map(str, task.schema.shown)),
        type_text(task.schema.returns),
        str(task.max_retries or ""),
        f"{task.timeout:g} s" if task.timeout is not None else "",
        short_place(str(task.location)),
    )


def _upstream(task: TaskMetadata, names: Container[str]) -> str:
    """Write the upstream tasks as a plan of all tasks would find them now."""
    renamed = [
        upstream if upstream == parameter else f"{upstream} as {parameter}"
        for parameter, upstream in task.inputs.items()
    ]
    named = task.dependencies
    if named is None:
        parameters = (p.name for p in task.schema.parameters if not is_context(p.annotation))
        named = tuple(name for name in parameters if name in names and name != task.name)
    return ", ".join([*(name for name in named if name not in task.inputs.values()), *renamed])
