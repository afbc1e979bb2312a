"""What `dpnb run`, `dpnb resume` and `dpnb plan` do inside the kernel, once the notebook's own cells are through.

They append a cell that calls one of these functions. What it says travels as a mime type of its own in that cell's
output, beside what a person sees there, so that nothing has to be read out of text.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from dpnb.errors import RunCrashedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from IPython.display import DisplayHandle

    from dpnb.orchestrator import Run
    from dpnb.planner import ExecutionPlan, Selection

RUN_MIME = "application/vnd.dpnb.run+json"
PLAN_MIME = "application/vnd.dpnb.plan+json"
_withheld: dict[str, Callable[..., Run]] = {}  # the orchestrator's own ways to start runs, while they are withheld


class RunWithheld(BaseException):
    """A run was about to start while a notebook is executed only for its plan; no ``except Exception`` may take it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """What is shown and said at the end: `mime` names the kind of `facts`."""

    shown: Run | ExecutionPlan | None
    mime: str
    facts: Mapping[str, Any]
    ended: bool = True

    def __repr__(self) -> str:
        if self.shown is None:
            return "no task is registered" if self.ended else "waiting for runs to end"
        return repr(self.shown)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        seen = {"text/plain": repr(self)} if self.shown is None else self.shown._repr_mimebundle_()
        return {**seen, self.mime: dict(self.facts)}


def conclude_with_run(
    *,
    tags: Sequence[str] = (),
    targets: Sequence[str] = (),
    params: Mapping[str, Any] | None = None,
    workers: int | None = None,
    reuse: Literal["fresh"] | None = None,
) -> None:
    """Wait for all runs that the notebook left going; then show the last it started, or else run its tasks.

    Tags or targets ask for a run of their own, whatever the notebook started. Of `params`, a run takes those that its
    tasks have parameters for; the others are for the notebook's ``parameters`` cell alone.

    What is known is said before anything is waited for, so that it is known also where this cell does not end.
    """
    from dpnb.notebook.panel.showing import settle
    from dpnb.orchestrator import Orchestrator, started_runs

    started = started_runs()
    going = [run for run in started if run.is_running]
    ours = bool(tags or targets or not started)
    run = None if ours else started[-1]
    say = _Saying(started, going)
    if started:
        say(run)
    try:
        plan = _plan(tags, targets, params or {}, reuse) if ours else None
    finally:
        for each in going:
            with suppress(RunCrashedError):  # its status says so
                each.wait()
    if plan is not None:
        run = Orchestrator(workers=workers).start_pipeline(plan)
        say(run)
    if run is not None:
        run.wait()
    settle()
    say(run, ended=True)


def conclude_with_resumed_run(*, run_id: str, workers: int | None = None) -> None:
    """Go on with an earlier run by the tasks that the notebook has defined, wait for its end, and show it."""
    from dpnb.orchestrator import PoolExecutor
    from dpnb.orchestrator.resuming import resume_run
    from dpnb.workspace import get_workspace

    run = resume_run(run_id, get_workspace(), PoolExecutor(workers), registry=None)
    say = _Saying([], [])
    say(run)
    say(run.wait(), ended=True)


def conclude_with_rerun(
    *,
    run_id: str,
    tasks: str | Sequence[str] = "stale",
    downstream: bool = True,
    params: Mapping[str, Any] | None = None,
    workers: int | None = None,
) -> None:
    """Run an earlier run again by the tasks that the notebook has defined, wait for its end, and show it.

    Of `params`, it takes those that its tasks have parameters for; the others are for the notebook's cells alone.
    """
    from dpnb.orchestrator import Orchestrator, get_run

    _admit_runs()
    before = get_run(run_id)
    taken = _taken(before.outline.selection, params or {})
    run = Orchestrator(workers=workers).rerun(before, tasks, downstream=downstream, params=taken)
    say = _Saying([], [])
    say(run)
    say(run.wait(), ended=True)


class _Saying:
    """Shows one output, and renews it: the command's own run, and the others that the notebook started."""

    def __init__(self, started: Sequence[Run], going: Sequence[Run]) -> None:
        self._started = started
        self._going = {id(run) for run in going}
        self._shown: DisplayHandle | None = None

    def __call__(self, run: Run | None, *, ended: bool = False) -> None:
        from IPython.display import display

        others = [each for each in self._started if each is not run]
        facts = {
            **(_place_of(run) if run is not None else {"run_id": None}),
            "others": [{**_place_of(each), "going": id(each) in self._going} for each in others],
        }
        conclusion = Conclusion(shown=run, mime=RUN_MIME, facts=facts, ended=ended)
        if self._shown is None:
            self._shown = display(conclusion, display_id=True)
        else:
            self._shown.update(conclusion)


def _place_of(run: Run) -> dict[str, str]:
    return {"run_id": run.run_id, "home": str(run.workspace.home)}


def conclude_with_plan(
    *,
    tags: Sequence[str] = (),
    targets: Sequence[str] = (),
    params: Mapping[str, Any] | None = None,
    reuse: Literal["fresh"] | None = None,
    explain: str | None = None,
) -> Conclusion:
    """Plan the tasks that are registered, explain one of them if that is asked for, and start nothing."""
    plan = _plan(tags, targets, params or {}, reuse)
    facts: dict[str, Any] = {"plan": None}
    if plan is not None:
        explanation = None if explain is None else repr(plan.explain(explain))
        facts = {"plan": json.loads(plan.to_json()), "explanation": explanation}
    return Conclusion(shown=plan, mime=PLAN_MIME, facts=facts)


def claim_first_run(claim: str) -> None:
    """Let the first run that the notebook starts be that of a schedule's fire: nobody else starts one for it then."""
    from dpnb.orchestrator.first_claim import first_claim
    from dpnb.results.fire_claims import FireClaim
    from dpnb.workspace import get_workspace

    first_claim.keep(get_workspace().home, FireClaim.from_json(claim))


def withhold_runs() -> None:
    """Let the notebook end where it starts its first run: what a plan needs has been defined by then."""
    from dpnb.orchestrator import Orchestrator

    def withheld(*_: object, **__: object) -> Run:
        raise RunWithheld

    for way in ("start_pipeline", "rerun", "resume"):
        _withheld[way] = getattr(Orchestrator, way)
        setattr(Orchestrator, way, withheld)


def _admit_runs() -> None:
    """Undo `withhold_runs`: the notebook's own cells are through."""
    from dpnb.orchestrator import Orchestrator

    for way, start in _withheld.items():
        setattr(Orchestrator, way, start)
    _withheld.clear()


def _plan(
    tags: Sequence[str],
    targets: Sequence[str],
    params: Mapping[str, Any],
    reuse: Literal["fresh"] | None = None,
) -> ExecutionPlan | None:
    from dpnb.planner import Selection
    from dpnb.registry import get_registry
    from dpnb.workspace import get_planner

    if not (len(get_registry()) or tags or targets):
        return None
    chosen: dict[str, Any] = {"tags": list(tags) or None, "targets": list(targets) or None}
    return get_planner().create_execution_plan(**chosen, params=_taken(Selection.of(**chosen), params), reuse=reuse)


def _taken(chosen: Selection, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return those parameters that the chosen tasks take; a plan refuses others."""
    from dpnb.planner import DAGBuilder, Source
    from dpnb.registry import get_registry

    draft = DAGBuilder(get_registry()).draft(chosen, params)
    bindings = [binding for node in draft.dag.nodes.values() for binding in node.bindings]
    names = {binding.parameter for binding in bindings if binding.source in (Source.PARAM, Source.DEFAULT)}
    return {name: value for name, value in params.items() if name in names}
