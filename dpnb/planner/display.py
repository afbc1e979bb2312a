"""How plans and explanations show themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.planner.node import Source
from dpnb.registry.places import short_place
from dpnb.render import EdgeFacts, GraphFacts, NodeFacts, Note, Preformatted, TableFacts, mimebundle
from dpnb.render.palette import look_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dpnb.planner.explanation import Explanation
    from dpnb.planner.outline import OutlineTask, PlanOutline
    from dpnb.planner.plan_summary import PlanSummary
    from dpnb.render import Part

_COLUMNS = ("task", "level", "kind", "tags", "arguments", "after", "returns")
_MOST_NOTES = 5


def plan_bundle(
    outline: PlanOutline, summary: PlanSummary | None = None, *, outdated: Sequence[str] = ()
) -> dict[str, str]:
    """Return the MIME bundle of a plan: DAG, what is expected of it, table of tasks, and what is to be noted.

    `outdated` says what has changed since it was made.
    """
    notes = [Note(text="\n".join(outdated), level="warning")] if outdated else []
    notes += _expectations(outline, summary) if summary is not None else []
    notes += [Note(text=text, level="warning") for text in outline.notes[:_MOST_NOTES]]
    if len(outline.notes) > _MOST_NOTES:
        notes.append(Note(text=f"and {len(outline.notes) - _MOST_NOTES} more in plan.notes", level="warning"))
    parts: list[Part] = [outline.graph_facts(), *notes, _table(outline)]
    return mimebundle(f"{_title(outline)} · {outline.dag_id}", parts)


def _expectations(outline: PlanOutline, summary: PlanSummary) -> list[Note]:
    """Say how much will run and for how long; where results are reused, with what the picture's states mean."""
    states = [state for state in _LEGEND if any(task.freshness == state for task in outline.tasks)]
    if not states:
        return [Note(text=f"expected: {summary.forecast}")] if summary.forecast is not None else []
    legend = " · ".join(f"{look_of(state).glyph} {look_of(state).word}: {_LEGEND[state]}" for state in states)
    return [Note(text=f"expected: {summary}\n{legend}")]


_LEGEND = {
    "stale": "it runs",
    "unsettled": "it runs if what it is given changes",
    "fresh": "its stored result is reused",
}


def _table(outline: PlanOutline) -> TableFacts:
    """Return a row for each task; columns that would be empty everywhere are left out."""
    needs = ("needs",) if any(task.needs for task in outline.tasks) else ()
    freshness = ("freshness", "because") if any(task.freshness for task in outline.tasks) else ()
    rows = []
    for task in outline.tasks:
        name, *rest = _row(task)
        told = (task.freshness, task.because) if freshness else ()
        rows.append((name, *told, *rest, *(task.needs for _ in needs)))
    return TableFacts(
        columns=(*_COLUMNS[:1], *freshness, *_COLUMNS[1:], *needs),
        rows=tuple(rows),
        caption=_asked_for(outline),
        states=1 if freshness else None,
    )


def explanation_bundle(explanation: Explanation) -> dict[str, str]:
    """Return the MIME bundle of an explanation: a table of two columns, and what has changed."""
    table = TableFacts(columns=("", ""), rows=tuple(explanation.rows()))
    changes = [Preformatted(caption=caption, text=diff, is_diff=True) for caption, diff in explanation.changes]
    return {**mimebundle(f"Task {explanation.task!r}", [table, *changes]), "text/plain": repr(explanation)}


def graph_of(
    outline: PlanOutline,
    states: Mapping[str, str],
    tooltips: Mapping[str, tuple[tuple[str, str], ...]],
) -> GraphFacts:
    """Return the facts of a plan's picture."""
    return GraphFacts(
        title=_title(outline),
        nodes=tuple(
            NodeFacts(
                name=task.name,
                state=states.get(task.name, task.freshness),
                kind=task.kind,
                tags=task.tags,
                level=task.level,
                tooltip=(*_tooltip(task), *tooltips.get(task.name, ())),
                badge=_returns(task),
            )
            for task in outline.tasks
        ),
        edges=tuple(edge for task in outline.tasks for edge in _edges(task)),
    )


def _title(outline: PlanOutline) -> str:
    tasks, levels = len(outline.tasks), len(outline.parallel_levels)
    return (
        f"ExecutionPlan: {tasks} {'task' if tasks == 1 else 'tasks'} in {levels} {'level' if levels == 1 else 'levels'}"
    )


def _asked_for(outline: PlanOutline) -> str:
    selection = outline.selection
    asked = [
        f"{name} {', '.join(values)}"
        for name, values in (
            ("tags", selection.tags),
            ("targets", selection.targets),
            ("without", selection.exclude),
        )
        if values
    ]
    given = ", ".join(f"{name} = {_shortened(value)}" for name, value in outline.params.items())
    return " · ".join([*asked, f"run parameters {given}"] if given else asked)


def _shortened(value: object, *, longest: int = 40) -> str:
    text = repr(value)
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _row(task: OutlineTask) -> tuple[str, ...]:
    return (
        task.name,
        str(task.level),
        task.kind,
        ", ".join(task.tags),
        task.arguments,
        ", ".join(_control_upstream(task)),
        _returns(task),
    )


def _returns(task: OutlineTask) -> str:
    return task.signature.rpartition(") → ")[2] if ") → " in task.signature else ""


def _control_upstream(task: OutlineTask) -> list[str]:
    data = {binding.task for binding in task.bindings if binding.source is Source.TASK}
    return [name for name in task.upstream if name not in data]


def _tooltip(task: OutlineTask) -> Iterator[tuple[str, str]]:
    if task.because:
        yield "because", task.because
    if task.description:
        yield "does", task.description
    yield "signature", task.signature
    for parameter, source in task.argument_texts().items():
        yield parameter, f"← {source}"
    if task.tags:
        yield "tags", ", ".join(task.tags)
    if task.needs:
        yield "needs", task.needs
    yield "defined in", short_place(task.location)


def _edges(task: OutlineTask) -> Iterator[EdgeFacts]:
    for binding in task.bindings:
        if binding.task is not None:
            yield EdgeFacts(upstream=binding.task, downstream=task.name, parameter=binding.parameter)
    for upstream in _control_upstream(task):
        yield EdgeFacts(upstream=upstream, downstream=task.name)
