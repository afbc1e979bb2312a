"""Reading the stream of a Redis server: all of it for one subscription, or one event at a time for a group's member."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from redis.exceptions import ResponseError

from dpnb.events.adapters.outages import reading_through
from dpnb.events.adapters.redis_scripts import GIVE_BACK, KEEP, TAKE, TIDY
from dpnb.events.adapters.redis_server import BLOCK_S, FAILURES

if TYPE_CHECKING:
    from collections.abc import Callable

    from dpnb.events.adapters.inbox import Delivery, Inbox
    from dpnb.events.adapters.redis_server import RedisServer

_BATCH = 500
_GATHER_S = 0.001
"""Who is told of many events reads them together: one by one they cost ten times as much. The first is never late."""

_LOOKED_AT = 1_000  # entries, so that a script takes some milliseconds at most
_LEFT_ALONE_MS = 2**31

type Entry = tuple[str, dict[str, str]]


class StreamReader:
    """Reads all that comes after `position`, having told the last `replay` events up to there."""

    def __init__(self, server: RedisServer, inbox: Inbox, position: str, replay: int | None) -> None:
        self.inbox = inbox
        self._server, self._position, self._replay = server, position, replay or 0

    async def run(self) -> None:
        """Read until cancelled."""
        await reading_through(self._serve, self.inbox, translated=self._server.outage)

    async def _serve(self, has_answered: Callable[[], None]) -> None:
        if self._replay:
            earlier = await earlier_entries(self._server, self.inbox, self._position, self._replay)
            self._replay = 0
            for _, fields in earlier:
                await self.inbox.tell(fields["t"], fields["e"], is_earlier=True)
        while True:
            read: Any = await self._server.reading.xread(
                {self._server.stream: self._position}, count=_BATCH, block=int(BLOCK_S * 1000)
            )
            has_answered()
            for entry, fields in read[0][1] if read else ():
                await self.inbox.tell(fields.get("t", ""), fields.get("e", ""))
                self._position = entry
            if read:
                await asyncio.sleep(_GATHER_S)

    def ask(self, handled: Delivery | None) -> None:
        """Do nothing: all is read, asked for or not."""

    def rest(self) -> None:
        """Do nothing."""

    def hand_over(self, delivery: Delivery) -> bool:  # noqa: ARG002 - nobody else has it
        """Tell that it is this subscription's."""
        return True

    def finish(self, handled: Delivery | None) -> None:
        """Do nothing."""

    async def leave(self) -> None:
        """Do nothing: the server does not know of it."""


async def earlier_entries(server: RedisServer, inbox: Inbox, until: str, count: int) -> list[Entry]:
    """Return the last `count` entries that the inbox's pattern chooses, up to and with `until`, oldest first."""
    found: list[Entry] = []
    last = until
    while len(found) < count and last != "0-0":
        batch: Any = await server.reading.xrevrange(server.stream, max=last, min="-", count=_BATCH)
        found += [one for one in batch if "e" in one[1] and inbox.pattern.matches(one[1].get("t", ""))]
        if len(batch) < _BATCH:
            break
        last = f"({batch[-1][0]}"
    return found[:count][::-1]


