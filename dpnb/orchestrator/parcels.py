"""Attempts and their results as tuples of plain values, for the way between processes.

Pickling and unpickling these takes a quarter of the time that it takes for the records themselves, whose classes have
to be looked up one by one. What is rare, a traceback or a stream's chunks, travels as the records it is made of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dpnb.orchestrator.executable import Delivery, ExecutableTask, TaskInput, TaskResult
from dpnb.registry import TaskKind
from dpnb.results.records import ResultFacts, ResultRecord, TaskState, restore, values_of

if TYPE_CHECKING:
    from collections.abc import Sequence

type Parcel = tuple[Any, ...]

_KIND = ExecutableTask._fields.index("kind")
_INPUTS = ExecutableTask._fields.index("inputs")
_DELIVERY = TaskInput._fields.index("delivery")
_STATE = TaskResult._fields.index("state")
_RESULTS = TaskResult._fields.index("results")
_FACTS = ResultRecord._fields.index("facts")
_STATES = {state.value: state for state in TaskState}  # found in a third of the time that calling the enum takes
_KINDS = {kind.value: kind for kind in TaskKind}


def pack_task(task: ExecutableTask) -> Parcel:
    """Return an attempt as plain values."""
    values: list[Any] = list(task)
    values[_KIND] = task.kind.value
    values[_INPUTS] = [_with(given, _DELIVERY, given.delivery.value) for given in task.inputs]
    return tuple(values)


def unpack_task(parcel: Parcel) -> ExecutableTask:
    """Return the attempt that was packed."""
    values = list(parcel)
    values[_KIND] = _KINDS[values[_KIND]]
    values[_INPUTS] = tuple(
        TaskInput._make(_with(given, _DELIVERY, Delivery(given[_DELIVERY]))) for given in values[_INPUTS]
    )
    return ExecutableTask._make(values)


def pack_result(result: TaskResult) -> Parcel:
    """Return a result as plain values."""
    values: list[Any] = list(result)
    values[_STATE] = result.state.value
    values[_RESULTS] = [_with(one, _FACTS, values_of(one.facts)) for one in result.results]
    return tuple(values)


def unpack_result(parcel: Parcel) -> TaskResult:
    """Return the result that was packed."""
    values = list(parcel)
    values[_STATE] = _STATES[values[_STATE]]
    values[_RESULTS] = tuple(
        ResultRecord._make(_with(one, _FACTS, restore(ResultFacts, one[_FACTS]))) for one in values[_RESULTS]
    )
    return TaskResult._make(values)


def _with(values: Sequence[Any], position: int, value: Any) -> list[Any]:
    changed = list(values)
    changed[position] = value
    return changed
