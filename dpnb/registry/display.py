"""How a registry shows itself: one row per task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.registry.type_names import type_text
from dpnb.render import Note, TableFacts, mimebundle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dpnb.registry.metadata import TaskMetadata

_COLUMNS = ("task", "kind", "tags", "upstream", "takes", "returns", "retries", "timeout", "defined in")


def registry_bundle(tasks: Sequence[TaskMetadata]) -> dict[str, str]:
    """Return the MIME bundle of a table of tasks, or of what to do where there is none."""
    title = f"TaskRegistry: {len(tasks)} {'task' if len(tasks) == 1 else 'tasks'}"
    if not tasks:
        return mimebundle(title, [Note(text="No task is registered yet. Put @task above a function and run its cell.")])
    return mimebundle(title, [TableFacts(columns=_COLUMNS, rows=tuple(map(_row, tasks)))])


def _row(task: TaskMetadata) -> tuple[str, ...]:
    return (
        task.name,
        task.kind.value,
        ", ".join(task.tags),
        _upstream(task),
        ", ".join(map(str, task.schema.parameters)),
        type_text(task.schema.returns),
        str(task.max_retries or ""),
        f"{task.timeout:g} s" if task.timeout is not None else "",
        str(task.location),
    )


def _upstream(task: TaskMetadata) -> str:
    """Write what the decorator says; where it says nothing, the plan decides by the parameters' names."""
    renamed = [f"{upstream} as {parameter}" for parameter, upstream in task.inputs.items()]
    named = [name for name in task.dependencies or () if name not in task.inputs.values()]
    said = ", ".join(named + renamed)
    return said or ("by parameter names" if task.dependencies is None and task.schema.parameters else "")
