"""Whether stored results still stand: rules on facts that are handed in, the same before a run and within it.

::

    forced ──────────────────────────────────────────────▶ stale
    kept, and the run to keep it from has its result ────▶ fresh
    an upstream is stale ────────────────────────────────▶ stale; whether it will run is seen when that upstream has run
    a stored result is equal in code, run parameters,
    files, inputs and what comes before; is not expired;
    and nothing of the task goes untracked ──────────────▶ fresh
    else ────────────────────────────────────────────────▶ stale

A task that waits for a stale upstream is stale for certain only if no stored result can fit it, whatever that upstream
gives: if it gives the same as before, the task is fresh after all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.planner.cause_teller import CauseTeller
from dpnb.planner.standing import (
    NOTHING,
    expired_before_us,
    find_standing,
    given_to,
    is_younger,
    may_stand,
    order_before,
)
from dpnb.planner.task_identity import UNKNOWN
from dpnb.planner.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dpnb.planner.node import Node
    from dpnb.planner.reuse_facts import ReuseFacts
    from dpnb.results.records import TaskRunRecord


def assess(nodes: Sequence[Node], facts: ReuseFacts) -> dict[str, Verdict]:
    """Return a verdict for each task; `nodes` are in an order in which they can run one by one."""
    assessment = _Assessment(nodes, facts)
    for node in nodes:
        assessment.judge(node)
    return assessment.verdicts


class _Assessment:
    """Verdicts on a plan's tasks, made one after the other."""

    def __init__(self, nodes: Sequence[Node], facts: ReuseFacts) -> None:
        self.verdicts: dict[str, Verdict] = {}
        self._facts = facts
        self._standing: dict[str, TaskRunRecord] = {}  # of fresh tasks
        self._teller = CauseTeller({node.name: node for node in nodes}, facts, self.verdicts)

    def judge(self, node: Node) -> None:
        """Add the verdict on a task whose upstream has been judged."""
        name, facts = node.name, self._facts
        standing = self._find_standing(node)
        if standing is not None:
            self._standing[name] = standing
            self.verdicts[name] = Verdict(task=name, is_fresh=True, precedent=standing, teller=self._teller)
            return
        newest = next(iter(facts.earlier.of(name)), None)
        is_certain = newest is None or not self._may_come_to_stand(node)
        self.verdicts[name] = Verdict(
            task=name, is_fresh=False, is_certain=is_certain, precedent=newest, teller=self._teller
        )

    def _find_standing(self, node: Node) -> TaskRunRecord | None:
        facts, given = self._facts, NOTHING
        if self._is_settled(node):
            given = given_to(node, self._standing)
        elif node.name not in facts.policy.kept:
            return None
        identity, precedents = facts.identities.get(node.name, UNKNOWN), facts.earlier.of(node.name)
        return find_standing(node, identity, given, precedents, policy=facts.policy, now_us=facts.now_us)

    def _is_settled(self, node: Node) -> bool:
        """Tell whether it is known what the task will be given: all of its upstream is fresh."""
        return all(name in self._standing for name in node.upstream)

    def _may_come_to_stand(self, node: Node) -> bool:
        """Tell whether a stored result may turn out to fit once the upstream tasks have run."""
        facts, identity = self._facts, self._facts.identities.get(node.name, UNKNOWN)
        if self._is_settled(node) or node.name in facts.policy.kept or not facts.policy.reuses(node.name):
            return False
        if not may_stand(node, identity, facts.policy):
            return False
        running = [self.verdicts[name] for name in node.control_upstream if name not in self._standing]
        if any(one.is_certain for one in running):
            return False  # who comes after another that runs again has to run again
        after = None if running else order_before(node, self._standing)
        expired_us = expired_before_us(node, facts.now_us)
        for record in facts.earlier.of(node.name):
            # What runs before it may write the files that it declares, so that these are not known yet either.
            then = identity.with_reads(record.reads) if node.task.reads else identity
            if then.fits(record) and after in (None, record.after) and is_younger(record, expired_us):
                return True
        return False
