"""Why a task is in a plan, where each of its arguments comes from, and why it is fresh or stale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dpnb.planner.concurrency import group_texts
from dpnb.planner.freshness import explain_freshness
from dpnb.planner.node import Source, WhenMissing
from dpnb.planner.outdated import all_changes, call_for
from dpnb.planner.outline import needs_text, shown_bindings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dpnb.planner.node import Binding
    from dpnb.planner.plan import ExecutionPlan
    from dpnb.registry import TaskMetadata

_MOST_NAMES = 5


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Explanation:
    """A task's place in a plan. `arguments` tells each parameter's source in words; `level` counts from 0.

    Of a plan that reuses results, `freshness` holds one line for each way that leads from the task to a cause, and
    `changes` what has changed there, as pairs of a cause and a unified diff.
    """

    task: str
    why: str
    signature: str
    arguments: Mapping[str, str]
    upstream: tuple[str, ...]
    control_upstream: tuple[str, ...]
    downstream: tuple[str, ...]
    level: int
    levels: int
    needs: str = ""  # the resources that it asks for
    retries: str = ""
    freshness: tuple[str, ...] = ()
    changes: tuple[tuple[str, str], ...] = ()
    outdated: str = ""  # how the task has changed since the plan was made

    def rows(self) -> Iterator[tuple[str, str]]:
        """Yield what there is to say, each with its heading."""
        if self.outdated:
            yield "outdated", self.outdated
        for number, line in enumerate(self.freshness):
            yield "" if number else "freshness", line
        yield "why", self.why
        yield "signature", self.signature
        for parameter, source in self.arguments.items():
            yield parameter, f"← {source}"
        for name in self.control_upstream:
            yield "after", f"{name} (order only)"
        yield "upstream", ", ".join(self.upstream) or "none"
        yield "downstream", ", ".join(self.downstream) or "none"
        yield "level", f"{self.level} of 0 to {self.levels - 1}"
        if self.needs:
            yield "needs", self.needs
        if self.retries:
            yield "retries", self.retries

    def __repr__(self) -> str:
        rows = list(self.rows())
        width = max(len(heading) for heading, _ in rows)
        told = [f"Task {self.task!r}", *(f"  {heading:<{width}}  {text}" for heading, text in rows)]
        for caption, diff in self.changes:
            told += ["", f"  {caption}", *(f"    {line}" for line in diff.splitlines())]
        return "\n".join(told)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        from dpnb.planner.display import explanation_bundle

        return explanation_bundle(self)


def explain(plan: ExecutionPlan, task: str) -> Explanation:
    """Explain a task of a plan."""
    node = plan.dag.nodes[task]
    level = next(number for number, names in enumerate(plan.levels) if task in names)
    freshness, changes = explain_freshness(task, plan.verdicts)
    return Explanation(
        task=task,
        why=_why(plan, task),
        signature=str(node.task.schema),
        arguments={binding.parameter: _argument(binding, plan.params) for binding in shown_bindings(node.bindings)},
        upstream=node.upstream,
        control_upstream=node.control_upstream,
        downstream=plan.dag.downstream(task),
        level=level,
        levels=len(plan.levels),
        needs=needs_text(node.task.cpus, node.task.memory_limit, group_texts(node.task, plan.groups)),
        retries=_retries(node.task),
        freshness=freshness,
        changes=changes,
        outdated=_outdated(plan, task),
    )


def _outdated(plan: ExecutionPlan, task: str) -> str:
    changed = all_changes(plan).get(task)
    return f"{changed}; make the plan again with {call_for(plan)}" if changed else ""


def _retries(task: TaskMetadata) -> str:
    if not task.max_retries:
        return ""
    causes = (
        "any failure" if task.retry_on is None else ", ".join(name.removeprefix("builtins.") for name in task.retry_on)
    )
    return f"up to {task.max_retries}, after {causes}"


def _why(plan: ExecutionPlan, task: str) -> str:
    reasons = plan.selection.reasons(task, plan.dag.nodes[task].task.tags)
    if reasons:
        return f"selected: {' and '.join(reasons)}"
    nodes = plan.dag.nodes
    selected = [
        name for name in sorted(plan.dag.descendants(task)) if plan.selection.reasons(name, nodes[name].task.tags)
    ]
    named = ", ".join(map(repr, selected[:_MOST_NAMES]))
    more = f" and {len(selected) - _MOST_NAMES} more" if len(selected) > _MOST_NAMES else ""
    return f"needed by {named}{more}, selected"


def _argument(binding: Binding, params: Mapping[str, Any]) -> str:
    match binding.source:
        case Source.TASK:
            return f"result of task {binding.task!r}{_WITHOUT[binding.when_missing]}"
        case Source.PARAM:
            return f"run parameter {_short(params.get(binding.parameter))}"
        case Source.DEFAULT:
            return "its default"
        case Source.CONTEXT:
            return "the attempt's TaskContext"


_WITHOUT = {
    WhenMissing.SKIP: "",
    WhenMissing.DEFAULT: ", or its default where that is missing",
    WhenMissing.NONE: ", or None where that is missing",
}


def _short(value: Any, *, longest: int = 60) -> str:
    text = repr(value)
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
