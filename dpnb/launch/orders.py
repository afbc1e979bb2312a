"""What is to be launched, said in records: a plan with its functions, a notebook with its parameters."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dpnb.errors import ScheduleOptionError, closest
from dpnb.registry.value_json import to_jsonable
from dpnb.results.trust import sign
from dpnb.scheduler import LaunchOrder, NotebookTarget, PipelineTarget

if TYPE_CHECKING:
    from dpnb.planner import ExecutionPlan


OPTIONS = ("tags", "targets", "reuse", "timeout", "cell_timeout", "workers")
"""What a notebook may be given beside its parameters."""


def plain_params(params: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return parameters that are kept as JSON, in the database. Raises `ScheduleOptionError` where that is no way."""
    if params is not None and not isinstance(params, Mapping):
        raise ScheduleOptionError("params", params, rule="are no parameters", hint="give a dict: {'year': 2014}.")
    plain = {}
    for name, value in (params or {}).items():
        try:
            plain[str(name)] = json.loads(json.dumps(value))
        except (TypeError, ValueError):
            hint = "give text, numbers, booleans, None, and lists and dicts of them; a date as '2026-12-01'."
            raise ScheduleOptionError(f"params[{name!r}]", value, rule="cannot be kept", hint=hint) from None
    return plain


def pipeline_order(plan: ExecutionPlan, *, workers: int | None = None) -> LaunchOrder:
    """Return the order to run a plan, its functions packed by value and signed.

    Raises
    ------
    TransportError
        Something that a task needs cannot be packed.
    """
    from dpnb.launch.packing import pack_plan

    packed = pack_plan(plan)
    target = PipelineTarget(
        plan=plan.to_json(),
        params={name: to_jsonable(value) for name, value in plan.params.items()},
        tasks=len(plan),
        workers=workers,
    )
    return LaunchOrder(target=target, packed=packed, signature=sign(packed))


def notebook_target(path: str | Path, params: Mapping[str, Any] | None = None, **options: Any) -> NotebookTarget:
    """Return the target of a notebook that is executed headless; `options` are `NotebookTarget`'s.

    Raises
    ------
    ScheduleOptionError
        There is no such file or option, or a parameter that JSON cannot carry.
    """
    for option in options:
        if option not in OPTIONS:
            near = closest(option, OPTIONS) or OPTIONS
            hint = f"give {', '.join(map(repr, near))}."
            raise ScheduleOptionError("notebook_options", option, rule="is not known", hint=hint)
    file = Path(path).expanduser().absolute()
    if not file.is_file():
        raise ScheduleOptionError("notebook", str(path), rule="is no file", hint="give the path of a notebook.")
    return NotebookTarget(path=str(file), params=plain_params(params), **options)
