"""Says why verdicts are what they are, by comparing each task with the nearest result that is stored of it.

That is the one with the fewest differences, the newest of several: after a run with other parameters in between, these
are no cause where a result with the same ones is stored too.
"""

from __future__ import annotations

from itertools import islice
from math import inf
from typing import TYPE_CHECKING

from dpnb.planner.cause import Cause, CauseKind, run_text
from dpnb.planner.comparison import argument_causes, code_causes, reads_causes
from dpnb.planner.standing import execution_of, expired_before_us, given_to, is_younger
from dpnb.planner.task_identity import UNKNOWN
from dpnb.render.quantities import duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dpnb.planner.node import Node
    from dpnb.planner.reuse_facts import ReuseFacts
    from dpnb.planner.task_identity import TaskIdentity
    from dpnb.planner.verdict import Verdict
    from dpnb.results.records import TaskRunRecord

_MOST_COMPARED = 20  # of the newest stored results of one task


class CauseTeller:
    """Finds the causes of a plan's verdicts, each once.

    Parameters
    ----------
    nodes
        The tasks of the plan, by name.
    facts
        What the verdicts go by.
    verdicts
        Those on all tasks, as soon as a cause is asked for.
    """

    def __init__(self, nodes: Mapping[str, Node], facts: ReuseFacts, verdicts: Mapping[str, Verdict]) -> None:
        self._nodes = nodes
        self._facts = facts
        self._verdicts = verdicts
        self._told: dict[str, tuple[Cause, ...]] = {}

    def causes_of(self, verdict: Verdict, /) -> tuple[Cause, ...]:
        """Return at least one cause, the most telling first."""
        if verdict.task not in self._told:
            causes = self._why_fresh(verdict) if verdict.is_fresh else self._why_stale(verdict)
            self._told[verdict.task] = tuple(causes)
        return self._told[verdict.task]

    def _identity(self, task: str) -> TaskIdentity:
        return self._facts.identities.get(task, UNKNOWN)

    def _ago(self, record: TaskRunRecord) -> str:
        if record.finished_us is None:
            return ""
        return f", {duration(max(0, self._facts.now_us - record.finished_us) / 1e6)} ago"

    # Fresh

    def _why_fresh(self, verdict: Verdict) -> Iterator[Cause]:
        task, record, policy = verdict.task, verdict.precedent, self._facts.policy
        if record is not None and task in policy.kept:
            yield Cause(kind=CauseKind.KEPT, text=f"taken over from {run_text(policy.kept_from)} as it is")
            yield from self._differences(task, record)
        elif record is not None:
            text = f"fresh since {run_text(execution_of(record))}{self._ago(record)}"
            yield Cause(kind=CauseKind.STANDS, text=text)
            yield from self._untracked(task)

    # Stale

    def _why_stale(self, verdict: Verdict) -> Iterator[Cause]:
        task, policy = verdict.task, self._facts.policy
        if task in policy.forced or (policy.mode == "none" and task not in policy.kept):
            yield Cause(kind=CauseKind.FORCED, text="it is to run, whatever is stored")
            return
        if task in policy.kept:
            text = f"nothing is stored of it in {run_text(policy.kept_from)}, from which it was to be kept"
            yield Cause(kind=CauseKind.NEVER_RAN, text=text)
            return
        record = self._nearest(task)
        if record is None:
            yield Cause(kind=CauseKind.NEVER_RAN, text="nothing is stored of it")
        if self._nodes[task].task.cache == "never":
            yield Cause(kind=CauseKind.NEVER_CACHED, text='it runs each time: cache="never"')
        if record is not None:
            yield from self._differences(task, record)
        if policy.untracked == "strict" or self._identity(task).code is None:
            yield from self._untracked(task)
        if record is not None:
            yield from self._upstream_causes(task, record)
            yield from self._expiry(task, record)
        yield from self._failure(task)

    def _nearest(self, task: str) -> TaskRunRecord | None:
        """Return the stored result that differs in the least; the newest of several."""
        found, least = None, inf
        for record in islice(self._facts.earlier.of(task), _MOST_COMPARED):
            differing = self._distance(task, record)
            if differing < least:
                found, least = record, differing
            if not least:
                break
        return found

    def _distance(self, task: str, record: TaskRunRecord) -> int:
        """Return in how much a stored result differs: parameters one by one, all else as one each."""
        node, identity = self._nodes[task], self._identity(task)
        differing = [
            identity.code != record.code,
            not is_younger(record, expired_before_us(node, self._facts.now_us)),
            *argument_causes(identity, record),
            *islice(reads_causes(identity, record), 1),
        ]
        verdicts = [self._verdicts[name] for name in node.upstream]
        if all(one.is_fresh for one in verdicts):  # else it is not known yet what it will be given
            standing = {one.task: one.precedent for one in verdicts if one.precedent is not None}
            inputs, after = given_to(node, standing)
            differing += [inputs != record.inputs, after != record.after]
        return sum(map(bool, differing))

    def _differences(self, task: str, record: TaskRunRecord) -> Iterator[Cause]:
        identity = self._identity(task)
        now = self._facts.fingerprints.get(identity.source or "")
        yield from code_causes(identity, record, now, self._facts.earlier.source)
        yield from argument_causes(identity, record)
        yield from reads_causes(identity, record)

    def _untracked(self, task: str) -> Iterator[Cause]:
        for text in self._identity(task).untracked:
            yield Cause(kind=CauseKind.UNTRACKED, text=f"not tracked: {text}")

    def _upstream_causes(self, task: str, record: TaskRunRecord) -> Iterator[Cause]:
        node = self._nodes[task]
        order = node.control_upstream
        running = [name for name in node.upstream if not self._verdicts[name].is_fresh]
        for name in running:
            kind, ending = (CauseKind.ORDER, " before it") if name in order else (CauseKind.UPSTREAM, "")
            yield Cause(kind=kind, subject=name, text=f"upstream `{name}` will run{ending}")
        changed = []
        for name in node.upstream:
            now, then = self._verdicts[name].precedent, self._stored_in(record.run_id, name)
            if name in running or now is None or then is None:
                continue
            if name in order and execution_of(now) != execution_of(then):
                changed.append(_order_cause(name, now))
            elif name not in order and now.output != then.output:
                changed.append(_input_cause(name, record))
        yield from changed
        if not changed and not running:
            yield from self._rewired(node, record)

    def _stored_in(self, run_id: str, task: str) -> TaskRunRecord | None:
        return next((record for record in self._facts.earlier.of(task) if record.run_id == run_id), None)

    def _rewired(self, node: Node, record: TaskRunRecord) -> Iterator[Cause]:
        """Tell that it is given results of other tasks than it was, or by other parameters."""
        standing = {name: now for name in node.upstream if (now := self._verdicts[name].precedent) is not None}
        inputs, after = given_to(node, standing)
        if record.inputs != inputs:
            yield Cause(kind=CauseKind.INPUT, text=f"it is given other results than in {run_text(record.run_id)}")
        if record.after != after:
            yield Cause(kind=CauseKind.ORDER, text=f"it comes after other tasks than in {run_text(record.run_id)}")

    def _expiry(self, task: str, record: TaskRunRecord) -> Iterator[Cause]:
        node, now_us = self._nodes[task], self._facts.now_us
        if not is_younger(record, expired_before_us(node, now_us)):
            text = f"its result is older than {duration(node.task.expires_after)}"
            yield Cause(kind=CauseKind.EXPIRED, text=f"{text}: of {run_text(execution_of(record))}{self._ago(record)}")

    def _failure(self, task: str) -> Iterator[Cause]:
        failed = self._facts.earlier.failure(task)
        if failed is not None:
            text = f"it failed in {run_text(failed.run_id)}{self._ago(failed)}"
            yield Cause(kind=CauseKind.FAILED_BEFORE, text=f"{text}: {failed.reason}" if failed.reason else text)


def _input_cause(upstream: str, record: TaskRunRecord) -> Cause:
    text = f"the result of `{upstream}` is another than in {run_text(record.run_id)}"
    return Cause(kind=CauseKind.INPUT, subject=upstream, text=text)


def _order_cause(upstream: str, now: TaskRunRecord) -> Cause:
    text = f"`{upstream}`, which comes before it, ran again in {run_text(execution_of(now))}"
    return Cause(kind=CauseKind.ORDER, subject=upstream, text=text)
