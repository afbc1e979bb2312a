"""What will run, in which order, and why: decided, checked and ready to be handed to an orchestrator."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from dpnb.errors import PlanError, UnknownTaskError
from dpnb.planner.assessment import verdicts_on
from dpnb.planner.concurrency import group_texts
from dpnb.planner.dag import DAG
from dpnb.planner.forecast import Forecast, forecast_of
from dpnb.planner.outline import OutlineTask, PlanOutline
from dpnb.planner.plan_summary import PlanSummary
from dpnb.planner.run_params import unused_params, with_params
from dpnb.planner.schema_validator import SchemaValidator
from dpnb.planner.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from dpnb.planner.explanation import Explanation
    from dpnb.planner.history import RunHistory
    from dpnb.planner.reuse import ReusePolicy
    from dpnb.planner.schema_validator import TypeMode
    from dpnb.planner.verdict import Verdict
    from dpnb.registry import TaskRegistry
    from dpnb.render import GraphFacts


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ExecutionPlan:
    """A DAG with its order, its parameters, and what was asked for. Made by `Planner.create_execution_plan`.

    Examples
    --------
    >>> from dpnb.planner import DAGBuilder, Planner
    >>> from dpnb.registry import TaskRegistry, task
    >>> registry = TaskRegistry()
    >>> @task(registry=registry)
    ... def flights(year: int = 2013) -> int: ...
    >>> @task(registry=registry)
    ... def delays(flights: int) -> int: ...
    >>> plan = Planner(DAGBuilder(registry)).create_execution_plan(params={"year": 2014})
    >>> plan.execution_order
    ['flights', 'delays']
    """

    dag: DAG
    dag_id: str
    params: Mapping[str, Any] = field(default_factory=dict)
    levels: tuple[tuple[str, ...], ...]
    selection: Selection = field(default_factory=Selection)
    types: TypeMode = "strict"  # how types are checked
    notes: tuple[str, ...] = ()  # what could not be checked, or was only warned of
    groups: Mapping[str, int] = field(default_factory=dict)  # concurrency group → how many of its tasks run at once
    history: RunHistory | None = field(default=None, compare=False)  # what earlier runs tell of its tasks
    reuse: ReusePolicy | None = None  # which stored results a run takes over; None runs everything
    verdicts: Mapping[str, Verdict] = field(default_factory=dict, compare=False)  # task → fresh or stale, with `reuse`
    registry: TaskRegistry | None = field(default=None, compare=False)  # where its tasks come from
    _task_texts: dict[bool, str] = field(default_factory=dict, init=False, compare=False)  # as JSON, by `why_fresh`

    @property
    def execution_order(self) -> list[str]:
        """The names of all tasks, in an order in which they can run one by one."""
        return [name for level in self.levels for name in level]

    @property
    def parallel_levels(self) -> list[list[str]]:
        """The names of all tasks, level by level; the tasks of one level can run side by side."""
        return [list(level) for level in self.levels]

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags of its tasks, sorted."""
        return tuple(sorted({tag for node in self.dag.nodes.values() for tag in node.task.tags}))

    @property
    def width(self) -> int:
        """How many tasks can run side by side at most; none of those that are known to be reused."""
        waiting = [sum(not self._is_fresh(name) for name in names) for names in self.levels]
        return max(waiting, default=0)

    def _is_fresh(self, task: str) -> bool:
        return task in self.verdicts and self.verdicts[task].is_fresh

    @property
    def outline(self) -> PlanOutline:
        """The plan without its functions: what is drawn and stored."""
        return self._outline_of(self._outline_tasks())

    def _outline_tasks(self, *, why_fresh: bool = True) -> tuple[OutlineTask, ...]:
        return tuple(
            _outline(self, name, number, why_fresh=why_fresh)
            for number, names in enumerate(self.levels)
            for name in names
        )

    def _outline_of(self, tasks: tuple[OutlineTask, ...]) -> PlanOutline:
        return PlanOutline(
            dag_id=self.dag_id,
            tasks=tasks,
            params=dict(self.params),
            selection=self.selection,
            types=self.types,
            notes=self.notes,
            reuse=self.reuse,
        )

    @property
    def forecast(self) -> Forecast | None:
        """How long a run will take, by what earlier runs tell now; None where they tell nothing of what is to run."""
        if self.history is None:
            return None
        running = [task for task in self.outline.tasks if task.freshness != "fresh"]
        known = self.history.durations_s([task.name for task in running], self.dag_id)
        return forecast_of(running, known, self.history.workers)

    def summary(self) -> PlanSummary:
        """Say how many tasks run and how many are reused, and how long that will take."""
        return PlanSummary.of(self.outline.tasks, self.forecast)

    def with_params(self, params: Mapping[str, Any]) -> ExecutionPlan:
        """Return the plan with more run parameters, or other values of those it has; structure and id stay.

        Raises
        ------
        PlanError
            A parameter is taken by no task of the plan, or its value is of the wrong type.
        """
        if not params:
            return self
        merged = {**self.params, **params}
        dag = DAG(with_params(node, merged.keys()) for node in self.dag.nodes.values())
        validator = SchemaValidator(self.types)
        problems = unused_params(dag.nodes.values(), params)
        # The types within the plan were settled when it was made; only the parameters are new.
        findings = validator.find_params(dag, merged)
        if self.types == "strict":
            problems += findings.problems
        if problems:
            raise PlanError(problems, hint="mend the parameters named above.")
        notes = validator.settle(findings).notes
        plan = replace(self, dag=dag, params=merged, notes=tuple(dict.fromkeys(self.notes + notes)))
        return plan.assessed()

    def assessed(self) -> ExecutionPlan:
        """Return the plan with verdicts on its tasks as functions, files and earlier runs are now."""
        return self if self.reuse is None else replace(self, verdicts=verdicts_on(self))

    @property
    def outdated(self) -> tuple[str, ...]:
        """What has changed since the plan was made: tasks that were re-defined, removed or added, and what is fresh.

        A run of the plan takes the tasks as they were when it was made, and reuses what stands when it begins.
        """
        from dpnb.planner.outdated import all_changes

        return tuple(all_changes(self).values())

    def explain(self, task: str) -> Explanation:
        """Say why a task is in the plan, where each of its arguments comes from, and why it is fresh or stale.

        Where the plan is `outdated`, it says how the task has changed since.

        Raises
        ------
        UnknownTaskError
            It is none of the plan's tasks.
        """
        from dpnb.planner.explanation import explain

        if task not in self.dag:
            raise UnknownTaskError(task, known=list(self.dag))
        return explain(self, task)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per task in execution order, with the columns that `plan_frame` lists."""
        from dpnb.planner.frame import plan_frame

        return plan_frame(self)

    def to_json(self, *, why_fresh: bool = True) -> str:
        """Return the plan as JSON text, without its functions; `from_json` finds these in a registry again.

        Since when fresh tasks are fresh may be left out: what is kept with a run tells it of each reused result.
        """
        from dpnb.planner.plan_json import write_outline, write_tasks

        if why_fresh not in self._task_texts:  # of a large plan that is run again this is most of what a start takes
            self._task_texts[why_fresh] = write_tasks(self._outline_tasks(why_fresh=why_fresh))
        return write_outline(self._outline_of(()), self._task_texts[why_fresh])

    @classmethod
    def from_json(cls, text: str, registry: TaskRegistry) -> ExecutionPlan:
        """Read a stored plan and fit it to the tasks of a registry.

        Raises
        ------
        PlanMismatchError
            A task is gone, takes or gives something else, or depends on others; it lists all that differs.
        """
        from dpnb.planner.restore import restore_plan

        return restore_plan(PlanOutline.from_json(text), registry)

    def graph_facts(
        self,
        states: Mapping[str, str] | None = None,
        tooltips: Mapping[str, tuple[tuple[str, str], ...]] | None = None,
    ) -> GraphFacts:
        """Return the DAG as facts to draw; `states` colour tasks and `tooltips` add rows to theirs, by task."""
        return self.outline.graph_facts(states, tooltips)

    def __len__(self) -> int:
        return len(self.dag)

    def __repr__(self) -> str:
        return f"ExecutionPlan({self.dag_id!r}, {len(self.dag)} tasks in {len(self.levels)} levels)"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        from dpnb.planner.display import plan_bundle

        return plan_bundle(self.outline, self.summary(), outdated=self._outdated_notes())

    def _outdated_notes(self) -> tuple[str, ...]:
        from dpnb.planner.outdated import outdated_notes

        return outdated_notes(self)


def _outline(plan: ExecutionPlan, name: str, level: int, *, why_fresh: bool) -> OutlineTask:
    node = plan.dag.nodes[name]
    task, verdict = node.task, plan.verdicts.get(name)
    is_told = verdict is not None and (why_fresh or not verdict.is_fresh)
    return OutlineTask(
        name=name,
        level=level,
        kind=task.kind.value,
        tags=task.tags,
        upstream=node.upstream,
        bindings=node.bindings,
        signature=str(task.schema),
        signature_digest=task.signature_digest,
        code_digest=task.code_digest,
        description=task.description,
        location=str(task.location),
        stream_output=task.stream_output,
        format=task.format,
        memory_limit=task.memory_limit,
        cpus=task.cpus,
        groups=group_texts(task, plan.groups),
        freshness=verdict.state if verdict is not None else "",
        because=verdict.causes[0].text if verdict is not None and is_told else "",
    )
