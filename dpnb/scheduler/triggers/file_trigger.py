"""Fires when files are new or changed."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, ClassVar

from dpnb.scheduler.files.changes import FileChanges
from dpnb.scheduler.files.listing import fixed_folder, list_files
from dpnb.scheduler.files.watch import FolderWatch
from dpnb.scheduler.ports import Signal
from dpnb.scheduler.triggers.signalled import SignalledTrigger

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from dpnb.scheduler.files.changes import FileChange


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class FileTrigger(SignalledTrigger):
    """Fires when files that a pattern finds are new or changed, and have rested.

    Files that are there when it begins to listen are no news; neither are those that go. Its signal's data are
    ``{"files": […], "new": […]}``: all paths, sorted, and those among them that were not there before.

    Parameters
    ----------
    pattern
        An absolute glob pattern; ``**`` is any number of folders. The folders need not exist yet.
    debounce
        For how many seconds a file must rest before it counts.
    each
        Whether each file is a signal of its own. Its key is made of path, time and size, so that several schedulers let
        it count once; of files together, that holds as far as they see the same ones together.
    options
        See `TriggerOptions`; the event factory gets the data.
    """

    kind: ClassVar[str] = "file"
    pattern: str
    debounce: float = 0.5
    each: bool = False

    def describe(self) -> str:
        """Say in words when it fires."""
        what = "a file of" if self.each else "files of"
        return self._within_period(f"when {what} {self.pattern!r} {'is' if self.each else 'are'} new or changed")

    def signals(self) -> AsyncGenerator[Signal]:
        """Return the changes as they come, from this call on."""
        return self._watch(FileChanges(list_files(self.pattern), self.debounce))

    async def _watch(self, changes: FileChanges) -> AsyncGenerator[Signal]:
        folder, is_deep = fixed_folder(self.pattern)
        watch = FolderWatch(folder, is_deep=is_deep)
        try:
            while True:
                seen = await asyncio.to_thread(list_files, self.pattern)
                found = changes.observe(seen, time.monotonic())
                now = datetime.now(UTC)
                if found and self.options.covers(now):
                    for group in [[one] for one in found] if self.each else [found]:
                        yield Signal(at=now, data=_data_of(group), key=_key_of(group))
                await watch.stirred(changes.next_look(time.monotonic()))
        finally:
            await watch.close()

    def facts(self) -> dict[str, Any]:
        """Return the pattern, and how files count."""
        return {"pattern": self.pattern, "debounce": self.debounce, "each": self.each}


def _data_of(changes: Sequence[FileChange]) -> dict[str, list[str]]:
    return {"files": [one.path for one in changes], "new": [one.path for one in changes if one.is_new]}


def _key_of(changes: Sequence[FileChange]) -> str:
    told = "\0".join(f"{one.path}\0{one.stamp.modified_ns}\0{one.stamp.size_bytes}" for one in changes)
    return blake2b(told.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
