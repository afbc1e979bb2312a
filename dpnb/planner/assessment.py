"""Brings together what a plan's tasks are now and what is stored of them."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from dpnb.planner.history import NothingStored
from dpnb.planner.reuse_facts import ReuseFacts
from dpnb.planner.staleness import assess
from dpnb.planner.task_identity import TaskIdentifier, reads_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dpnb.planner.plan import ExecutionPlan
    from dpnb.planner.verdict import Verdict


def verdicts_on(plan: ExecutionPlan) -> Mapping[str, Verdict]:
    """Return a verdict for each task, in execution order, as functions, files and the ledger are now.

    There are none where the plan reuses nothing; where it knows no earlier run, everything is stale.
    """
    if plan.reuse is None:
        return _NONE
    nodes, history = plan.dag.nodes, plan.history
    identifier = TaskIdentifier(plan.params)
    earlier = NothingStored() if history is None else history.earlier(nodes.keys())
    facts = ReuseFacts(
        policy=plan.reuse,
        identities={
            name: identifier.identify(node).with_reads(reads_of(node.task, earlier.of(name)))
            for name, node in nodes.items()
        },
        fingerprints=identifier.fingerprints,
        earlier=earlier,
        now_us=0 if history is None else history.now_us(),
    )
    return MappingProxyType(assess([nodes[name] for name in plan.execution_order], facts))


_NONE: Mapping[str, Verdict] = MappingProxyType({})
