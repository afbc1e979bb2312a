"""A stream's chunks as one sequence that loads them when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    from collections.abc import Callable

    from dpnb.results.ports import IOManager


class Stream[T](Sequence[T]):
    """The chunks that a task yielded, in order; each is loaded when it is asked for, and again the next time.

    Iterating takes the memory of one chunk, whatever the stream's length.

    Parameters
    ----------
    load
        Returns the chunk of a result id.
    result_ids
        The chunks' ids in the stream's order.

    Examples
    --------
    >>> stream = Stream({"chunk_00000": [1, 2], "chunk_00001": [3]}.__getitem__, ["chunk_00000", "chunk_00001"])
    >>> len(stream), stream[-1], list(stream), stream.concat()
    (2, [3], [[1, 2], [3]], [1, 2, 3])
    """

    def __init__(self, load: Callable[[str], T], result_ids: Sequence[str]) -> None:
        self._load = load
        self._result_ids = tuple(result_ids)

    @classmethod
    def stored(cls, store: IOManager, run_id: str, task_name: str, result_ids: Sequence[str]) -> Stream[Any]:
        """Return the stream whose chunks lie in a store."""
        return Stream(partial(_load, store, run_id, task_name), result_ids)

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

    def __repr__(self) -> str:
        return f"Stream({len(self)} chunks)"

    def concat(self) -> Any:
        """Return all chunks as one: frames below each other, arrays and lists end to end."""
        chunks = list(self)
        if not chunks:
            return []
        kind = type(chunks[0]).__module__.partition(".")[0]
        return _CONCATENATE.get(kind, _chained)(chunks)


def _load(store: IOManager, run_id: str, task_name: str, result_id: str) -> Any:
    return store.load(run_id=run_id, task_name=task_name, task_result_id=result_id)


def _concatenated_pandas(chunks: list[Any]) -> Any:
    import pandas as pd

    return pd.concat(chunks, ignore_index=True)


def _chained(chunks: list[Any]) -> list[Any]:
    return list(chain.from_iterable(chunks))


_CONCATENATE: dict[str, Callable[[list[Any]], Any]] = {"pandas": _concatenated_pandas}
