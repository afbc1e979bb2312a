"""Goes on with runs, and runs them again, by whatever knows their tasks.

::

    run ──┬─ the pipeline that the request names, or the notebook that it came from ──▶ executed up to its first run
          ├─ a notebook that is served and defines all of its tasks, where these come from cells ──▶ the same
          ├─ a plan that is served, of the same DAG ──▶ its tasks
          ├─ a schedule, whose tasks are kept with it ──▶ its tasks
          └─ otherwise ──▶ what this process has registered

A notebook takes its time, so that the answer is a launch; anything else starts at once, and the answer is the run.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dpnb.errors import PlanError, RunGoingError, UnknownPipelineError, UnservedTasksError
from dpnb.launch import notebook_target
from dpnb.launch.notebook_work import rerun, resumed
from dpnb.launch.packing import registry_of, scheduled_tasks
from dpnb.notebook.parameters import is_variable
from dpnb.orchestrator.rerunning import RerunPlanner
from dpnb.scheduler import LaunchOrder
from dpnb.server.pipelines import NotebookPipeline, PlanPipeline

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dpnb.orchestrator import Run
    from dpnb.orchestrator.rerun_asked import RerunAsked
    from dpnb.planner import ExecutionPlan
    from dpnb.registry import TaskRegistry
    from dpnb.results.launches import Launch
    from dpnb.server.starting import Order
    from dpnb.server.state import Means


class Repeater:
    """Repeats one run.

    Parameters
    ----------
    means
        The server's.
    run
        The run.
    pipeline
        The pipeline that the request names, if it names one.

    Raises
    ------
    UnknownPipelineError
        There is no such pipeline.
    NotebookGoneError, UntrustedStoreError
        The notebook that it came from is not there, or is named by a store that somebody else made.
    """

    def __init__(self, means: Means, run: Run, pipeline: str | None = None) -> None:
        self._means, self._run = means, run
        self._named = None
        if pipeline is not None:
            if pipeline not in means.pipelines:
                raise UnknownPipelineError(pipeline, known=means.pipelines)
            self._named = means.pipelines[pipeline]
        self._notebook = self._find_notebook()

    def _find_notebook(self) -> Path | None:
        from dpnb.notebook.origin import notebook_of

        if self._named is not None:
            return self._named.path if isinstance(self._named, NotebookPipeline) else None
        return notebook_of(self._run.run_id, self._means.workspace) or self._served_notebook()

    def _served_notebook(self) -> Path | None:
        """Return the notebook that defines the tasks of a run which was driven by hand, as by cells in JupyterLab."""
        from dpnb.notebook.defined_tasks import defined_tasks
        from dpnb.notebook.preparation import read_notebook

        if not all(_comes_from_a_notebook(task.location) for task in self._run.outline.tasks):
            return None
        offered = [one.path for one in self._means.pipelines.values() if isinstance(one, NotebookPipeline)]
        cells = ((path, read_notebook(path).cells) for path in offered if path.is_file())
        tasks = ((path, defined_tasks(one.source for one in code if one.cell_type == "code")) for path, code in cells)
        return next((path for path, names in tasks if names.issuperset(self._run)), None)

    def rerun(self, order: Order, asked: RerunAsked) -> tuple[Run | Launch, bool]:
        """Return a new run of the same, or the launch that leads to it, and whether it was there before.

        Raises
        ------
        UnknownTaskError, PlanError, UnservedTasksError
            It cannot be planned here.
        IdempotencyKeyError, RunNotFoundError
            As `Starter.start`.
        """

        def make_plan() -> ExecutionPlan:
            planner = RerunPlanner(self._run, self._registry())
            return planner.plan(asked.tasks, asked.params, downstream=asked.downstream)

        if self._notebook is None:
            return self._means.starter.start(order, make_plan, rerun_of=self._run.run_id)
        if problems := _no_variables(asked.params):
            raise PlanError(problems, hint="give other names.")
        work = rerun(self._order(self._notebook), self._means.workspace, self._run.run_id, asked)
        launch, is_new = self._means.notebooks.begin(order.launch(None), work)
        order.require_same(launch)
        return launch, not is_new

    def resume(self, order: Order) -> Run | Launch:
        """Go on with the run; return it, or the launch that leads there: while that goes, all who ask are given it.

        Raises
        ------
        RunGoingError
            A process drives it, or it is about to go on by another pipeline.
        PlanMismatchError, UnservedTasksError
            Its tasks are not known here, or are others by now.
        """
        if self._notebook is None:
            return self._means.starter.orchestrator.resume(self._run.run_id, self._registry())
        if self._run.is_running:  # said before the notebook is executed, which may take long
            raise RunGoingError(self._run.run_id, pid=self._run.record.pid, machine=self._run.record.host)
        work = resumed(self._order(self._notebook), self._means.workspace, self._run.run_id)
        asked = order.launch(self._run.run_id)
        launch, _ = self._means.notebooks.begin_unless_going(asked, work)
        if launch.request != asked.request:
            raise RunGoingError(self._run.run_id, pid=launch.pid, machine=launch.machine)
        return launch

    def _order(self, notebook: Path) -> LaunchOrder:
        return LaunchOrder(target=notebook_target(notebook, workers=self._means.workers))

    def _registry(self) -> TaskRegistry:
        """Return where the run's tasks are found. Raises `UnservedTasksError`."""
        registry = self._own_registry()
        if not any(task in registry for task in self._run):
            raise UnservedTasksError(self._run.run_id, list(self._run))
        return registry

    def _own_registry(self) -> TaskRegistry:
        served = self._means.pipelines.values() if self._named is None else [self._named]
        plans = [pipeline.plan for pipeline in served if isinstance(pipeline, PlanPipeline)]
        if self._named is None:
            plans = [plan for plan in plans if plan.dag_id == self._run.outline.dag_id]
        if plans:
            return registry_of(node.task for node in plans[0].dag.nodes.values())
        workspace = self._means.workspace
        schedule = self._run.record.metadata.get("schedule")
        kept = scheduled_tasks(schedule, workspace) if isinstance(schedule, str) and self._named is None else None
        return workspace.registry if kept is None else kept


def _comes_from_a_notebook(location: str) -> bool:
    return location.startswith("cell [") or ".ipynb:" in location


def _no_variables(params: Iterable[str]) -> list[str]:
    """Say which parameters cannot be written in a notebook's cell."""
    return [f"{name!r} cannot be the name of a variable." for name in params if not is_variable(name)]
