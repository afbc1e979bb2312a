"""Loads what a task is called with."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

from dpnb.orchestrator.executable import Delivery
from dpnb.orchestrator.worker.chunks import AsyncChunks, Chunks
from dpnb.orchestrator.worker.stored_input import StoredInput
from dpnb.results import Stream
from dpnb.results.stream import StoredChunks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping

    from dpnb.orchestrator.executable import ExecutableTask, TaskInput
    from dpnb.orchestrator.worker.mail import Mail
    from dpnb.registry import TaskContext
    from dpnb.results import IOManager


def load_arguments(
    task: ExecutableTask, store: IOManager, context: TaskContext, mail: Mail | None, held: Mapping[str, Any]
) -> tuple[list[Any], dict[str, Any]]:
    """Return positional and keyword arguments, upstream results loaded from the store.

    `held` are run parameters as this process has them, for those that could not be pickled.
    """
    given: dict[str, bytes] = pickle.loads(task.arguments) if task.arguments else {}
    values: dict[str, Any] = {name: pickle.loads(packed) for name, packed in given.items()}
    values.update((name, held[name]) for name in task.unpacked)
    if not (values or task.inputs or task.absent or task.contexts):
        return [], values
    values.update((given.parameter, load_input(given, store, mail)) for given in task.inputs)
    values.update(dict.fromkeys(task.absent))
    values.update(dict.fromkeys(task.contexts, context))
    positional = [values.pop(name) for name in task.positional_only if name in values]
    return positional, values


def load_input(given: TaskInput, store: IOManager, mail: Mail | None = None) -> Any:
    """Return an upstream result in the form that the parameter takes; `mail` brings the chunks of an open stream."""
    if given.delivery is Delivery.ADDRESS:
        return StoredInput(store, given)
    if given.is_stream:
        return _load_stream(given, store, mail)
    value = store.load(
        run_id=given.run_id, task_name=given.task_name, task_result_id=given.result_ids[0], digest=given.file_digest
    )
    return _DELIVER[given.delivery](value)


def _load_stream(given: TaskInput, store: IOManager, mail: Mail | None) -> Any:
    if given.delivery in (Delivery.ITERATOR, Delivery.ASYNC_ITERATOR):
        chunks: Chunks[Any] = Chunks(given, StoredChunks(store, given.run_id, given.task_name), mail)
        return chunks if given.delivery is Delivery.ITERATOR else AsyncChunks(chunks)
    stream: Stream[Any] = Stream.stored(store, given.run_id, given.task_name, given.result_ids)
    return list(stream) if given.delivery is Delivery.LIST else stream


def _as_it_is(value: Any) -> Any:
    return value


async def _iterate(values: Iterable[Any]) -> AsyncIterator[Any]:
    for value in values:
        yield value


_DELIVER: dict[Delivery, Callable[[Any], Any]] = {
    Delivery.AS_IS: _as_it_is,
    Delivery.LIST: list,
    Delivery.ITERATOR: iter,
    Delivery.ASYNC_ITERATOR: _iterate,
}
