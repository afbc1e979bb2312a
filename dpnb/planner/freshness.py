"""Why one task is fresh or stale, in lines to be read, with what has changed."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from dpnb.planner.cause_chain import chain_text, chains_to

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dpnb.planner.cause_chain import Chain
    from dpnb.planner.verdict import Verdict

type Lines = tuple[str, ...]
type Changes = tuple[tuple[str, str], ...]

_MOST_CHAINS = 6
_MOST_DIFFS = 4
_MOST_LINES = 60  # of one diff


def explain_freshness(task: str, verdicts: Mapping[str, Verdict]) -> tuple[Lines, Changes]:
    """Return a line for each way from a task to a cause, and the diffs of what has changed there."""
    verdict = verdicts.get(task)
    if verdict is None:
        return (), ()
    if verdict.is_fresh:
        return tuple(cause.text for cause in verdict.causes), _changes([verdict.causes])
    chains = list(islice(chains_to(task, verdicts), _MOST_CHAINS + 1))
    lines = [f"stale: {chain_text(chain)}" for chain in chains[:_MOST_CHAINS]]
    if len(chains) > _MOST_CHAINS:
        lines.append("and more")
    if not verdict.is_certain:
        lines.append("It is reused after all if what runs upstream comes out as it did.")
    return tuple(lines), _changes(chains)


def _changes(chains: Sequence[Chain]) -> Changes:
    return tuple(islice(_diffs(chains), _MOST_DIFFS))


def _diffs(chains: Sequence[Chain]) -> Iterator[tuple[str, str]]:
    for cause in (cause for chain in chains for cause in chain):
        lines = cause.diff.splitlines()[2:]  # without the names, which the cause tells
        if len(lines) > _MOST_LINES:
            lines[_MOST_LINES:] = [f"… {len(lines) - _MOST_LINES:,} more lines"]
        if lines:
            yield cause.text, "\n".join(lines)
