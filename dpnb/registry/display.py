"""How a registry shows itself: one row per task."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from dpnb.registry.hints import is_context
from dpnb.registry.type_names import type_text
from dpnb.render import Note, TableFacts, mimebundle

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from dpnb.registry.metadata import SourceLocation, TaskMetadata

_COLUMNS = ("task", "kind", "tags", "upstream", "takes", "returns", "retries", "timeout", "defined in")


def registry_bundle(tasks: Sequence[TaskMetadata]) -> dict[str, str]:
    """Return the MIME bundle of a table of tasks, or of what to do where there is none."""
    title = f"TaskRegistry: {len(tasks)} {'task' if len(tasks) == 1 else 'tasks'}"
    if not tasks:
        return mimebundle(title, [Note(text="No task is registered yet. Put @task above a function and run its cell.")])
    names = frozenset(task.name for task in tasks)
    rows = tuple(_row(task, names) for task in tasks)
    return mimebundle(title, [TableFacts(columns=_COLUMNS, rows=rows)])


def _row(task: TaskMetadata, names: Container[str]) -> tuple[str, ...]:
    return (
        task.name,
        task.kind.value,
        ", ".join(task.tags),
        _upstream(task, names),
        ", ".join(map(str, task.schema.parameters)),
        type_text(task.schema.returns),
        str(task.max_retries or ""),
        f"{task.timeout:g} s" if task.timeout is not None else "",
        _place(task.location),
    )


def _place(location: SourceLocation) -> str:
    """Write a file below the working directory as it is found from there: in a table, a long path loses its middle."""
    place = str(location)
    with suppress(OSError):  # the working directory is gone
        place = place.removeprefix(f"{Path.cwd()}{os.sep}")
    return place


def _upstream(task: TaskMetadata, names: Container[str]) -> str:
    """Write the upstream tasks as a plan of all tasks would find them now."""
    renamed = [f"{upstream} as {parameter}" for parameter, upstream in task.inputs.items()]
    named = task.dependencies
    if named is None:
        parameters = (p.name for p in task.schema.parameters if not is_context(p.annotation))
        named = tuple(name for name in parameters if name in names and name != task.name)
    return ", ".join([*(name for name in named if name not in task.inputs.values()), *renamed])
