"""Runs a task's function to its end, whatever its kind, and stores what it gives."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dpnb.errors import AttemptUnwantedError
from dpnb.orchestrator.executable import ChunkStored
from dpnb.orchestrator.worker.named_code import digest_of_named
from dpnb.results.mapped_pickle.references import noting_references
from dpnb.results.result_ids import chunk_id

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from dpnb.orchestrator.executable import ExecutableTask
    from dpnb.orchestrator.worker.attempt_context import AttemptChannel
    from dpnb.orchestrator.worker.mail import Mail
    from dpnb.results import IOManager, ResultRecord


@dataclass(frozen=True, slots=True)
class StoredAlready:
    """What a task gives whose value another process has stored, under the name that this attempt has for it."""

    record: ResultRecord


def store_result(store: IOManager, names: tuple[str, str, str], value: Any, *, file_format: str = "") -> ResultRecord:
    """Store a value under run, task and result id; the record tells also which code the value only names."""
    run_id, task_name, result_id = names
    if file_format:
        return store.write(
            run_id=run_id, task_name=task_name, task_result_id=result_id, value=value, file_format=file_format
        )
    with noting_references() as named:
        record = store.write(run_id=run_id, task_name=task_name, task_result_id=result_id, value=value)
    return record._replace(code=digest_of_named(named)) if named else record


@dataclass(slots=True)
class OutputWriter:
    """Stores an attempt's value, or its chunks one by one as they are yielded.

    With `mail`, which says how many chunks may be stored, a chunk waits until it may. Nothing is stored of an attempt
    that is not wanted any more: that raises `AttemptUnwantedError`.
    """

    task: ExecutableTask
    store: IOManager
    channel: AttemptChannel
    mail: Mail | None = None
    is_wanted: Callable[[], bool] | None = None
    records: list[ResultRecord] = field(default_factory=list)

    def write_value(self, value: Any) -> None:
        """Store the task's only result."""
        self.records.append(self._write(self.task.task_result_id, value))

    def write_chunk(self, value: Any) -> None:
        """Store the next chunk and tell of it."""
        index = len(self.records)
        if self.mail is not None:
            self.mail.await_leave(index)
        record = self._write(chunk_id(index, attempt=self.task.attempt, lease=self.task.lease), value)
        self.records.append(record)
        self.channel.message(ChunkStored(record=record))

    def _write(self, result_id: str, value: Any) -> ResultRecord:
        if self.is_wanted is not None and not self.is_wanted():
            raise AttemptUnwantedError
        if isinstance(value, StoredAlready):
            return value.record
        names = self.task.run_id, self.task.task_name, result_id
        return store_result(self.store, names, value, file_format=self.task.file_format)


def call_and_store(
    function: Callable[..., Any], arguments: tuple[list[Any], dict[str, Any]], writer: OutputWriter
) -> None:
    """Call `function` and store its value, its chunks, or, for a generator that does not stream, the list of them."""
    positional, named = arguments
    given = function(*positional, **named)
    if inspect.isawaitable(given):
        given = _run_async(given)
    if not writer.task.kind.is_generator:
        writer.write_value(given)
    elif writer.task.stream_output:
        _drain(given, writer.write_chunk, may_wait=writer.mail is not None)
    else:
        collected: list[Any] = []
        _drain(given, collected.append)
        writer.write_value(collected)


def _drain(source: Iterator[Any] | AsyncIterator[Any], take: Callable[[Any], None], *, may_wait: bool = False) -> None:
    if isinstance(source, AsyncIterator):
        _run_async(_drain_async(source, take, may_wait=may_wait))
        return
    try:
        for value in source:
            take(value)
            del value  # the next one may need its memory
    finally:
        if inspect.isgenerator(source):
            source.close()  # its own finally runs now, not when memory is collected


async def _drain_async(source: AsyncIterator[Any], take: Callable[[Any], None], *, may_wait: bool) -> None:
    try:
        async for value in source:
            if may_wait:
                await asyncio.to_thread(take, value)  # what else goes on in the loop goes on
            else:
                take(value)
            del value
    finally:
        if inspect.isasyncgen(source):
            await source.aclose()


def _run_async(work: Awaitable[Any]) -> Any:
    """Run to the end in an event loop of its own; in another thread where this one has a loop that runs (Jupyter)."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(_as_coroutine(work))
    outcome: list[Any] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(asyncio.run(_as_coroutine(work)))
        except BaseException as error:  # noqa: BLE001 - raised again where it belongs
            errors.append(error)

    thread = threading.Thread(target=run, name="dpnb-async")
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return outcome[0]


async def _as_coroutine(work: Awaitable[Any]) -> Any:
    return await work
