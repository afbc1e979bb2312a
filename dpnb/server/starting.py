"""Starts what is asked for, once for every idempotency key, whichever server of a database is asked.

::

    key ──▶ launch: recorded? ── no ──▶ plan, record it with the run's id ──▶ start the run of that id ──▶ note it
                        └─ yes ─ another request? ──▶ refused
                                 its run is there, or was ──▶ that run, and nothing is started
                                 its server died before ──▶ start the run of that id

Who loses a race for the launch, or for the run, is given what the winner made.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from dpnb.errors import IdempotencyKeyError, RunExistsError
from dpnb.orchestrator import Orchestrator, get_run
from dpnb.orchestrator.orchestrator import new_run_id
from dpnb.results.launches import Launch, Launches, LaunchState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dpnb.orchestrator import Executor, Run
    from dpnb.planner import ExecutionPlan
    from dpnb.server.pipelines import RunRequest
    from dpnb.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What was asked for: `body` is all of the request, and `key` the caller's name for it."""

    pipeline: str
    body: Mapping[str, Any]
    key: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, pipeline: str, request: RunRequest, key: str | None) -> Self:
        """Return what a request asks for."""
        body = request.model_dump(mode="json", by_alias=True, exclude_unset=True, serialize_as_any=True)
        return cls(pipeline=pipeline, body=body, key=key, metadata=request.metadata)

    def launch(self, run_id: str | None) -> Launch:
        """Return the launch that records it."""
        return Launch.of(self.pipeline, self.body, key=self.key, run_id=run_id)

    def require_same(self, recorded: Launch) -> None:
        """Raise `IdempotencyKeyError` where the key came before with something else."""
        if recorded.request != self.launch(None).request:
            raise IdempotencyKeyError(self.key or "", pipeline=self.pipeline)


class Starter:
    """Starts runs in this process."""

    def __init__(self, workspace: Workspace, *, workers: int | None = None, executor: Executor | None = None) -> None:
        self._workspace = workspace
        self._workers, self._executor = workers, executor

    @cached_property
    def orchestrator(self) -> Orchestrator:
        """What drives the runs; it is made when the first one starts, for it starts a process."""
        return Orchestrator(workers=self._workers, executor=self._executor, workspace=self._workspace)

    def start(self, order: Order, make_plan: Callable[[], ExecutionPlan], *, rerun_of: str = "") -> tuple[Run, bool]:
        """Return the run of an order, and whether it was there before.

        Raises
        ------
        PlanError, TransportError
            It cannot be run.
        IdempotencyKeyError
            The key came before with another request.
        RunNotFoundError
            It came before, and its run was deleted since.
        """

        def begin(plan: ExecutionPlan, run_id: str | None) -> Run:
            return self.orchestrator.start_pipeline(plan, metadata=order.metadata, run_id=run_id, rerun_of=rerun_of)

        if order.key is None:
            return begin(make_plan(), None), False
        launches, ledger = Launches(self._workspace.ledger), self._workspace.ledger
        recorded, plan = launches.get(order.launch(None).launch_id), None
        if recorded is None:
            plan = make_plan()
            recorded, _ = launches.begin(order.launch(new_run_id()))
        order.require_same(recorded)
        run_id = recorded.run_id or ""
        if recorded.state is LaunchState.GOING and ledger.run(run_id) is None:
            try:
                run = begin(plan if plan is not None else make_plan(), run_id)
            except RunExistsError:  # another server was faster
                return get_run(run_id, self._workspace), True
            launches.end(recorded.launch_id, LaunchState.ENDED)
            return run, False
        return get_run(run_id, self._workspace), True
