"""What `dpnb run` and `dpnb plan` do inside the kernel, once the notebook's own cells are through.

They append a cell that calls one of these functions. What it says travels as a mime type of its own in that cell's
output, beside what a person sees there, so that nothing has to be read out of text.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dpnb.orchestrator import Run
    from dpnb.planner import ExecutionPlan

RUN_MIME = "application/vnd.dpnb.run+json"
PLAN_MIME = "application/vnd.dpnb.plan+json"


class RunWithheld(BaseException):
    """A run was about to start while a notebook is executed only for its plan; no ``except Exception`` may take it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """What is shown and said at the end: `mime` names the kind of `facts`."""

    shown: Run | ExecutionPlan | None
    mime: str
    facts: Mapping[str, Any]

    def __repr__(self) -> str:
        return "no task is registered" if self.shown is None else repr(self.shown)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        seen = {"text/plain": repr(self)} if self.shown is None else self.shown._repr_mimebundle_()
        return {**seen, self.mime: dict(self.facts)}


def conclude_with_run(
    *,
    tags: Sequence[str] = (),
    targets: Sequence[str] = (),
    params: Mapping[str, Any] | None = None,
    workers: int | None = None,
) -> Conclusion:
    """Wait for the last run that the notebook started, or else run its tasks.

    Tags or targets ask for a run of their own, whatever the notebook started. Of `params`, a run takes those that its
    tasks have parameters for; the others are for the notebook's ``parameters`` cell alone.
    """
    from dpnb.orchestrator import Orchestrator

    run = None if tags or targets else _last_started()
    by = "dpnb run" if run is None else "notebook"
    if run is None:
        plan = _plan(tags, targets, params or {})
        run = None if plan is None else Orchestrator(workers=workers).start_pipeline(plan)
    if run is None:
        return Conclusion(shown=None, mime=RUN_MIME, facts={"run_id": None})
    run.wait()
    facts = {"run_id": run.run_id, "status": str(run.status), "home": str(run.workspace.home), "started_by": by}
    return Conclusion(shown=run, mime=RUN_MIME, facts=facts)


def conclude_with_plan(
    *, tags: Sequence[str] = (), targets: Sequence[str] = (), params: Mapping[str, Any] | None = None
) -> Conclusion:
    """Plan the tasks that are registered, and start nothing."""
    plan = _plan(tags, targets, params or {})
    return Conclusion(shown=plan, mime=PLAN_MIME, facts={"plan": None if plan is None else json.loads(plan.to_json())})


def withhold_runs() -> None:
    """Let the notebook end where it starts its first run: what a plan needs has been defined by then."""
    from dpnb.orchestrator import Orchestrator

    def start_pipeline(*_: object, **__: object) -> Run:
        raise RunWithheld

    Orchestrator.start_pipeline = start_pipeline  # type: ignore[method-assign]


def _last_started() -> Run | None:
    from dpnb.orchestrator import started_runs

    return next(reversed(started_runs()), None)


def _plan(tags: Sequence[str], targets: Sequence[str], params: Mapping[str, Any]) -> ExecutionPlan | None:
    from dpnb.planner import get_planner
    from dpnb.registry import get_registry

    if not (len(get_registry()) or tags or targets):
        return None
    chosen = {"tags": list(tags) or None, "targets": list(targets) or None}
    return get_planner().create_execution_plan(**chosen, params=_taken(chosen, params))


def _taken(chosen: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, Any]:
    """Return those parameters that the chosen tasks take; a plan refuses others."""
    from dpnb.planner import DAGBuilder, Selection, Source
    from dpnb.registry import get_registry

    draft = DAGBuilder(get_registry()).draft(Selection.of(**chosen), params)
    bindings = [binding for node in draft.dag.nodes.values() for binding in node.bindings]
    names = {binding.parameter for binding in bindings if binding.source in (Source.PARAM, Source.DEFAULT)}
    return {name: value for name, value in params.items() if name in names}
