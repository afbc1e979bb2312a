"""A stream's chunks as one sequence that loads them when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, overload

from dpnb.results.concatenation import concatenate
from dpnb.results.stream_display import stream_mimebundle

if TYPE_CHECKING:
    from dpnb.results.browsing.browsed import Browsed
    from dpnb.results.ports import IOManager
    from dpnb.results.records import ResultRecord


@dataclass(frozen=True, slots=True)
class StoredChunks:
    """Where a stream's chunks are stored; called with a result id, it loads that chunk."""

    io_manager: IOManager
    run_id: str
    task_name: str

    def __call__(self, result_id: str) -> Any:
        """Load a chunk."""
        return self.io_manager.load(run_id=self.run_id, task_name=self.task_name, task_result_id=result_id)

    def describe(self, result_id: str) -> ResultRecord:
        """Return what is known of a chunk without loading it."""
        return self.io_manager.describe(run_id=self.run_id, task_name=self.task_name, task_result_id=result_id)


class Stream[T](Sequence[T]):
    """The chunks that a task yielded, in order; each is loaded when it is asked for, and again the next time.

    Iterating takes the memory of one chunk, whatever the stream's length, and may be done any number of times. A
    slice is a stream too. Streams can be pickled if `load` can; a stored one refers to its chunks and does not
    copy them.

    Parameters
    ----------
    load
        Returns the chunk of a result id; `StoredChunks` for what lies in a store.
    result_ids
        The chunks' ids in the stream's order.

    Examples
    --------
    >>> stream = Stream({"chunk_00000": [1, 2], "chunk_00001": [3]}.__getitem__, ["chunk_00000", "chunk_00001"])
    >>> len(stream), stream[-1], list(stream), stream.concat()
    (2, [3], [[1, 2], [3]], [1, 2, 3])
    """

    __slots__ = ("_load", "_result_ids")

    def __init__(self, load: Callable[[str], T], result_ids: Sequence[str]) -> None:
        self._load = load
        self._result_ids = tuple(result_ids)

    @classmethod
    def stored(cls, io_manager: IOManager, run_id: str, task_name: str, result_ids: Sequence[str]) -> Self:
        """Return the stream of a task's stored chunks."""
        return cls(StoredChunks(io_manager, run_id, task_name), result_ids)

    @property
    def result_ids(self) -> tuple[str, ...]:
        """The chunks' ids, in order."""
        return self._result_ids

    def __len__(self) -> int:
        return len(self._result_ids)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Stream[T]: ...
    def __getitem__(self, index: int | slice) -> T | Stream[T]:
        if isinstance(index, slice):
            return Stream(self._load, self._result_ids[index])
        return self._load(self._result_ids[index])

    def __iter__(self) -> Iterator[T]:
        return map(self._load, self._result_ids)

    def __reversed__(self) -> Iterator[T]:
        return map(self._load, reversed(self._result_ids))

    def describe(self, index: int) -> ResultRecord | None:
        """Return what is known of a chunk without loading it; None where the chunks are not stored."""
        load = self._load
        return load.describe(self._result_ids[index]) if isinstance(load, StoredChunks) else None

    def browse(self) -> Browsed:
        """Return a view that pages through the chunks, as one table where they are frames of the same columns.

        In a notebook, a cell that ends with it shows it.
        """
        from dpnb.results.browsing.browsed import Browsed
        from dpnb.results.browsing.sources import source_of_stream

        return Browsed(source_of_stream(self))

    def concat(self) -> Any:
        """Return all chunks as one: frames below each other with a new index, arrays and lists end to end.

        Raises
        ------
        ConcatenationError
            There is no chunk, or chunks of this type have no natural sum.
        """
        return concatenate(list(self))

    def __repr__(self) -> str:
        chunks = "1 chunk" if len(self) == 1 else f"{len(self):,} chunks"
        if isinstance(self._load, StoredChunks):
            return f"<Stream of {chunks}: task {self._load.task_name!r} in run {self._load.run_id!r}>"
        return f"<Stream of {chunks}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:  # noqa: ARG002  # Jupyter's
        describe = getattr(self._load, "describe", None)
        return stream_mimebundle(repr(self)[1:-1], self._result_ids, describe)
