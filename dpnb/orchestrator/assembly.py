"""Makes an `ExecutableTask` of a node, its inputs found among the results so far."""

from __future__ import annotations

from collections import abc
from functools import cache
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, Self, TypeAliasType, Union, get_args, get_origin

from xxhash import xxh3_128_hexdigest

from dpnb.orchestrator.executable import Delivery, ExecutableTask, TaskInput
from dpnb.planner import Source, WhenMissing
from dpnb.registry import resolve_hints
from dpnb.results.result_ids import value_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dpnb.orchestrator.commands import StartAttempt
    from dpnb.orchestrator.context import ExecutionContext
    from dpnb.orchestrator.transport import Packed
    from dpnb.planner import Node
    from dpnb.results import ResultRecord

_DELIVERY_BY_ORIGIN: dict[Any, Delivery] = {
    list: Delivery.LIST,
    abc.Iterator: Delivery.ITERATOR,
    abc.Generator: Delivery.ITERATOR,
    abc.AsyncIterator: Delivery.ASYNC_ITERATOR,
    abc.AsyncIterable: Delivery.ASYNC_ITERATOR,
    abc.AsyncGenerator: Delivery.ASYNC_ITERATOR,
}


class StoredOutput(NamedTuple):
    """What a task has stored: one result, or a stream's chunks."""

    result_ids: tuple[str, ...]
    digest: str

    @classmethod
    def of(cls, records: Sequence[ResultRecord]) -> Self:
        """Take the names, and a digest over all, from a task's results in their order."""
        if len(records) == 1 and records[0].chunk is None:
            return cls(_only(records[0].result_id), records[0].digest)
        whole = xxh3_128_hexdigest("".join(record.digest for record in records).encode())
        return cls(tuple(record.result_id for record in records), whole)


@cache
def _only(result_id: str) -> tuple[str]:
    """Return the same tuple for the same name: nearly all results of a run have that of a first attempt."""
    return (result_id,)


def inputs_digest(task: ExecutableTask) -> str:
    """Identify the stored results that an attempt is given; empty where it is given none."""
    return digest_of_inputs([(one.parameter, one.digest) for one in task.inputs], task.absent)


def digest_of_inputs(inputs: Sequence[tuple[str, str]], absent: Sequence[str] = ()) -> str:
    """Identify results by parameters and digests, in the order of the task's bindings, and parameters without one."""
    if not inputs and not absent:
        return ""
    given = [f"{parameter}={digest}" for parameter, digest in inputs]
    return xxh3_128_hexdigest("\0".join([*given, *absent]).encode("utf-8", "surrogatepass"))


class TaskAssembler:
    """Assembles attempts of one run."""

    def __init__(self, context: ExecutionContext, functions: Mapping[str, Packed]) -> None:
        self._context = context
        self._functions = functions
        self._nodes = context.execution_plan.dag.nodes

    def assemble(self, start: StartAttempt, results: Mapping[str, StoredOutput]) -> ExecutableTask:
        """Return the attempt that `start` asks for; `results` holds what every task that has ended has stored."""
        node = self._nodes[start.task]
        inputs: list[TaskInput] = []
        absent: list[str] = []
        for binding in node.bindings:
            if binding.task is None:
                continue
            if binding.task in start.missing:
                if binding.when_missing is WhenMissing.NONE:
                    absent.append(binding.parameter)
            else:
                inputs.append(self._input(node, binding.parameter, binding.task, results[binding.task]))
        return ExecutableTask(
            run_id=self._context.run_id,
            task_name=node.name,
            task_result_id=value_id(start.attempt, lease=self._context.lease),
            attempt=start.attempt,
            lease=self._context.lease,
            function=self._functions[node.name].digest,
            kind=node.task.kind,
            stream_output=node.task.stream_output,
            positional_only=tuple(p.name for p in node.task.schema.parameters if p.positional_only),
            inputs=tuple(inputs),
            arguments=self._arguments(node),
            absent=tuple(absent),
            contexts=tuple(b.parameter for b in node.bindings if b.source is Source.CONTEXT) if node.bindings else (),
            memory_limit=node.task.memory_limit,
            cpus=node.task.cpus,
        )

    def _input(self, node: Node, parameter: str, upstream: str, stored: StoredOutput) -> TaskInput:
        producer = self._nodes[upstream].task
        return TaskInput(
            parameter=parameter,
            run_id=self._context.run_id,
            task_name=upstream,
            result_ids=stored.result_ids,
            digest=stored.digest,
            is_stream=producer.stream_output,
            delivery=_delivery(node, parameter) if producer.kind.is_generator else Delivery.AS_IS,
        )

    def _arguments(self, node: Node) -> bytes:
        given = {
            binding.parameter: self._context.params[binding.parameter]
            for binding in node.bindings
            if binding.source in (Source.PARAM, Source.DEFAULT) and binding.parameter in self._context.params
        }
        if not given:
            return b""
        import cloudpickle

        blob: bytes = cloudpickle.dumps(given, protocol=5)
        return blob


def _delivery(node: Node, parameter: str) -> Delivery:
    hint = resolve_hints(node.task).parameters.get(parameter)
    asked = {_DELIVERY_BY_ORIGIN[origin] for origin in _origins(hint) if origin in _DELIVERY_BY_ORIGIN}
    return asked.pop() if len(asked) == 1 else Delivery.AS_IS


def _origins(hint: Any) -> Iterator[Any]:
    """Yield the plain types that a hint names, those of a union's members and behind aliases and annotations too."""
    if isinstance(hint, TypeAliasType):
        yield from _origins(hint.__value__)
    elif get_origin(hint) is Annotated:
        yield from _origins(get_args(hint)[0])
    elif get_origin(hint) in (Union, UnionType):
        for member in get_args(hint):
            yield from _origins(member)
    else:
        yield get_origin(hint) or hint
