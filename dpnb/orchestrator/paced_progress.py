"""What tasks say of their progress, thinned out for those who only watch.

A task may speak ten times a second for days. Told is at most every half second, and later at every hundredth of the
time that it has taken, so that ten hours make fewer than a thousand events; the latest word is always told in the end.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from dpnb.orchestrator.executable import ProgressMade

SHORTEST_S = 0.5
SHARE = 0.01


@dataclass(slots=True)
class _Word:
    """What one attempt has said last, and when it was told something."""

    since_s: float
    told_s: float
    untold: ProgressMade | None = None


class PacedProgress:
    """Tells progress on, not too often. All calls come from one thread at a time.

    Parameters
    ----------
    tell
        Is called with the task and what it said.
    call_later
        Has an action called after so many seconds.
    clock
        Seconds that only grow.
    """

    def __init__(
        self,
        tell: Callable[[str, ProgressMade], object],
        call_later: Callable[[float, Callable[[], object]], object],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tell, self._call_later, self._clock = tell, call_later, clock
        self._words: dict[str, _Word] = {}

    def hear(self, task: str, made: ProgressMade) -> None:
        """Tell it now, or once enough time has passed, unless the task says something newer before."""
        now_s = self._clock()
        word = self._words.get(task)
        if word is None:
            self._words[task] = _Word(now_s, now_s)
            self._tell(task, made)
        elif word.untold is not None:
            word.untold = made
        elif (wait_s := self._wait_s(word, now_s)) <= 0:
            word.told_s = now_s
            self._tell(task, made)
        else:
            word.untold = made
            self._call_later(wait_s, partial(self._tell_untold, task, word))

    def _wait_s(self, word: _Word, now_s: float) -> float:
        return word.told_s + max(SHORTEST_S, (word.told_s - word.since_s) * SHARE) - now_s

    def _tell_untold(self, task: str, word: _Word) -> None:
        if self._words.get(task) is word and word.untold is not None:
            word.told_s, made, word.untold = self._clock(), word.untold, None
            self._tell(task, made)

    def end(self, task: str) -> None:
        """Forget what an attempt has said, since it is over."""
        self._words.pop(task, None)
