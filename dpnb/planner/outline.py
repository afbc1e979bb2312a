"""A plan without its functions: all that is needed to draw it, explain it and store it with a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from dpnb.planner.node import Binding, Source
from dpnb.planner.selection import Selection
from dpnb.registry.context import OWN_CONTEXT
from dpnb.render.quantities import size

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dpnb.planner.reuse import ReusePolicy
    from dpnb.planner.schema_validator import TypeMode
    from dpnb.render import GraphFacts


class OutlineTask(NamedTuple):
    """A task of a plan in words; `upstream` and `tags` are sorted.

    A run is not begun before its plan is written down: a named tuple is made in a fifth of a frozen dataclass's time.
    """

    name: str
    level: int
    kind: str
    signature: str  # as text: "(flights: DataFrame) → DataFrame"
    signature_digest: str
    code_digest: str
    tags: tuple[str, ...] = ()
    upstream: tuple[str, ...] = ()
    bindings: tuple[Binding, ...] = ()
    description: str = ""
    location: str = ""
    stream_output: bool = False
    format: str = ""  # of what is stored; empty for a pickle
    memory_limit: int | None = None  # bytes
    cpus: float | None = None
    groups: tuple[str, ...] = ()  # concurrency groups with their limits: "db:2"
    freshness: str = ""  # fresh, stale or unsettled, in a plan that reuses results
    because: str = ""  # the first cause of it

    def argument_texts(self) -> dict[str, str]:
        """Return each parameter with the source of its argument, in words."""
        return {binding.parameter: source_text(binding) for binding in shown_bindings(self.bindings)}

    @property
    def arguments(self) -> str:
        """The sources of all arguments on one line: ``flights, rows ← planes, year ← run parameter``."""
        return arguments_text(self.bindings)

    @property
    def needs(self) -> str:
        """The resources that it asks for, on one line: ``2 cpus · 500.0 MB · db:2``."""
        return needs_text(self.cpus, self.memory_limit, self.groups)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOutline:
    """The tasks of a plan in execution order; can be read from JSON without any registry.

    Examples
    --------
    >>> PlanOutline(dag_id="dag_0", tasks=()).parallel_levels
    []
    """

    dag_id: str
    tasks: tuple[OutlineTask, ...]
    params: Mapping[str, Any] = field(default_factory=dict)
    selection: Selection = field(default_factory=Selection)
    types: TypeMode = "strict"
    notes: tuple[str, ...] = ()
    reuse: ReusePolicy | None = None

    @property
    def execution_order(self) -> list[str]:
        """The names of all tasks, in an order in which they can run one by one."""
        return [task.name for task in self.tasks]

    @property
    def parallel_levels(self) -> list[list[str]]:
        """The names of all tasks, level by level."""
        return [[task.name for task in level] for _, level in groupby(self.tasks, key=lambda task: task.level)]

    def graph_facts(
        self,
        states: Mapping[str, str] | None = None,
        tooltips: Mapping[str, tuple[tuple[str, str], ...]] | None = None,
    ) -> GraphFacts:
        """Return the DAG as facts to draw; `states` colour tasks and `tooltips` add rows to theirs, by task."""
        from dpnb.planner.display import graph_of

        return graph_of(self, states or {}, tooltips or {})

    def to_json(self) -> str:
        """Return the outline as JSON text."""
        from dpnb.planner.plan_json import write_outline

        return write_outline(self)

    @classmethod
    def from_json(cls, text: str) -> PlanOutline:
        """Read what `to_json` wrote. Raises `PlanMismatchError` if it is something else."""
        from dpnb.planner.plan_json import read_outline

        return read_outline(text)


def arguments_text(bindings: Iterable[Binding]) -> str:
    """Write the sources of arguments on one line; a parameter named like its task is enough said."""
    return ", ".join(
        binding.parameter
        if binding.parameter == binding.task
        else f"{binding.parameter} ← {binding.task or source_text(binding)}"
        for binding in shown_bindings(bindings)
    )


def shown_bindings(bindings: Iterable[Binding]) -> Iterable[Binding]:
    """Return those that concern whoever reads of the task."""
    return (binding for binding in bindings if binding.parameter != OWN_CONTEXT)


def needs_text(cpus: float | None, memory_limit: int | None, groups: Iterable[str]) -> str:
    """Write the resources that a task asks for on one line; nothing where it asks for none."""
    processors = f"{cpus:g} {'cpu' if cpus == 1 else 'cpus'}" if cpus is not None else ""
    return " · ".join(part for part in (processors, size(memory_limit), *groups) if part)


def source_text(binding: Binding) -> str:
    """Say in words where an argument comes from."""
    match binding.source:
        case Source.TASK:
            return f"task {binding.task!r}"
        case Source.PARAM:
            return "run parameter"
        case Source.DEFAULT:
            return "its default"
        case Source.CONTEXT:
            return "the attempt's context"
