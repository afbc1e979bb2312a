"""Which stored result a task's run would only repeat: one rule, for plans and within runs."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, NamedTuple

from dpnb.results.inputs import digest_of_inputs, digest_of_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dpnb.planner.node import Node
    from dpnb.planner.reuse import ReusePolicy
    from dpnb.planner.task_identity import TaskIdentity
    from dpnb.results.records import TaskRunRecord


class Given(NamedTuple):
    """What a task's upstream has come to: a digest of the results that it takes, and one of what only came before."""

    inputs: str = ""
    after: str = ""


NOTHING = Given()


def find_standing(
    node: Node,
    identity: TaskIdentity,
    given: Given,
    precedents: Iterable[TaskRunRecord],
    *,
    policy: ReusePolicy,
    now_us: int,
) -> TaskRunRecord | None:
    """Return the newest stored result that a task's run would only repeat; None where it has to run.

    Parameters
    ----------
    precedents
        The task's stored results, the newest first; no more of them are taken than are looked at.
    now_us
        The time, in microseconds since 1970 UTC.
    """
    if not policy.reuses(node.name):
        return None
    if node.name in policy.kept:
        return next((record for record in precedents if record.run_id == policy.kept_from), None)
    if not may_stand(node, identity, policy):
        return None
    inputs, after = given
    expired_us = expired_before_us(node, now_us)
    for record in precedents:
        if (
            record.inputs == inputs
            and record.after == after
            and identity.fits(record)
            and is_younger(record, expired_us)
        ):
            return record
    return None


def may_stand(node: Node, identity: TaskIdentity, policy: ReusePolicy) -> bool:
    """Tell whether any stored result of the task can stand, by what the task itself is."""
    return (
        node.task.cache != "never"
        and identity.code is not None
        and (not identity.untracked or policy.untracked == "warn")
    )


def expired_before_us(node: Node, now_us: int) -> float:
    """Return the time since which a result must have been computed to stand."""
    expires_after_s = node.task.expires_after
    return -inf if expires_after_s is None else now_us - expires_after_s * 1e6


def is_younger(record: TaskRunRecord, since_us: float) -> bool:
    """Tell whether a result was computed since; a reused one is as old as the one that was computed."""
    return since_us == -inf or (record.finished_us is not None and record.finished_us >= since_us)


def given_to(node: Node, standing: Mapping[str, TaskRunRecord]) -> Given:
    """Return what a task's upstream has come to, if stored results take the place of all of it."""
    if not node.upstream:
        return NOTHING
    inputs = [
        (binding.parameter, standing[binding.task].output or "")
        for binding in node.bindings
        if binding.task is not None
    ]
    return Given(digest_of_inputs(inputs), order_before(node, standing))


def order_before(node: Node, standing: Mapping[str, TaskRunRecord]) -> str:
    """Return a digest of the executions that came before a task by order only."""
    return digest_of_order([(name, execution_of(standing[name])) for name in node.control_upstream])


def execution_of(record: TaskRunRecord) -> str:
    """Return the run in which a stored result was computed."""
    return record.origin or record.run_id
