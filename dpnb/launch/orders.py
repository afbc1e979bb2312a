"""What is to be launched, said in records: a plan with its functions, a notebook with its parameters."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from dpnb.errors import ScheduleOptionError
from dpnb.registry.value_json import to_jsonable
from dpnb.results.trust import sign
from dpnb.scheduler import LaunchOrder, NotebookTarget, PipelineTarget

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dpnb.planner import ExecutionPlan


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
        There is no such file.
    """
    file = Path(path).expanduser().absolute()
    if not file.is_file():
        raise ScheduleOptionError("notebook", str(path), rule="is no file", hint="give the path of a notebook.")
    return NotebookTarget(path=str(file), params=dict(params or {}), **options)
