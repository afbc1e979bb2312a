"""Sorts rows by texts, in memory that does not grow with the texts.

Where there are few different texts, each is ranked once. Else the bytes that tell most of them apart are the keys,
eight at a time, and what is still equal then is sorted by the next eight, and so on. `engines` tells how it compares.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from dpnb.results.browsing.columns import PART_ROWS
from dpnb.results.browsing.ordering import missing_last, order_by_numbers, packed, stable_pass
from dpnb.results.browsing.text_keys import STEP_BYTES, prefixes_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from dpnb.results.browsing.ordering import Keyed, Order

MOST_RANKED, _PROBED = 1 << 15, 1 << 12
_SAMPLED_OF_PART = 512
_MOST_STEPS = 8
_TOLD_APART = 0.98
_DEEPEST_BYTES = 1024  # texts that are equal so far stay as they were

type Parts = Callable[[], Iterator[tuple[int, Any]]]


def order_by_texts(
    parts: Parts, count: int, order: Order | None, check: Callable[[], None], *, descending: bool
) -> Order:
    """Return `order` sorted by texts, missing ones last; `parts` yields where a part begins, and the part."""
    import numpy as np

    ranked = _ranks(parts, count, check)
    if ranked is None:
        return _order_by_prefixes(parts, order, check, descending=descending)
    ranks, missing = ranked
    if descending:
        np.invert(ranks, out=ranks)
    keyed = packed(ranks, order, check)
    del ranks, ranked
    return missing_last(stable_pass(keyed, order, check), missing)


def _ranks(parts: Parts, count: int, check: Callable[[], None]) -> tuple[NDArray[np.uint32], NDArray[np.bool]] | None:
    """Return each row's place among the distinct texts; None where there are too many."""
    import numpy as np
    import pandas as pd

    codes, missing = np.zeros(count, "uint32"), np.zeros(count, bool)
    known: dict[str, int] = {}
    for start, part in parts():
        if not known and len(pd.factorize(part[:_PROBED])[1]) > MOST_RANKED // 16:
            return None  # nearly each is another one
        local, texts = pd.factorize(part)
        if len(texts) > MOST_RANKED or len(known) > MOST_RANKED:
            return None
        stop = start + len(local)
        places = np.array([known.setdefault(text, len(known)) for text in np.asarray(texts, object)] or [0], "uint32")
        missing[start:stop] = local < 0
        codes[start:stop] = places[np.maximum(local, 0)]
        check()
    rank = np.zeros(max(1, len(known)), "uint32")
    rank[[known[text] for text in sorted(known)]] = np.arange(len(known), dtype="uint32")
    for start in range(0, count, PART_ROWS):
        chunk = slice(start, start + PART_ROWS)
        codes[chunk] = np.where(missing[chunk], 0, rank[codes[chunk]])
    return codes, missing


def _order_by_prefixes(parts: Parts, order: Order | None, check: Callable[[], None], *, descending: bool) -> Order:
    begin = _shared_bytes(parts, check)
    end = begin + STEP_BYTES * _telling_steps(parts, begin)
    for depth in reversed(range(begin + STEP_BYTES, end, STEP_BYTES)):
        order = order_by_numbers(partial(_keyed, parts, depth), order, check, descending=descending)
    found = order_by_numbers(partial(_keyed, parts, begin), order, check, descending=descending)
    prefixes = _Prefixes(parts, check, descending=descending)
    if prefixes.go_on(len(found), end).any():
        prefixes.settle(found, begin, end)
    return found


def _keyed(parts: Parts, depth: int) -> Iterator[Keyed]:
    for start, part in parts():
        keys, _, missing = prefixes_of(part, depth)
        yield start, keys, missing


def _shared_bytes(parts: Parts, check: Callable[[], None]) -> int:
    """Return how many bytes all texts begin with alike, as far as it is told in steps of eight."""
    depth = 0
    while depth < _DEEPEST_BYTES:
        first = None
        for _, keys, missing in _keyed(parts, depth):
            check()
            present = keys[~missing]
            if len(present):
                first = present[0] if first is None else first
                if not first or (present != first).any():
                    return depth
        if first is None:
            return depth
        depth += STEP_BYTES
    return 0


