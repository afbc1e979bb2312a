"""From a stale task back to what has changed: the way along tasks that will run."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from dpnb.planner.cause import CauseKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dpnb.planner.cause import Cause
    from dpnb.planner.verdict import Verdict

type Chain = tuple[Cause, ...]

_OF_UPSTREAM = (CauseKind.UPSTREAM, CauseKind.ORDER)


def chains_to(task: str, verdicts: Mapping[str, Verdict]) -> Iterator[Chain]:
    """Yield for each root cause the shortest chain of causes from a task to it, the nearest first.

    A fresh task has one chain, of one cause. The causes of a task that is reached in several ways are told once.
    """
    if verdicts[task].is_fresh:
        yield verdicts[task].causes[:1]
        return
    waiting: deque[tuple[str, Chain]] = deque([(task, ())])
    met = {task}
    while waiting:
        name, way = waiting.popleft()
        for cause in verdicts[name].causes:
            upstream = cause.subject
            if not _has_cause_upstream(cause, verdicts):
                yield (*way, cause)
            elif upstream not in met:
                met.add(upstream)
                waiting.append((upstream, (*way, cause)))


def _has_cause_upstream(cause: Cause, verdicts: Mapping[str, Verdict]) -> bool:
    return cause.kind in _OF_UPSTREAM and cause.subject in verdicts and not verdicts[cause.subject].is_fresh


def chain_text(chain: Chain) -> str:
    """Write a chain on one line, what is nearest first."""
    return " ← ".join(cause.text for cause in chain)
