"""A task's place in a DAG, and where each of its arguments comes from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dpnb.registry import TaskMetadata


class Source(StrEnum):
    """Where an argument comes from."""

    TASK = "task"  # an upstream task's result
    PARAM = "param"  # a run parameter
    DEFAULT = "default"  # the parameter's own default
    CONTEXT = "context"  # the attempt's TaskContext


class WhenMissing(StrEnum):
    """What becomes of a task whose upstream left no result (it failed safely, or was skipped)."""

    SKIP = "skip"
    DEFAULT = "default"  # run with the parameter's default
    NONE = "none"  # run with None, which the annotation admits


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """One parameter and the source of its argument."""

    parameter: str
    source: Source
    task: str | None = None  # the upstream task where source is TASK
    when_missing: WhenMissing = WhenMissing.SKIP


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A task in a DAG. `upstream` holds data and control-flow dependencies, sorted, each once."""

    name: str
    task: TaskMetadata
    upstream: tuple[str, ...]
    bindings: tuple[Binding, ...]

    @property
    def data_upstream(self) -> tuple[str, ...]:
        """Upstream tasks whose results are arguments, sorted."""
        return tuple(sorted({b.task for b in self.bindings if b.task is not None}))

    @property
    def control_upstream(self) -> tuple[str, ...]:
        """Upstream tasks that only come first, sorted."""
        data = set(self.data_upstream)
        return tuple(name for name in self.upstream if name not in data)
