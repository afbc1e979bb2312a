"""How a task differs from what it was when a run stored its result, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.planner.comparison import code_causes, reads_causes
from dpnb.planner.task_identity import reads_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dpnb.planner import Node, OutlineTask
    from dpnb.planner.cause import Cause
    from dpnb.planner.task_identity import TaskIdentifier
    from dpnb.results import RunLedger, TaskRunRecord

_MOST_NAMED = 3


class TaskChanges:
    """Compares a run's rows with the tasks as they are now.

    Parameters
    ----------
    stored
        The tasks of the run's plan: all that is known of rows that an earlier dpnb wrote.
    identifier
        Identifies the tasks of the plan now.
    ledger
        Knows the sources that rows name.
    """

    def __init__(self, stored: Mapping[str, OutlineTask], identifier: TaskIdentifier, ledger: RunLedger) -> None:
        self._stored = stored
        self._identifier = identifier
        self._ledger = ledger

    def describe(self, node: Node, row: TaskRunRecord) -> str:
        """Say how a task's code or declared files have changed; empty where they have not."""
        if row.code is None:
            return "" if self._stored[node.name].code_digest == node.task.code_digest else "its code changed"
        identity = self._identifier.identify(node).with_reads(reads_of(node.task, [row]))
        now = self._identifier.fingerprints.get(identity.source or "")
        return _in_words([*code_causes(identity, row, now, self._ledger.source), *reads_causes(identity, row)])


def _in_words(causes: Iterable[Cause]) -> str:
    texts = [cause.text for cause in causes]
    more = f" and {len(texts) - _MOST_NAMED} more" if len(texts) > _MOST_NAMED else ""
    return f"{', '.join(texts[:_MOST_NAMED])}{more}"
