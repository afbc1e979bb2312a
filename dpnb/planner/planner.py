"""From what was asked for to a plan, or to everything that stands against it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from dpnb.errors import PlanError
from dpnb.planner.analysis import DAGAnalyzer
from dpnb.planner.collector import paused_collector
from dpnb.planner.concurrency import settle_groups
from dpnb.planner.identity import dag_id
from dpnb.planner.plan import ExecutionPlan
from dpnb.planner.reuse import policy_of
from dpnb.planner.schema_validator import SchemaValidator
from dpnb.planner.selection import Selection
from dpnb.planner.validation import DAGValidator

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dpnb.planner.builder import DAGBuilder
    from dpnb.planner.history import RunHistory
    from dpnb.planner.reuse import ReusePolicy, UntrackedMode
    from dpnb.planner.schema_validator import Findings
    from dpnb.planner.selection import OneOrMany


class Planner:
    """Plans the tasks of a registry.

    ::

        registry → DAGBuilder → DAGValidator → SchemaValidator → DAGAnalyzer → ExecutionPlan

    Parameters
    ----------
    builder
        Builds the DAG; it knows the registry.
    schema_validator
        Checks types; strictly by default.
    history
        What earlier runs tell; with it, plans tell how long they will take, and what of them is fresh.
    """

    def __init__(
        self,
        builder: DAGBuilder,
        *,
        schema_validator: SchemaValidator | None = None,
        history: RunHistory | None = None,
    ) -> None:
        self.builder = builder
        self.schema_validator = schema_validator or SchemaValidator()
        self.history = history

    def create_execution_plan(
        self,
        *,
        tags: OneOrMany = None,
        targets: OneOrMany = None,
        exclude: OneOrMany = None,
        params: Mapping[str, Any] | None = None,
        reuse: Literal["fresh"] | ReusePolicy | None = None,
        untracked: UntrackedMode = "strict",
    ) -> ExecutionPlan:
        """Plan the selected tasks and all that they need; without a selection, every task.

        Parameters
        ----------
        tags
            Tasks that have any of these tags are selected.
        targets
            Tasks of these names, or whose names fit these globs, are selected too.
        exclude
            Names or globs of tasks that stay out. An order-only dependency on one of them is dropped; a parameter that
            would take its result needs a run parameter or a default instead.
        params
            Run parameters, by name: every selected task's parameter of that name takes the value, unless a task
            gives it.
        reuse
            ``"fresh"``: results of earlier runs that still stand are taken over, and the plan tells of each task
            whether it is fresh or stale, and why. Without it everything runs. A `ReusePolicy` says more.
        untracked
            Where something that a task's code depends on cannot be tracked, its result counts as stale
            (``"strict"``) or as fresh (``"warn"``).

        Raises
        ------
        PlanError
            With every problem found: of the selection, the arguments, the structure, and the types; or of the options.

        Examples
        --------
        >>> from dpnb.registry import TaskRegistry, task
        >>> registry = TaskRegistry()
        >>> @task(registry=registry, tags=["etl"])
        ... def flights(year: int = 2013) -> int: ...
        >>> Planner(DAGBuilder(registry)).create_execution_plan(tags="etl").parallel_levels
        [['flights']]
        """
        policy = policy_of(reuse, untracked)
        selection = Selection.of(tags=tags, targets=targets, exclude=exclude)
        with paused_collector():
            plan, findings = self._plan(selection, dict(params or {}), policy)
            plan = plan.assessed()
        notes = self.schema_validator.settle(findings).notes
        return replace(plan, notes=notes) if notes else plan

    def _plan(
        self, selection: Selection, given: Mapping[str, Any], policy: ReusePolicy | None
    ) -> tuple[ExecutionPlan, Findings]:
        draft = self.builder.draft(selection, given)
        findings = self.schema_validator.find(draft.dag, given, hints=draft.hints)
        problems = [*draft.problems, *DAGValidator().problems(draft.dag, known=draft.known)]
        groups, disagreements = settle_groups([n.task for n in draft.dag.nodes.values()], self.builder.registry)
        problems += disagreements
        if self.schema_validator.mode == "strict":
            problems += findings.problems
        if policy is not None and not problems:
            problems += policy.problems(draft.dag.nodes.keys())
        if problems:
            raise PlanError(problems)
        plan = ExecutionPlan(
            dag=draft.dag,
            dag_id=dag_id(draft.dag),
            params=given,
            levels=tuple(map(tuple, DAGAnalyzer(draft.dag).levels)),
            selection=selection,
            types=self.schema_validator.mode,
            groups=groups,
            history=self.history,
            reuse=policy,
            registry=self.builder.registry,
        )
        return plan, findings
