"""Tells when it is worth looking at a folder: the system says so, through watchfiles, and each second we look twice.

What the system says is a hint and no more. A folder that does not exist yet is waited for at the nearest one that does;
one that is replaced by another of the same name is noticed by its identity, or by the end of the old one, whose
identity the new one may have got: the system goes on watching what is not there.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    type Identity = tuple[Path, int, int]

TICK_S = 1.0
_GROUP_MS = 200
_QUIET_MS = 50


class FolderWatch:
    """Watches a folder, wherever it comes from and however often.

    Parameters
    ----------
    folder
        Need not exist.
    is_deep
        Whether the folders in it count, too.
    """

    def __init__(self, folder: Path, *, is_deep: bool) -> None:
        self._folder, self._is_deep = folder, is_deep
        self._stirred = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._watched: Identity | None = None
        self._looks_left = 0

    async def stirred(self, within: float | None = None) -> None:
        """Return when there may be something to see: `within` so many seconds, at the latest, where that is given.

        After something has stirred, it is worth a second look a tick later: the system may have been too late to watch
        a folder that was made with files in it.
        """
        while True:
            self._follow()
            try:
                await asyncio.wait_for(self._stirred.wait(), TICK_S if within is None else min(within, TICK_S))
            except TimeoutError:
                if within is not None or self._looks_left:
                    self._looks_left = max(0, self._looks_left - 1)
                    return
            else:
                self._stirred.clear()
                self._looks_left = 1
                return

    def _follow(self) -> None:
        """Watch the folder that now has the name, or the nearest that exists."""
        now = _identity(self._folder)
        if now == self._watched and self._task is not None and not self._task.done():
            return
        if self._watched not in (None, now):
            self._stirred.set()  # what is in the new one is unknown
        if self._task is not None:
            self._task.cancel()
        self._looks_left = 1  # until it is watched, nothing tells of changes
        self._watched, self._task = now, asyncio.create_task(self._listen(now[0]))

    async def _listen(self, folder: Path) -> None:
        from watchfiles import awatch

        with suppress(OSError, RuntimeError):  # it has gone, or the system watches no more: `_follow` comes each tick
            async for changes in awatch(
                folder,
                watch_filter=None,
                debounce=_GROUP_MS,
                step=_QUIET_MS,
                recursive=self._is_deep and folder == self._folder,
                ignore_permission_denied=True,
            ):
                self._stirred.set()
                if any(path == str(folder) for _, path in changes):
                    return  # it was removed or moved, and nothing more is told of it: `_follow` finds what is there now

    async def close(self) -> None:
        """Watch no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)


def _identity(folder: Path) -> Identity:
    """Return the nearest folder that exists, with what tells it from another of the same name."""
    for place in (folder, *folder.parents):
        with suppress(OSError):
            if place.is_dir():
                facts = place.stat()
                return place, facts.st_dev, facts.st_ino
    return folder.parents[-1], 0, 0
