"""What a run takes over from earlier ones: decided task by task, when it is known what each would be given.

So a task whose upstream ran again and came to the same is reused like one whose upstream did not run at all.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dpnb.errors import CorruptResultError, LedgerError, ResultNotFoundError, UntrustedStoreError
from dpnb.planner.standing import Given, find_standing
from dpnb.results.leases import now_us
from dpnb.results.precedents import Precedents
from dpnb.results.records import TAKEN_OVER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dpnb.orchestrator.context import ExecutionContext
    from dpnb.planner import ExecutionPlan, Node
    from dpnb.planner.reuse import ReusePolicy
    from dpnb.planner.task_identity import TaskIdentity
    from dpnb.results import ResultRecord, RunLedger, TaskRunRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Reused:
    """A stored result that stands in for an execution: its row in the run that has it, and its records in this run."""

    row: TaskRunRecord
    results: tuple[ResultRecord, ...]
    is_kept: bool  # it may not stand, but is taken as it is

    @property
    def origin(self) -> str:
        """The run that computed it."""
        return self.row.origin or self.row.run_id

    @property
    def reason(self) -> str:
        """Where it comes from, in words."""
        return f"reused from {self.origin}{' as it was' if self.is_kept else ''}"


def expected_to_be_reused(plan: ExecutionPlan, identities: Mapping[str, TaskIdentity]) -> frozenset[str]:
    """Return the tasks that have not changed since the plan found them fresh, and come after none that runs."""
    kept = plan.reuse.kept if plan.reuse is not None else ()
    found: set[str] = set()
    for name in plan.execution_order if plan.verdicts else ():
        verdict = plan.verdicts[name]
        if verdict.is_fresh and verdict.precedent is not None:
            settled = all(upstream in found for upstream in plan.dag.nodes[name].upstream)
            if name in kept or (settled and identities[name].fits(verdict.precedent)):
                found.add(name)
    return frozenset(found)


def rows_of_one_run(plan: ExecutionPlan) -> list[TaskRunRecord]:
    """Return the stored results by which a plan found all of its tasks fresh; none unless one run has them all.

    That is what it mostly is: the run before has, or has taken over, everything that is still true.
    """
    rows = [verdict.precedent for verdict in plan.verdicts.values() if verdict.is_fresh]
    found = [row for row in rows if row is not None]
    is_all = len(found) == len(plan.dag.nodes) and len({row.run_id for row in found}) == 1
    return found if is_all else []


class Reuse:
    """Finds for each task of a run what stands in for it, and makes that a result of the run.

    Parameters
    ----------
    context
        The run.
    policy
        What may be reused.
    ledger
        Where earlier runs are recorded.
    """

    def __init__(self, context: ExecutionContext, policy: ReusePolicy, ledger: RunLedger) -> None:
        self._context = context
        self._policy = policy
        self._ledger = ledger
        self._precedents = Precedents(ledger, context.identities) if context.precedents is None else context.precedents
        self._results: dict[str, dict[str, list[ResultRecord]]] = {}  # by run and task
        self._kept_rows: dict[str, TaskRunRecord] | None = None

    def take(self, node: Node, identity: TaskIdentity, inputs: str, after: str) -> Reused | None:
        """Return what stands in for a task that would be given these inputs, linked into this run; None without such.

        A result that is gone, or is not what was saved, stands in for nothing; nor does one of which the ledger cannot
        tell now.
        """
        if not self._policy.reuses(node.name):
            return None
        try:
            return self._take(node, identity, inputs, after)
        except (ResultNotFoundError, CorruptResultError, UntrustedStoreError, LedgerError, OSError):
            return None

    def _take(self, node: Node, identity: TaskIdentity, inputs: str, after: str) -> Reused | None:
        is_kept = node.name in self._policy.kept
        row = self._kept(node.name) if is_kept else self._standing(node, identity, inputs, after)
        stored = self._stored(row) if row is not None else []
        in_chunks = node.task.stream_output
        if row is None or len(stored) != ((row.chunks or 0) if in_chunks else 1):
            return None
        if any((one.chunk is not None) is not in_chunks for one in stored):
            return None
        return Reused(row=row, results=tuple(map(self._link, stored)), is_kept=is_kept)

    def _link(self, stored: ResultRecord) -> ResultRecord:
        return self._context.io_manager.link(stored, run_id=self._context.run_id)._replace(attempt=TAKEN_OVER)

    def _standing(self, node: Node, identity: TaskIdentity, inputs: str, after: str) -> TaskRunRecord | None:
        run_id = self._context.run_id  # of a run that is resumed, what counts has been decided
        rows = (row for row in self._precedents.of(node.name) if row.run_id != run_id)
        return find_standing(node, identity, Given(inputs, after), rows, policy=self._policy, now_us=now_us())

    def _kept(self, task: str) -> TaskRunRecord | None:
        if self._kept_rows is None:
            self._kept_rows = {row.task: row for row in self._ledger.task_runs(self._policy.kept_from)}
        row = self._kept_rows.get(task)
        return row if row is not None and row.state.has_result else None

    def _stored(self, row: TaskRunRecord) -> list[ResultRecord]:
        if row.run_id not in self._results:
            found = self._results[row.run_id] = defaultdict(list)
            for one in self._ledger.results(row.run_id):
                found[one.task].append(one)
        return row.counted(self._results[row.run_id][row.task])
