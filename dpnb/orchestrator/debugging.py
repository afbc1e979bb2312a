"""Calls a task of a run again, here, with exactly what it was given there: for ``%debug`` and ``pdb.pm()``.

Results come from the store, run parameters from the run (from its process where that is this one, from its plan where
it was reopened), the function from the registry: as it is now, so that a mended cell can be tried at once.
"""

from __future__ import annotations

import asyncio
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dpnb.errors import DebugError, UnknownTaskError
from dpnb.orchestrator.delivery import delivery_of
from dpnb.orchestrator.executable import Delivery, ExecutableTask, ProgressMade
from dpnb.orchestrator.worker.attempt_context import AttemptContext
from dpnb.planner import Node, Source, WhenMissing
from dpnb.registry import TaskKind
from dpnb.registry.value_json import is_readable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping

    from dpnb.orchestrator.context import ExecutionContext
    from dpnb.orchestrator.run import Run
    from dpnb.planner import OutlineTask
    from dpnb.planner.node import Binding
    from dpnb.registry import TaskMetadata, TaskRegistry
    from dpnb.results import TaskRunRecord

_ABSENT = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A task as it is defined now, and what its last attempt was called with; what was left to defaults is missing."""

    task: TaskMetadata
    inputs: dict[str, Any]


def find_call(run: Run, task: str, registry: TaskRegistry | None, context: ExecutionContext | None) -> Call:
    """Load what a task was called with; warn where its code differs from that which the run had.

    `context` is that of a run which this process has started: it has the run's parameters themselves, and the tasks of
    registries that nobody names.

    Raises
    ------
    UnknownTaskError
        The run has no such task, or it is not registered in this process.
    DebugError
        A run parameter was recorded as text only, or the function has other parameters now.
    TaskFailedError
        An input has no result.
    """
    if task not in run:
        raise UnknownTaskError(task, known=list(run))
    metadata = _find_task(run, task, registry if registry is not None else run.workspace.registry, context)
    params = context.params if context is not None else run.outline.params
    return Call(task=metadata, inputs=_load_inputs(run, task, metadata, params))


def call_again(call: Call) -> Any:
    """Call a task's function and return what it returns, a list of what it yields.

    What it raises has the function's own frames at the end of its traceback; those of dpnb are marked to be hidden by
    IPython's tracebacks and debugger.
    """
    __tracebackhide__ = True
    metadata, named = call.task, dict(call.inputs)
    positional = [named.pop(p.name) for p in metadata.schema.parameters if p.positional_only and p.name in named]
    given = metadata.func(*positional, **named)
    match metadata.kind:
        case TaskKind.COROUTINE:
            return _run_async(given)
        case TaskKind.ASYNC_GENERATOR:
            return _run_async(_collect(given))
        case TaskKind.GENERATOR:
            return list(given)
    return given


def _find_task(run: Run, task: str, registry: TaskRegistry, context: ExecutionContext | None) -> TaskMetadata:
    if task in registry or context is None:
        metadata = registry.get(task)
    else:
        metadata = context.execution_plan.dag.nodes[task].task
    if metadata.code_digest != run.outline_tasks[task].code_digest:
        warnings.warn(f"The code of task {task!r} has changed since this run; it is called as it is now.", stacklevel=4)
    return metadata


def _load_inputs(run: Run, task: str, metadata: TaskMetadata, params: Mapping[str, Any]) -> dict[str, Any]:
    outline = run.outline_tasks[task]
    _require_parameters(outline, metadata)
    node = Node(name=task, task=metadata, upstream=outline.upstream, bindings=outline.bindings)
    loaded = {binding.parameter: _load(run, node, binding, params) for binding in outline.bindings}
    return {parameter: value for parameter, value in loaded.items() if value is not _ABSENT}


def _require_parameters(outline: OutlineTask, metadata: TaskMetadata) -> None:
    bound = {binding.parameter for binding in outline.bindings}
    now = {parameter.name for parameter in metadata.schema.parameters}
    required = {parameter.name for parameter in metadata.schema.parameters if parameter.required}
    if bound - now or required - bound:
        raise DebugError(
            outline.name, f"it was {outline.signature} and is {metadata.schema} now", hint="plan and start a new run."
        )


def _load(run: Run, node: Node, binding: Binding, params: Mapping[str, Any]) -> Any:
    match binding.source:
        case Source.TASK:
            return _result(run, node, binding)
        case Source.CONTEXT:
            return AttemptContext(_attempt(run, node), _Spoken())
    value = params.get(binding.parameter, _ABSENT)
    if not is_readable(value):
        raise DebugError(
            node.name,
            f"its run parameter {binding.parameter!r} was recorded as text only: {value!r}",
            hint="debug it in the process that started the run, or call the task with the values of run.inputs(…).",
        )
    return value


def _result(run: Run, node: Node, binding: Binding) -> Any:
    upstream = binding.task or ""
    if not _record(run, upstream).state.has_result and binding.when_missing is not WhenMissing.SKIP:
        return None if binding.when_missing is WhenMissing.NONE else _ABSENT
    value = run[upstream]
    if not TaskKind(run.outline_tasks[upstream].kind).is_generator:
        return value
    match delivery_of(node, binding.parameter):
        case Delivery.LIST:
            return list(value)
        case Delivery.ITERATOR:
            return iter(value)
        case Delivery.ASYNC_ITERATOR:
            return _iterate(value)
    return value


def _record(run: Run, task: str) -> TaskRunRecord:
    return next(record for record in run.task_records() if record.task == task)


def _attempt(run: Run, node: Node) -> ExecutableTask:
    attempt = max(1, _record(run, node.name).attempts)
    return ExecutableTask(
        run_id=run.run_id,
        task_name=node.name,
        task_result_id="debug",
        attempt=attempt,
        function=b"",
        kind=node.task.kind,
    )


@dataclass(frozen=True, slots=True)
class _Spoken:
    """Prints what a task says of its progress; nobody asks it to stop."""

    def message(self, content: object) -> None:
        if isinstance(content, ProgressMade):
            print(f"{content.fraction:.0%} {content.note}".rstrip())  # noqa: T201 - someone is watching

    def cancelled(self) -> bool:
        return False


async def _iterate(values: Iterable[Any]) -> AsyncIterator[Any]:
    for value in values:
        yield value


async def _collect(source: AsyncIterator[Any]) -> list[Any]:
    return [value async for value in source]


def _run_async(work: Coroutine[Any, Any, Any]) -> Any:
    """Run to the end; in another thread where this one has a loop that runs (Jupyter)."""
    __tracebackhide__ = True
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()
