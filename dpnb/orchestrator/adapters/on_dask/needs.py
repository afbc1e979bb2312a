"""What of a task Dask's scheduler is told: resources, labels of workers, priority."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dpnb.registry import TaskMetadata

_KNOWN = ("resources", "workers", "allow_other_workers", "priority")
_OWN = {"cpus": ("cpus", "cpu"), "memory_limit": ("memory", "mem")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What tasks are given to Dask with.

    `annotations` are Dask's, by a task's name or one of its tags; `offered` are the resources that the workers of the
    cluster declare (``dask worker --resources "GPU=1"``).
    """

    annotations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    offered: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for key, given in self.annotations.items():
            if unknown := sorted(set(given) - set(_KNOWN)):
                raise ValueError(f"the annotations of {key!r} may be {', '.join(_KNOWN)}, not {unknown[0]!r}")

    def of(self, task: TaskMetadata) -> dict[str, Any]:
        """Return the options of ``Client.submit`` for a task; what its name says goes before what its tags say."""
        options: dict[str, Any] = {}
        resources: dict[str, float] = dict(self._own(task))
        for key in (*sorted(task.tags), task.name):
            given = dict(self.annotations.get(key, {}))
            resources.update(given.pop("resources", {}))
            options.update(given)
        return {**options, "resources": resources} if resources else options

    def warn_of_what_nobody_offers(self, tasks: Iterable[TaskMetadata]) -> None:
        """Say of which tasks that they are going to wait for a worker that is not there yet."""
        for task in tasks:
            if missing := sorted(set(self.of(task).get("resources", {})) - self.offered):
                warnings.warn(
                    f"Task {task.name!r} asks for the resource {missing[0]!r}, which no worker of the Dask cluster "
                    f"offers now: it waits for one that does (dask worker --resources '{missing[0]}=1').",
                    stacklevel=2,
                )

    def _own(self, task: TaskMetadata) -> dict[str, float]:
        """Return what a task asks for by itself, as far as the workers count such things."""
        asked = {"cpus": task.cpus, "memory_limit": task.memory_limit}
        return {
            name: float(value)
            for option, value in asked.items()
            if value is not None
            for name in self.offered
            if name.lower() in _OWN[option]
        }
