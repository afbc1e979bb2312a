"""Makes the application: what it offers, who may use it, and its routes, one file for each subject.

::

    Guard ─▶ WholeSegments ─▶ routers/: health metrics pipelines launches runs actions tasks results … pages
      │                                     │
      └ judgement.judge, sign_in            └ state.ServerState: workspace, starter, notebooks, feeds, pages, changes

Routes that look into the ledger or load results are plain functions, which FastAPI calls in threads; the event loop
carries only streams.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import Depends, FastAPI
from starlette.middleware.cors import CORSMiddleware

from dpnb import __version__
from dpnb.launch import NotebookLaunches
from dpnb.pages import Pages
from dpnb.server.access import Access
from dpnb.server.addresses import WholeSegments
from dpnb.server.changes import Changes
from dpnb.server.described_access import describe_access
from dpnb.server.feeds import RunFeeds
from dpnb.server.guard import Guard
from dpnb.server.metrics import WorkspaceMetrics
from dpnb.server.page_controls import ServerControls
from dpnb.server.pipelines import pipelines_of
from dpnb.server.problems import ALWAYS, add_handlers
from dpnb.server.queries import refuse_unknown_query
from dpnb.server.routers import actions, events, health, launches, metrics, pages, results, runs, schedules, tasks
from dpnb.server.routers.pipelines import router_of
from dpnb.server.starting import Starter
from dpnb.server.state import Means, ServerState
from dpnb.workspace import get_workspace

if TYPE_CHECKING:
    from dpnb.orchestrator import Executor
    from dpnb.server.pipelines import Pipelines
    from dpnb.workspace import Workspace

DESCRIPTION = "Starts data pipelines, and tells what became of them. Every refusal has one shape: a problem."


def create_app(
    workspace: Workspace | None = None,
    pipelines: Pipelines | None = None,
    *,
    access: Access | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
) -> FastAPI:
    """Return an application that offers a workspace over HTTP; serve it, or mount it in one of your own.

    Parameters
    ----------
    workspace
        Where runs are kept; the default workspace where it is None.
    pipelines
        What may be started by name: a plan; a `dpnb.planner.Selection` of the workspace's tasks, which is planned anew
        for every run, so that run parameters without a default may be left to the request; or the path of a notebook.
        Tasks that this process has registered can be started by their tags besides.
    access
        Who may use it. Otherwise this machine's own programs that show a token, made up and kept in
        ``app.state.dpnb.access.token``.
    workers, executor
        As `Orchestrator` takes them.

    Raises
    ------
    PipelineNameError
        A name cannot be part of an address.
    FileNotFoundError, NotebookFormatError
        There is no such notebook, or it is none.
    PlanError
        Tasks that are selected cannot be planned.

    Examples
    --------
    >>> import tempfile
    >>> from dpnb import TaskRegistry, Workspace, task
    >>> from dpnb.planner import DAGBuilder, Planner
    >>> registry = TaskRegistry()
    >>> @task(registry=registry)
    ... def flights(year: int = 2013) -> int:
    ...     return year
    >>> plan = Planner(DAGBuilder(registry)).create_execution_plan()
    >>> app = create_app(Workspace(tempfile.mkdtemp(), registry=registry), {"flights": plan})
    >>> "/pipelines/flights/runs" in app.openapi()["paths"]
    True
    """
    workspace = workspace or get_workspace()
    access = access or Access()
    offered = pipelines_of(pipelines or {}, workspace)
    notebooks, feeds = NotebookLaunches(workspace), RunFeeds()
    means = Means(
        workspace=workspace,
        pipelines=offered,
        starter=Starter(workspace, workers=workers, executor=executor),
        notebooks=notebooks,
        workers=workers,
    )
    # Swagger's page would load its code from elsewhere, and the routes are all in /openapi.json.
    app = FastAPI(
        title="dpnb",
        description=DESCRIPTION,
        version=__version__,
        docs_url=None,
        redoc_url=None,
        responses=ALWAYS,
        dependencies=[Depends(refuse_unknown_query)],
    )
    app.state.dpnb = ServerState(
        means=means,
        access=access,
        feeds=feeds,
        metrics=WorkspaceMetrics(
            workspace,
            {
                "dpnb_event_streams": ("Clients that follow a run.", lambda: feeds.listeners),
                "dpnb_notebooks_going": ("Notebooks that this server executes.", lambda: len(notebooks.going)),
            },
        ),
        pages=Pages(workspace, ServerControls(means)),
        changes=Changes(workspace),
    )
    for router in (health, metrics, launches, runs, actions, tasks, results, events, schedules, pages):
        app.include_router(router.router)
    app.include_router(router_of(offered))
    add_handlers(app)
    if access.token is not None:
        describe_access(app)
    app.add_middleware(WholeSegments)
    app.add_middleware(Guard, access=access)
    if access.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=access.origins,
            allow_methods=["GET", "POST", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID"],
        )
    return app