def _telling_steps(parts: Parts, begin: int) -> int:
    """Return how many steps from `begin` on tell nearly all texts of a sample apart."""
    sample = {str(text).encode("utf-8", "surrogatepass") for _, part in parts() for text in part[:_SAMPLED_OF_PART]}
    for steps in range(1, _MOST_STEPS):
        if len({text[: begin + STEP_BYTES * steps] for text in sample}) >= _TOLD_APART * len(sample):
            return steps
    return _MOST_STEPS


class _Prefixes:
    """Finds which rows of an order are still equal, and sorts them by what follows."""

    def __init__(self, parts: Parts, check: Callable[[], None], *, descending: bool) -> None:
        self._parts = parts
        self._check = check
        self._descending = descending

    def settle(self, order: Order, begin: int, depth: int) -> None:
        """Sort the rows that are equal in their bytes from `begin` to `depth` by what follows, in place."""
        differs = self.marked_missing(order)
        for known in range(begin, depth, STEP_BYTES):
            self.mark_differences(order, differs, known)
        while depth < _DEEPEST_BYTES and len(tied := self.tied(order, differs, depth)):
            self.refine(order, tied, differs, depth)
            self.mark_differences(order, differs, depth)
            depth += STEP_BYTES

    def go_on(self, count: int, depth: int) -> NDArray[np.bool]:
        """Return, by row, whether its text is longer than `depth` bytes."""
        import numpy as np

        longer = np.zeros(count, bool)
        for start, part in self._parts():
            _, beyond, missing = prefixes_of(part, depth - STEP_BYTES)
            longer[start : start + len(beyond)] = beyond & ~missing
            self._check()
        return longer

    def marked_missing(self, order: Order) -> NDArray[np.bool]:
        """Return, by place, whether the row differs from the one before it: so far, those that hold nothing."""
        import numpy as np

        missing = np.zeros(len(order), bool)
        for start, keys, gone in _keyed(self._parts, 0):
            missing[start : start + len(keys)] = gone
        differs = missing[order]
        differs[:1] = True
        return differs

    def mark_differences(self, order: Order, differs: NDArray[np.bool], depth: int) -> None:
        """Mark the rows whose eight bytes at `depth` are not those of the row before."""
        for bit in (0, 32):
            half = self._half(len(order), depth, bit)[order]
            differs[1:] |= half[1:] != half[:-1]
            self._check()

    def tied(self, order: Order, differs: NDArray[np.bool], depth: int) -> NDArray[np.intp]:
        """Return the places of rows that are equal so far, where one of the equal ones goes on."""
        import numpy as np

        starts = np.flatnonzero(differs)
        sizes = np.diff(starts, append=len(order))
        open_groups = np.logical_or.reduceat(self.go_on(len(order), depth)[order], starts) & (sizes > 1)
        return np.flatnonzero(np.repeat(open_groups, sizes))

    def refine(self, order: Order, tied: NDArray[np.intp], differs: NDArray[np.bool], depth: int) -> None:
        """Sort the tied rows by their bytes at `depth`, each among those that it is equal to so far."""
        import numpy as np

        rows = order[tied]
        found: Order | None = None
        for bit in (0, 32):
            half = self._half(len(order), depth, bit)[rows]
            keyed = packed(np.invert(half) if self._descending else half, found, self._check)
            del half
            found = stable_pass(keyed, found, self._check)
            del keyed
        groups = packed(np.cumsum(differs, dtype="uint32")[tied], found, self._check)
        order[tied] = rows[stable_pass(groups, found, self._check)]

    def _half(self, count: int, depth: int, bit: int) -> NDArray[np.uint32]:
        import numpy as np

        half = np.empty(count, "uint32")
        for start, keys, _ in _keyed(self._parts, depth):
            half[start : start + len(keys)] = (keys >> np.uint64(bit)).astype("uint32")
            self._check()
        return half
