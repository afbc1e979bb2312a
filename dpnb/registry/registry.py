"""The set of tasks that a notebook has defined."""

from __future__ import annotations

import os
import threading
from collections import defaultdict
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from dpnb.errors import DuplicateTaskError, TaskDefinitionError, UnknownTaskError
from dpnb.registry.metadata import TaskMetadata
from dpnb.registry.replacement import what_changed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dpnb.registry.metadata import SourceLocation


class TaskRegistry:
    """Tasks by name, in the order in which they were first registered.

    May be used from several threads: readers take no lock and see every task whole.

    Parameters
    ----------
    notify
        Called with one line of text when a task is replaced by one that differs; None for silence.

    Examples
    --------
    >>> from dpnb import TaskRegistry, task
    >>> registry = TaskRegistry()
    >>> @task(registry=registry, tags=["etl"])
    ... def flights(year: int = 2013) -> list[int]:
    ...     return [year]
    >>> registry.get("flights").tags
    ('etl',)
    """

    def __init__(self, *, notify: Callable[[str], object] | None = print) -> None:
        self._tasks: dict[str, TaskMetadata] = {}
        self._elsewhere: dict[str, dict[str, SourceLocation]] = {}  # by task, and by the id of a cell
        self._writing = threading.RLock()  # reentrant: `notify` may look at the registry
        self._notify = notify

    def register(self, task: TaskMetadata) -> TaskMetadata:
        """Add a task, or replace the one of its name if it comes from the same module: a cell that was run again.

        Raises
        ------
        DuplicateTaskError
            The name is taken by a task from another module.
        TaskDefinitionError
            `task` is not a definition; functions are registered by ``@task``.
        """
        _require_definition(task)
        with self._writing:
            earlier = self._tasks.get(task.name)
            if earlier is not None and not _same_place(earlier, task):
                raise DuplicateTaskError(task.name, first=_place(earlier), second=_place(task))
            self._tasks[task.name] = task
            self._remember_place(earlier, task)
        if earlier is not None and self._notify is not None and (changed := what_changed(earlier, task)):
            places = f"{earlier.location} → {task.location}"
            self._notify(f"Task {task.name!r} is replaced, its {_listed(changed)} changed: {places}.")
        return task

    def _remember_place(self, earlier: TaskMetadata | None, task: TaskMetadata) -> None:
        """Keep in mind where else a task is defined: that cell takes the name back when it is run again."""
        cell = task.location.cell_id
        places = self._elsewhere.setdefault(task.name, {})
        if earlier is not None and cell is not None and earlier.location.cell_id not in (None, cell):
            places[str(earlier.location.cell_id)] = earlier.location
        places.pop(cell or "", None)

    def other_places(self, name: str) -> tuple[SourceLocation, ...]:
        """Return the other cells that define a task of that name, as far as they have been run, the latest last.

        Only front ends that tell which cell is run, as JupyterLab does, let them be told from one that is run again.
        """
        return tuple(self._elsewhere.get(name, {}).values())

    def get(self, name: str) -> TaskMetadata:
        """Return the task of that name.

        Raises
        ------
        UnknownTaskError
            There is none; the message suggests the closest names.
        """
        try:
            return self._tasks[name]
        except KeyError:
            raise UnknownTaskError(name, known=self.names()) from None

    def find(self, *, tags: str | Iterable[str] | None = None, name: str | None = None) -> list[TaskMetadata]:
        """Return the tasks that have any of the tags and whose name fits the glob, in order of registration.

        Examples
        --------
        >>> TaskRegistry().find(tags=["etl", "daily"], name="load_*")
        []
        """
        wanted = None if tags is None else {tags} if isinstance(tags, str) else set(tags)
        return [
            task
            for task in self
            if (wanted is None or not wanted.isdisjoint(task.tags)) and (name is None or fnmatchcase(task.name, name))
        ]

    def tags(self) -> dict[str, list[str]]:
        """Return every tag with the names of its tasks, both sorted."""
        names: defaultdict[str, list[str]] = defaultdict(list)
        for task in self:
            for tag in task.tags:
                names[tag].append(task.name)
        return {tag: sorted(names[tag]) for tag in sorted(names)}

    def names(self) -> list[str]:
        """Return the names of all tasks, in order of registration."""
        return list(self._tasks)

    def unregister(self, name: str) -> TaskMetadata:
        """Remove a task and return it. Raises `UnknownTaskError` where there is none."""
        with self._writing:
            task = self.get(name)
            del self._tasks[name]
            self._elsewhere.pop(name, None)
        return task

    def clear(self) -> None:
        """Remove all tasks."""
        with self._writing:
            self._tasks = {}
            self._elsewhere = {}

    def __len__(self) -> int:
        return len(self._tasks)

    def __iter__(self) -> Iterator[TaskMetadata]:
        return iter(list(self._tasks.values()))  # a copy: a task may be registered meanwhile

    def __contains__(self, name: object) -> bool:
        return name in self._tasks

    def __repr__(self) -> str:
        return f"TaskRegistry({len(self)} {'task' if len(self) == 1 else 'tasks'})"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        from dpnb.registry.display import registry_bundle

        tasks = list(self)
        return registry_bundle(tasks, {task.name: self.other_places(task.name) for task in tasks})


_default = TaskRegistry()


def get_registry() -> TaskRegistry:
    """Return the registry that ``@task`` uses unless it is given another."""
    return _default


def _require_definition(task: object) -> None:
    if not isinstance(task, TaskMetadata):
        hint = "decorate the function with @task(registry=…), or register describe_task(function)."
        raise TaskDefinitionError(repr(task), "it is not a TaskMetadata.", hint=hint)


def _same_place(earlier: TaskMetadata, later: TaskMetadata) -> bool:
    """Tell whether a task was redefined where it came from; a script that is imported is `__main__` and a module."""
    if earlier.location.module == later.location.module:
        return True
    file = earlier.location.file
    return file == later.location.file and os.path.exists(file)  # noqa: PTH110 - "<stdin>" is no path


def _place(task: TaskMetadata) -> str:
    return f"module {task.location.module!r} ({task.location})"


def _listed(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
