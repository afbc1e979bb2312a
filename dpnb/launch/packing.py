"""A plan's tasks by value, so that they run in a process that has never seen the notebook that defined them.

Functions of cells travel whole, those of modules by name: the modules are found where they were. The cells' source goes
along, for tracebacks and fingerprints. Unpacking runs code; who may is told by the store's trust and a signature.
"""

from __future__ import annotations

import inspect
import linecache
import pickle
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dpnb.errors import UnreadyScheduleError
from dpnb.orchestrator.transport import pack, pack_functions, pack_params
from dpnb.planner import PlanOutline
from dpnb.planner.restore import restore_plan
from dpnb.registry import TaskRegistry
from dpnb.results.trust import Trust
from dpnb.scheduler import ScheduleStore

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dpnb.planner import ExecutionPlan
    from dpnb.registry import TaskMetadata
    from dpnb.workspace import Workspace


def pack_plan(plan: ExecutionPlan) -> bytes:
    """Return a plan's tasks and parameters as bytes. Raises `TransportError` where something cannot be packed."""
    tasks = [node.task for node in plan.dag.nodes.values()]
    pack_functions(tasks)  # it names what cannot be packed
    pack_params(plan.params)
    return pickle.dumps(
        {
            "python": list(sys.version_info[:2]),
            "path": list(sys.path),
            "sources": _sources(tasks),
            "plan": pack((tasks, dict(plan.params))).blob,
        }
    )


def unpack_plan(text: str, packed: bytes, workspace: Workspace, name: str) -> ExecutionPlan:
    """Return the plan whose JSON is `text`, with the functions that were packed with it.

    Raises
    ------
    UnreadyScheduleError
        They were packed by another version of Python, or need a module that is not here.
    """
    tasks, params = _unpickle(packed, name)
    plan = restore_plan(replace(PlanOutline.from_json(text), params=params), registry_of(tasks))
    return replace(plan, history=workspace.history)


def scheduled_tasks(schedule: str, workspace: Workspace) -> TaskRegistry | None:
    """Return the tasks that are kept with a schedule; None where there is no such schedule, or it is of no plan.

    Raises
    ------
    UntrustedStoreError
        Somebody else has packed them.
    UnreadyScheduleError
        They were packed by another version of Python, or need a module that is not here.
    """
    packed, signature = ScheduleStore(workspace.ledger.database).packed(schedule)
    if not packed:
        return None
    require_own(packed, signature, workspace, schedule)
    return registry_of(_unpickle(packed, schedule)[0])


def require_own(packed: bytes, signature: str, workspace: Workspace, name: str) -> None:
    """Raise `UntrustedStoreError` unless this user packed a schedule's pipeline, or the store may hold anybody's."""
    Trust(str(workspace.base_path)).require_signed(packed, signature, f"the pipeline of {name!r}")


def registry_of(tasks: Iterable[TaskMetadata]) -> TaskRegistry:
    """Return a registry of these tasks alone."""
    registry = TaskRegistry(notify=None)
    for task in tasks:
        registry.register(task)
    return registry


def _unpickle(packed: bytes, name: str) -> tuple[list[TaskMetadata], dict[str, Any]]:
    try:
        facts = pickle.loads(packed)
        _require_python(facts["python"], name)
        sys.path += [folder for folder in facts["path"] if folder not in sys.path]
        for file, lines in facts["sources"].items():
            linecache.cache.setdefault(file, (sum(map(len, lines)), None, lines, file))
        tasks, params = pickle.loads(facts["plan"])
    except ImportError as error:
        hint = "start the scheduler where it can be imported, or schedule the plan anew."
        raise UnreadyScheduleError(name, reason=f"its tasks need what is not here ({error})", hint=hint) from error
    return tasks, params


def _require_python(version: list[int], name: str) -> None:
    if version != list(sys.version_info[:2]):
        reason = f"its tasks were packed by Python {'.'.join(map(str, version))}"
        raise UnreadyScheduleError(name, reason=reason, hint="schedule the plan anew with this Python.")


def _sources(tasks: Iterable[TaskMetadata]) -> dict[str, list[str]]:
    """Return the lines of the cells in which the tasks are defined, and all that stands beside them in `__main__`."""
    beside = vars(sys.modules["__main__"]).values()
    files = {_file_of(each) for each in (*(task.func for task in tasks), *list(beside))}
    entries = {file: linecache.cache.get(file, ()) for file in files if file is not None}
    # linecache knows no time of change for what was typed in.
    return {file: list(entry[2]) for file, entry in entries.items() if len(entry) > 2 and entry[1] is None}  # noqa: PLR2004


def _file_of(value: object) -> str | None:
    code = getattr(inspect.unwrap(value) if inspect.isfunction(value) else value, "__code__", None)
    return getattr(code, "co_filename", None)
