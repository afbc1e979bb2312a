"""Makes an `ExecutableTask` of a node, its inputs found among the results so far."""

from __future__ import annotations

import pickle
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from dpnb.orchestrator.delivery import delivery_of
from dpnb.orchestrator.executable import ExecutableTask, TaskInput
from dpnb.orchestrator.pool.by_value import dumps_by_value
from dpnb.orchestrator.stream_messages import LEAD_CHUNKS
from dpnb.planner import Source, WhenMissing
from dpnb.results.inputs import digest_of_inputs, digest_of_output
from dpnb.results.result_ids import value_id

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from dpnb.orchestrator.commands import StartAttempt
    from dpnb.orchestrator.context import ExecutionContext
    from dpnb.orchestrator.functions import Functions
    from dpnb.orchestrator.relay import Relay
    from dpnb.planner import Node
    from dpnb.results import ResultRecord


class StoredOutput(NamedTuple):
    """What a task has stored: one result, or a stream's chunks; `digest` is over all of it."""

    result_ids: tuple[str, ...]
    digest: str
    file_digest: str = ""  # of the only file
    names_code: bool = False  # classes or functions of modules, which whoever loads it imports

    @classmethod
    def of(cls, records: Sequence[ResultRecord]) -> Self:
        """Take the names, and a digest over all, from a task's results in their order."""
        digest = digest_of_output(records)
        if len(records) == 1:
            return cls(_only(records[0].result_id), digest, records[0].digest, names_code=bool(records[0].code))
        names_code = any(record.code for record in records)
        return cls(tuple(record.result_id for record in records), digest, names_code=names_code)


@cache
def _only(result_id: str) -> tuple[str]:
    """Return the same tuple for the same name: nearly all results of a run have that of a first attempt."""
    return (result_id,)


def inputs_digest(task: ExecutableTask, ended: Mapping[str, StoredOutput] | None = None) -> str:
    """Identify the stored results that an attempt is given; empty where it is given none.

    What the streams that were open have come to is told by `ended`; before they end they have no digest.
    """
    if ended is None:
        return digest_of_inputs([(one.parameter, one.digest) for one in task.inputs], task.absent)
    given = [(one.parameter, ended[one.task_name].digest if one.is_open else one.digest) for one in task.inputs]
    return digest_of_inputs(given, task.absent)


def digest_of_given(node: Node, missing: Collection[str], results: Mapping[str, StoredOutput]) -> str | None:
    """Identify the stored results that an attempt would be given; None as long as a stream among them has not ended.

    As with the resolver, the results of the tasks in `missing` are not given.
    """
    given: list[tuple[str, str]] = []
    absent: list[str] = []
    for binding in node.bindings:
        if binding.task is None:
            continue
        if binding.task in missing:
            if binding.when_missing is WhenMissing.NONE:
                absent.append(binding.parameter)
        elif binding.task in results:
            given.append((binding.parameter, results[binding.task].digest))
        else:
            return None
    return digest_of_inputs(given, absent)


class TaskAssembler:
    """Assembles attempts of one run; `relay` knows the streams that have not ended.

    Run parameters are packed as it is made: what becomes of a list afterwards, in the cells that gave it, is nothing
    that the run was started with. What cannot be packed stays as it is, for tasks that run in this process.
    """

    def __init__(self, context: ExecutionContext, functions: Functions, relay: Relay) -> None:
        self._context = context
        self._functions = functions
        self._relay = relay
        self._nodes = context.execution_plan.dag.nodes
        self._packed = _pack_each(context.params, may_stay=functions.is_inline)

    def assemble(
        self, start: StartAttempt, results: Mapping[str, StoredOutput], *, imported: str = ""
    ) -> ExecutableTask:
        """Return the attempt that `start` asks for; `results` holds what every task that has ended has stored.

        `imported` is the digest of what its function reaches in modules; empty where its worker need not look at that.
        """
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
                inputs.append(self._input(node, binding.parameter, binding.task, results.get(binding.task)))
        return ExecutableTask(
            run_id=self._context.run_id,
            task_name=node.name,
            task_result_id=value_id(start.attempt, lease=self._context.lease),
            attempt=start.attempt,
            lease=self._context.lease,
            function=self._functions[node.name].digest,
            kind=node.task.kind,
            stream_output=node.task.stream_output,
            file_format=node.task.format,
            positional_only=_positional_only(node),
            inputs=tuple(inputs),
            is_live=bool(inputs) and any(given.is_open for given in inputs),
            lead=LEAD_CHUNKS if self._relay.is_producer(node.name) else None,
            arguments=self._arguments(node),
            unpacked=self._unpacked(node),
            absent=tuple(absent),
            contexts=tuple(b.parameter for b in node.bindings if b.source is Source.CONTEXT) if node.bindings else (),
            memory_limit=node.task.memory_limit,
            cpus=node.task.cpus,
            imported=imported,
        )

    def _input(self, node: Node, parameter: str, upstream: str, stored: StoredOutput | None) -> TaskInput:
        producer = self._nodes[upstream].task
        return TaskInput(
            parameter=parameter,
            run_id=self._context.run_id,
            task_name=upstream,
            result_ids=self._relay.chunks(upstream) if stored is None else stored.result_ids,
            digest="" if stored is None else stored.digest,
            file_digest="" if stored is None else stored.file_digest,
            is_stream=producer.stream_output,
            is_open=stored is None,
            delivery=delivery_of(node, parameter, producer.kind),
        )

    def _arguments(self, node: Node) -> bytes:
        if not node.bindings or not self._packed:
            return b""
        given = {name: self._packed[name] for name in _taken(node) if name in self._packed}
        return pickle.dumps(given, protocol=5) if given else b""

    def _unpacked(self, node: Node) -> tuple[str, ...]:
        params = self._context.params
        if len(params) == len(self._packed):
            return ()
        return tuple(name for name in _taken(node) if name in params and name not in self._packed)


def _pack_each(params: Mapping[str, Any], *, may_stay: bool) -> dict[str, bytes]:
    packed: dict[str, bytes] = {}
    for name, value in params.items():
        try:
            packed[name] = dumps_by_value(value)
        except Exception:
            if not may_stay:
                raise
    return packed


def _taken(node: Node) -> Iterator[str]:
    return (one.parameter for one in node.bindings if one.source in (Source.PARAM, Source.DEFAULT))


def _positional_only(node: Node) -> tuple[str, ...]:
    parameters = node.task.schema.parameters
    return tuple(one.name for one in parameters if one.positional_only) if parameters else ()
