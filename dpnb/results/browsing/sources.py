"""Where what is browsed comes from: a value that is at hand, a stored result, a stream's chunks."""

from __future__ import annotations

import contextlib
import mmap
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from dpnb.results.browsing.chunks import table_of_stream
from dpnb.results.browsing.paged import paged_table
from dpnb.results.browsing.pandas_code import quoted
from dpnb.results.browsing.tables import table_of
from dpnb.results.facts import facts_of
from dpnb.results.mapped_pickle import noting_maps
from dpnb.results.ports import PagingStore

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dpnb.results.browsing.tables import Table
    from dpnb.results.ports import IOManager
    from dpnb.results.records import ResultFacts, ResultRecord
    from dpnb.results.stream import Stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A value that can be looked into: as a table, if `table` is there, else part by part."""

    value: Any
    table: Table | None


class Source(Protocol):
    """What can be opened. Facts are told without opening it."""

    @property
    def title(self) -> str:
        """What it is called above its view."""
        ...

    @property
    def code(self) -> str:
        """Python that gives the value; its last line is an expression."""
        ...

    @property
    def facts(self) -> ResultFacts:
        """What is known of it."""
        ...

    def open(self) -> Opened:
        """Load it. Raises what `IOManager.load` raises."""
        ...


@dataclass(frozen=True, slots=True)
class ValueSource:
    """A value of this process."""

    value: Any
    title: str = ""
    code: str = "value"

    @property
    def facts(self) -> ResultFacts:
        """What is known of it, as if it were about to be stored."""
        return facts_of(self.value)

    def open(self) -> Opened:
        """Return the value itself."""
        return Opened(value=self.value, table=table_of(self.value))


@dataclass(frozen=True, slots=True)
class StoredSource:
    """A stored result, loaded for nobody else, so that its memory can be given back while it is looked through."""

    io_manager: IOManager
    record: ResultRecord

    @property
    def title(self) -> str:
        """The task and its run."""
        return f"{self.record.task} · {self.record.run_id}"

    @property
    def code(self) -> str:
        """How the run gives it."""
        return _stored_code(self.record.run_id, self.record.task)

    @property
    def facts(self) -> ResultFacts:
        """What was recorded when it was saved."""
        return self.record.facts

    def open(self) -> Opened:
        """Load what the record says, and nothing else that may lie in its place."""
        if (paged := self._paged()) is not None:
            return paged
        named = {"run_id": self.record.run_id, "task_name": self.record.task, "task_result_id": self.record.result_id}
        with noting_maps() as maps:
            value = self.io_manager.load(**named, digest=self.record.digest)
        table = table_of(value)
        if table is None:
            return Opened(value=value, table=None)
        return Opened(value=value, table=replace(table, release=_Releasing(maps), nulls=_nulls(table, self.facts)))

    def _paged(self) -> Opened | None:
        """Open it without loading it, where its store can do that and it is worth it."""
        if not isinstance(self.io_manager, PagingStore):
            return None
        paged = self.io_manager.load_paged(self.record)
        table = paged_table(paged) if paged is not None else None
        if paged is None or table is None:
            return None
        return Opened(value=paged.value, table=replace(table, nulls=_nulls(table, self.facts)))


@dataclass(frozen=True, slots=True)
class StreamSource:
    """The chunks that a task yielded."""

    stream: Stream[Any]
    title: str = ""
    code: str = "stream"

    @property
    def facts(self) -> ResultFacts:
        """What is known of the first chunk, and of the rows of all."""
        if not len(self.stream):
            return facts_of([])
        return chunk_facts(self.stream)[0]

    def open(self) -> Opened:
        """Take the chunks as one table, if they are frames of the same columns."""
        facts = chunk_facts(self.stream)
        return Opened(value=self.stream, table=table_of_stream(self.stream, facts))


def source_of_stream(stream: Stream[Any]) -> StreamSource:
    """Return the source of a stream, named after its task where it is stored."""
    record = stream.describe(0) if len(stream) else None
    if record is None:
        return StreamSource(stream)
    return StreamSource(stream, f"{record.task} · {record.run_id}", _stored_code(record.run_id, record.task))


def chunk_facts(stream: Stream[Any]) -> list[ResultFacts]:
    """Return what is known of each chunk; those that are not stored are loaded for it, one after the other."""
    records = [stream.describe(place) for place in range(len(stream))]
    return [facts_of(stream[place]) if record is None else record.facts for place, record in enumerate(records)]


def _stored_code(run_id: str, task: str) -> str:
    return f"from dpnb import get_run\nget_run({quoted(run_id)})[{quoted(task)}]"


def _nulls(table: Table, facts: ResultFacts) -> Sequence[int | None]:
    """Return the counts that were recorded, put beside the table's columns; the index's levels have none."""
    levels = sum(column.level is not None for column in table.columns)
    known = [column.nulls for column in facts.columns]
    return [None] * levels + known if levels + len(known) == len(table.columns) else ()


@dataclass(frozen=True, slots=True)
class _Releasing:
    """Gives the memory of maps back; what is read again comes from the file, as it was saved."""

    maps: list[mmap.mmap]

    def __call__(self) -> None:
        for mapped in self.maps:
            with contextlib.suppress(OSError, ValueError, AttributeError):  # a system without the call keeps it
                mapped.madvise(mmap.MADV_DONTNEED)
