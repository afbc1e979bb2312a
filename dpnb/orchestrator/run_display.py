"""A run as pictures and tables: the DAG with states, what failed and why, the tasks."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from dpnb.render import Heading, Note, Preformatted, TableFacts, mimebundle
from dpnb.render.quantities import duration, number, size
from dpnb.results.records import RunStatus, TaskState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dpnb.orchestrator.executable import ProgressMade
    from dpnb.orchestrator.run import Run
    from dpnb.render import GraphFacts, Part
    from dpnb.results import TaskRunRecord

_FAILED = (TaskState.FAILED, TaskState.TIMED_OUT)
_MOST_FAILURES_SHOWN = 3
_SHORTEST_LEFT_S = 1.0  # below it, a forecast is of no use to anybody
_LEVELS = {
    RunStatus.SUCCEEDED: "success",
    RunStatus.FAILED: "error",
    RunStatus.CANCELLED: "warning",
    RunStatus.INTERRUPTED: "warning",
}


def display_run(run: Run) -> dict[str, str]:
    """Return the mimes of a run."""
    tasks = run.task_records()
    progress = {name: _told(made) for name, made in run.progress.items()}
    parts: list[Part] = [Note(text=_headline(run, tasks), level=_LEVELS.get(run.status, "info"))]
    if note := run.note():
        parts.append(Note(text=note))
    if missing := run.missing:
        parts.append(Note(text=missing, level="warning"))
    parts.append(_graph(run, tasks, progress))
    parts.extend(_failures(run, [task for task in tasks if task.state in _FAILED]))
    parts.append(_table(tasks, progress))
    return mimebundle(f"Run {run.run_id}", parts)


def nothing_ran(counts: Mapping[TaskState, int]) -> str:
    """Return a word about a run, by its tasks' states, that ended at once since all was there; else nothing."""
    reused = counts.get(TaskState.REUSED, 0)
    if not reused or reused != sum(counts.values()):
        return ""
    return f"nothing was stale or failed: {reused:,} {'result' if reused == 1 else 'results'} reused"


def _headline(run: Run, tasks: Sequence[TaskRunRecord]) -> str:
    counts = Counter(task.state for task in tasks)
    told = ", ".join(f"{counts[state]} {state.replace('_', ' ')}" for state in TaskState if counts[state])
    record = run.record
    words = [f"{run.status}", told]
    if record.finished_us is not None:
        words.append(f"in {duration((record.finished_us - record.started_us) / 1e6)}")
    elif (left := run.eta) is not None and left.total_seconds() >= _SHORTEST_LEFT_S:
        words.append(f"about {duration(left.total_seconds())} left")
    words.append(nothing_ran(counts))
    if record.reason:
        words.append(record.reason)
    if record.pinned:
        words.append("pinned")
    return " · ".join(word for word in words if word)


def _told(made: ProgressMade) -> str:
    return " · ".join(filter(None, [f"{made.fraction:.0%}", made.note]))


def _graph(run: Run, tasks: Sequence[TaskRunRecord], progress: Mapping[str, str]) -> GraphFacts:
    states = {task.task: str(task.state) for task in tasks}
    facts = run.outline.graph_facts(states=states, tooltips={task.task: _tooltip(task) for task in tasks})
    badges = {task.task: progress.get(task.task) or _badge(task) for task in tasks}
    nodes = tuple(replace(node, badge=badges.get(node.name, "")) for node in facts.nodes)
    return replace(facts, title=f"Run {run.run_id}", nodes=nodes)


def _badge(task: TaskRunRecord) -> str:
    words = []
    if task.duration_s is not None:
        words.append(duration(task.duration_s))
    if task.rows is not None:
        words.append(f"{number(task.rows)} {'row' if task.rows == 1 else 'rows'}")
    return " · ".join(words)


def _tooltip(task: TaskRunRecord) -> tuple[tuple[str, str], ...]:
    rows = {
        "attempts": str(task.attempts) if task.attempts > 1 else "",
        "duration": duration(task.duration_s),
        "rows": number(task.rows),
        "size": size(task.size_bytes),
        "chunks": number(task.chunks),
        "reason": task.reason,
    }
    return tuple((name, text) for name, text in rows.items() if text)


def _failures(run: Run, failed: Sequence[TaskRunRecord]) -> list[Part]:
    parts: list[Part] = []
    for task in failed[:_MOST_FAILURES_SHOWN]:
        attempts = run.attempt_records(task.task)
        tries = f" after {task.attempts} attempts" if task.attempts > 1 else ""
        parts.append(Heading(text=f"{task.task} {task.state.replace('_', ' ')}{tries}"))
        if attempts and attempts[-1].traceback:
            parts.append(Preformatted(text=attempts[-1].traceback))
        parts.append(Note(text=_how_to_look(run, task.task)))
    if len(failed) > _MOST_FAILURES_SHOWN:
        parts.append(Note(text=f"{len(failed) - _MOST_FAILURES_SHOWN} more failed: run.failures lists them all."))
    return parts


def _how_to_look(run: Run, task: str) -> str:
    params = run.params
    inputs = []
    for binding in run.outline_tasks[task].bindings:
        if binding.task is not None:
            inputs.append(f"{binding.parameter} = run[{binding.task!r}]")
        elif binding.parameter in params:
            inputs.append(f"{binding.parameter} = {params[binding.parameter]!r}")
    return f"Inputs: {', '.join(inputs) or 'none'}. Look: run.logs({task!r}), run.failures, run.debug({task!r})."


def _table(tasks: Sequence[TaskRunRecord], progress: Mapping[str, str]) -> TableFacts:
    return TableFacts(
        columns=("task", "state", "attempts", "duration", "rows", "size", "reason"),
        rows=tuple(
            (
                task.task,
                str(task.state),
                str(task.attempts or ""),
                duration(task.duration_s),
                number(task.rows),
                size(task.size_bytes),
                task.reason or progress.get(task.task, ""),
            )
            for task in tasks
        ),
        states=1,
        align="llrrrrl",
    )
