"""A stream as its consumer's iterator: chunks one by one, and while they come if they have not all come yet."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dpnb.orchestrator.stream_messages import CHUNKS_PER_WORD

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from dpnb.orchestrator.executable import TaskInput
    from dpnb.orchestrator.worker.mail import Mail


class Chunks[T](Generator[T, None, None]):
    """The chunks of a stream, each loaded when it is asked for; a generator to whoever reads it.

    Each ``for`` loop over it goes on where the last one stopped, as with any iterator. Once all loops over it are left,
    the producer of an open stream is not bound by this consumer any more, until that asks for another chunk. This is
    why ``iter(chunks)`` is not `chunks` itself, but something that ends with its loop.

    Parameters
    ----------
    given
        The stream: the ids of its chunks; of an open one, those that there are so far.
    load
        Returns the chunk of a result id.
    mail
        Where the further chunks of an open stream are asked for.
    """

    def __init__(self, given: TaskInput, load: Callable[[str], T], mail: Mail | None) -> None:
        self._parameter = given.parameter
        self._load = load
        self._mail = mail if given.is_open else None  # None once no more chunks can come
        self._known = deque(given.result_ids)
        self._position = 0
        self._loops = 0
        self._finding = threading.Lock()  # an asynchronous consumer may give up waiting and ask again
        if self._mail is not None:
            self._mail.say_taken(self._parameter, 0)

    @property
    def is_known(self) -> bool:
        """Whether `find` has its answer at once."""
        return bool(self._known) or self._mail is None

    def find(self) -> bool:
        """Tell whether there is another chunk, waiting for it where it may still come.

        Raises
        ------
        StreamBrokenError
            Its producer has failed, or this attempt is asked to stop.
        """
        with self._finding:
            if self._mail is not None:
                self._mail.raise_if_cancelled()
                if not self._known:
                    came = self._mail.ask_for_chunks(self._parameter, self._position)
                    self._known.extend(came.result_ids)
                    self._mail = None if came.is_last else self._mail
            return bool(self._known)

    def take(self) -> T:
        """Return the chunk that was found."""
        self._position += 1
        if self._mail is not None and self._position % CHUNKS_PER_WORD == 0:
            self._mail.say_taken(self._parameter, self._position)
        return self._load(self._known.popleft())

    @contextmanager
    def loop(self) -> Iterator[None]:
        """Be at the stream; with the last one to leave, it is let go."""
        self._loops += 1
        try:
            yield
        finally:
            self._loops -= 1
            if not self._loops:
                self.let_go()

    def let_go(self) -> None:
        """Say that nobody is at the stream."""
        if self._mail is not None:
            self._mail.say_let_go(self._parameter)

    def __iter__(self) -> Generator[T, None, None]:
        with self.loop():
            while self.find():
                yield self.take()

    def send(self, value: None, /) -> T:
        """Return the next chunk."""
        del value
        if not self.find():
            raise StopIteration
        return self.take()

    def throw(self, kind: Any, value: Any = None, traceback: Any = None, /) -> T:
        """Leave the stream for good, and raise."""
        self.let_go()
        self._mail = None
        self._known.clear()
        return super().throw(kind, value, traceback)


class AsyncChunks[T](AsyncGenerator[T, None]):
    """`Chunks` for ``async for``: the event loop goes on while a chunk is waited for."""

    def __init__(self, chunks: Chunks[T]) -> None:
        self._chunks = chunks

    async def _find(self) -> bool:
        return self._chunks.find() if self._chunks.is_known else await asyncio.to_thread(self._chunks.find)

    async def _loop(self) -> AsyncGenerator[T, None]:
        with self._chunks.loop():
            while await self._find():
                yield self._chunks.take()

    def __aiter__(self) -> AsyncIterator[T]:
        return self._loop()

    async def asend(self, value: None, /) -> T:
        """Return the next chunk."""
        del value
        if not await self._find():
            raise StopAsyncIteration
        return self._chunks.take()

    async def athrow(self, kind: Any, value: Any = None, traceback: Any = None, /) -> T:
        """Leave the stream for good, and raise."""
        self._chunks.close()
        return await super().athrow(kind, value, traceback)