class GroupReader:
    """Takes an event for a member of a group whenever it asks for one, so that no member holds what others could do.

    What it has in hand it keeps by saying so in time; what others left alone for longer it takes over.
    """

    def __init__(self, server: RedisServer, inbox: Inbox, position: str, replay: int | None) -> None:
        self.inbox = inbox
        self._server, self._position, self._replay = server, position, replay or 0
        self._group = f"{inbox.group}:{inbox.pattern.text}"
        self._member = secrets.token_hex(8)
        self._held: list[str] = []
        self._handled: list[str] = []
        self._wanted = 0  # by how many, less what is in the inbox: what came too late for one is the next one's
        self._asked = asyncio.Event()

    async def run(self) -> None:
        """Serve until cancelled."""
        await reading_through(self._serve, self.inbox, translated=self._server.outage)

    def ask(self, handled: Delivery | None) -> None:
        """Take note that one more event is wanted, and the one before has been handled."""
        if handled is not None:
            self._is_done(str(handled.token))
        self._wanted += 1
        self._asked.set()

    def rest(self) -> None:
        """Take note that one less is wanted."""
        self._wanted -= 1

    def hand_over(self, delivery: Delivery) -> bool:  # noqa: ARG002 - if it was taken over, it is handled twice
        """Tell that it is this member's."""
        return True

    def _is_done(self, entry: str) -> None:
        with suppress(ValueError):
            self._held.remove(entry)
        self._handled.append(entry)

    async def _serve(self, has_answered: Callable[[], None]) -> None:
        await self._join()
        has_answered()
        while True:
            await self._until_asked()
            entry, *rest = await self._take() or [None]
            has_answered()
            if rest:
                await self._tell(str(entry), rest[0])
            elif entry is not None:
                await self._until_news(str(entry))

    async def _join(self) -> None:
        """Make the group where there is none, and give back what was taken for a reply that was lost."""
        server = self._server
        if self._replay:
            earlier = await earlier_entries(server, self.inbox, self._position, self._replay)
            self._position = _before(earlier[0][0]) if earlier else self._position
            self._replay = 0
        try:
            await server.reading.xgroup_create(server.stream, self._group, id=self._position, mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise
        await self._call(GIVE_BACK, _LEFT_ALONE_MS, *self._held, *self._handled)
        await server.reading.eval(TIDY, 1, server.stream, self._group, str(server.reclaim_ms))

    async def _call(self, script: str, *arguments: object) -> Any:
        stream = self._server.stream
        return await self._server.script(script)(keys=[stream], args=[self._group, self._member, *arguments])

    async def _until_asked(self) -> None:
        """Wait to be asked, saying meanwhile that what is in hand is being worked on."""
        while self._wanted <= 0:
            self._asked.clear()
            try:
                async with asyncio.timeout(self._server.reclaim_ms / 3000 if self._held else None):
                    await self._asked.wait()
            except TimeoutError:
                for entry in self._held:
                    await self._call(KEEP, entry)

    async def _take(self) -> list[Any]:
        handled, segments = tuple(self._handled), self.inbox.pattern.segments
        found = await self._call(TAKE, self._server.reclaim_ms, _LOOKED_AT, len(segments), *segments, *handled)
        del self._handled[: len(handled)]
        return list(found)

    async def _tell(self, entry: str, fields: list[str]) -> None:
        facts = dict(zip(fields[::2], fields[1::2], strict=True))
        self._held.append(entry)
        if _order(entry) > _order(self._position):
            self._position = entry
        if await self.inbox.tell(facts.get("t", ""), facts.get("e", ""), entry):
            self._wanted -= 1
        else:
            self._is_done(entry)

    async def _until_news(self, position: str) -> None:
        """Wait until there may be something: a new entry, or one that a dead member has left."""
        server = self._server
        block_ms = int(min(BLOCK_S * 1000, server.reclaim_ms / 2))
        await server.reading.xread({server.stream: position}, count=1, block=max(1, block_ms))

    def finish(self, handled: Delivery | None) -> None:
        """Take note of what has been handled."""
        if handled is not None:
            self._is_done(str(handled.token))

    async def leave(self) -> None:
        """Acknowledge what was handled, give the rest back, and leave the group."""
        with suppress(*FAILURES):  # who cannot say so is found to be gone after a while
            if self._handled:
                await self._server.reading.xack(self._server.stream, self._group, *self._handled)
            await self._call(GIVE_BACK, _LEFT_ALONE_MS)
            if not self._held:
                await self._server.reading.xgroup_delconsumer(self._server.stream, self._group, self._member)


def _order(entry: str) -> tuple[int, int]:
    """Return what entries are ordered by: when they came, and which of that millisecond they are."""
    came_ms, _, number = entry.partition("-")
    return int(came_ms), int(number or 0)


def _before(entry: str) -> str:
    """Return the position right before an entry."""
    came_ms, number = _order(entry)
    return f"{came_ms}-{number - 1}" if number else f"{came_ms - 1}-{2**64 - 1}"
