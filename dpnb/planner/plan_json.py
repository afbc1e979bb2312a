"""A plan's outline as JSON text, in execution order, and back."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from dpnb.errors import PlanMismatchError
from dpnb.planner.node import Binding, Source, WhenMissing
from dpnb.planner.outline import OutlineTask, PlanOutline
from dpnb.planner.reuse import ReusePolicy
from dpnb.planner.selection import Selection
from dpnb.registry.value_json import from_jsonable, to_jsonable

if TYPE_CHECKING:
    from collections.abc import Sequence

_FORMAT = "dpnb plan"
_VERSION = 1
_TASK_TEXTS = ("name", "level", "kind", "signature", "signature_digest", "code_digest")
_TASK_EXTRAS = ("description", "location", "stream_output", "format", "memory_limit", "cpus", "freshness", "because")


def write_outline(outline: PlanOutline, tasks: str | None = None) -> str:
    """Return an outline as JSON text; with `tasks`, what `write_tasks` wrote, these stand for the outline's own."""
    selection = outline.selection
    head = json.dumps(
        {
            "format": _FORMAT,
            "version": _VERSION,
            "dag_id": outline.dag_id,
            "params": {name: to_jsonable(value) for name, value in outline.params.items()},
            "selection": {
                "tags": selection.tags,
                "targets": selection.targets,
                "exclude": selection.exclude,
            },
            "types": outline.types,
            "notes": outline.notes,
            **({} if outline.reuse is None else {"reuse": _write_policy(outline.reuse)}),
        },
        ensure_ascii=False,
    )
    return f'{head[:-1]}, "tasks": {write_tasks(outline.tasks) if tasks is None else tasks}}}'


def write_tasks(tasks: Sequence[OutlineTask]) -> str:
    """Return the tasks of an outline as JSON text."""
    return json.dumps([_write_task(task) for task in tasks], ensure_ascii=False)


def read_outline(text: str) -> PlanOutline:
    """Read what `write_outline` wrote.

    Raises
    ------
    PlanMismatchError
        The text is not a plan, or was written by a newer dpnb.
    """
    try:
        facts = json.loads(text)
    except ValueError as error:
        raise _refused(f"the text is not JSON ({error})") from error
    if not isinstance(facts, dict) or facts.get("format") != _FORMAT:
        raise _refused("the text is JSON, but not a plan")
    if facts["version"] > _VERSION:
        raise _refused(f"it was written by a newer dpnb (format {facts['version']}, known is {_VERSION})")
    return PlanOutline(
        dag_id=facts["dag_id"],
        tasks=tuple(map(_read_task, facts["tasks"])),
        params={name: from_jsonable(value) for name, value in facts["params"].items()},
        selection=Selection.of(**facts["selection"]),
        types=facts["types"],
        notes=tuple(facts["notes"]),
        reuse=_read_policy(facts["reuse"]) if "reuse" in facts else None,
    )


def _refused(reason: str) -> PlanMismatchError:
    return PlanMismatchError([f"This cannot be read as a plan: {reason}."], hint="pass what plan.to_json() returned.")


def _write_policy(policy: ReusePolicy) -> dict[str, Any]:
    return {**asdict(policy), "forced": sorted(policy.forced), "kept": sorted(policy.kept)}


def _read_policy(facts: dict[str, Any]) -> ReusePolicy:
    return ReusePolicy(**{**facts, "forced": frozenset(facts["forced"]), "kept": frozenset(facts["kept"])})


def _write_task(task: OutlineTask) -> dict[str, Any]:
    """Leave out what is empty: a plan is stored with every run."""
    named = zip(task._fields, task, strict=True)
    facts: dict[str, Any] = {name: value for name, value in named if value or name in _TASK_TEXTS}
    if task.bindings:
        facts["bindings"] = [_write_binding(binding) for binding in task.bindings]
    return facts


def _read_task(facts: dict[str, Any]) -> OutlineTask:
    return OutlineTask(
        **{name: facts[name] for name in _TASK_TEXTS},
        **{name: facts[name] for name in _TASK_EXTRAS if name in facts},
        tags=tuple(facts.get("tags", ())),
        upstream=tuple(facts.get("upstream", ())),
        groups=tuple(facts.get("groups", ())),
        bindings=tuple(map(_read_binding, facts.get("bindings", ()))),
    )


def _write_binding(binding: Binding) -> dict[str, str]:
    facts = {"parameter": binding.parameter, "source": binding.source.value}
    if binding.task is not None:
        facts |= {"task": binding.task, "when_missing": binding.when_missing.value}
    return facts


def _read_binding(facts: dict[str, str]) -> Binding:
    return Binding(
        parameter=facts["parameter"],
        source=Source(facts["source"]),
        task=facts.get("task"),
        when_missing=WhenMissing(facts.get("when_missing", WhenMissing.SKIP)),
    )
