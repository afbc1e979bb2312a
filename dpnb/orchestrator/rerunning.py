"""Runs the same again: plans anew what a run was asked for, and says what of its results may stand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dpnb.errors import PlanError, UnknownTaskError
from dpnb.planner import DAGBuilder, Planner, SchemaValidator, Source
from dpnb.planner.reuse import ReusePolicy
from dpnb.planner.selection import fits
from dpnb.registry.value_json import is_readable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dpnb.orchestrator.run import Run
    from dpnb.planner import ExecutionPlan
    from dpnb.planner.reuse import UntrackedMode
    from dpnb.registry import TaskRegistry

STALE, ALL, FAILED = "stale", "all", "failed"


class RerunPlanner:
    """Plans repetitions of one run.

    Parameters
    ----------
    run
        The run to repeat.
    registry
        Where the tasks' functions are found; the workspace's registry where it is None.
    """

    def __init__(self, run: Run, registry: TaskRegistry | None = None) -> None:
        self._run = run
        self._planner = Planner(
            DAGBuilder(registry if registry is not None else run.workspace.registry),
            schema_validator=SchemaValidator(run.outline.types),
            history=run.workspace.history,
        )

    def plan(
        self,
        tasks: str | Iterable[str],
        params: Mapping[str, Any] | None = None,
        *,
        downstream: bool = True,
        untracked: UntrackedMode = "strict",
    ) -> ExecutionPlan:
        """Return the plan of a repetition; see `Run.rerun`."""
        asked = self._run.outline.selection
        plan = self._planner.create_execution_plan(
            tags=asked.tags,
            targets=asked.targets,
            exclude=asked.exclude or None,
            params=self._params(params or {}),
            reuse="fresh" if tasks == STALE else None,
            untracked=untracked,
        )
        if tasks in (STALE, ALL):
            return plan
        forced = self._failed(plan) if tasks == FAILED else self._named(tasks, plan)
        forced |= _taking(params or {}, plan)
        if downstream:
            forced = forced.union(*(plan.dag.descendants(name) for name in forced))
        policy = ReusePolicy.only(forced, of=plan.dag.nodes, kept_from=self._run.run_id)
        return replace(plan, reuse=policy).assessed()

    def _params(self, given: Mapping[str, Any]) -> dict[str, Any]:
        params = {**self._run.known_params, **given}
        if lost := [name for name, value in params.items() if not is_readable(value)]:
            problems = [f"Run parameter {name!r} was stored as text only: {params[name]!r}." for name in lost]
            raise PlanError(problems, hint=f"give it again: run.rerun(params={{{lost[0]!r}: …}}).")
        return params

    def _failed(self, plan: ExecutionPlan) -> frozenset[str]:
        records = self._run.task_records()
        return frozenset(row.task for row in records if not row.state.has_result and row.task in plan.dag)

    def _named(self, tasks: str | Iterable[str], plan: ExecutionPlan) -> frozenset[str]:
        words = [STALE, ALL, FAILED] if isinstance(tasks, str) else []
        found: set[str] = set()
        for pattern in [tasks] if isinstance(tasks, str) else tasks:
            fitting = {name for name in plan.dag.nodes if fits(name, pattern)}
            if not fitting:
                raise UnknownTaskError(pattern, known=[*plan.dag.nodes, *words])
            found |= fitting
        return frozenset(found)


def _taking(params: Mapping[str, Any], plan: ExecutionPlan) -> frozenset[str]:
    """Return the tasks that take any of these run parameters: what they gave before is not what is asked for now."""
    return frozenset(
        name
        for name, node in plan.dag.nodes.items()
        if any(one.source is Source.PARAM and one.parameter in params for one in node.bindings)
    )
