"""What one application holds, and how its routes reach it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Header, Request

from dpnb.orchestrator import Run, get_run
from dpnb.server.addresses import RunId

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dpnb.launch import NotebookLaunches
    from dpnb.pages import Pages
    from dpnb.server.access import Access
    from dpnb.server.changes import Changes
    from dpnb.server.feeds import RunFeeds
    from dpnb.server.metrics import WorkspaceMetrics
    from dpnb.server.pipelines import Pipeline
    from dpnb.server.starting import Starter
    from dpnb.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What starts runs, and from what."""

    workspace: Workspace
    pipelines: Mapping[str, Pipeline] = field(default_factory=dict)
    starter: Starter
    notebooks: NotebookLaunches
    workers: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerState:
    """One application's own; two in one process share nothing but what their workspaces share."""

    means: Means
    access: Access
    feeds: RunFeeds
    metrics: WorkspaceMetrics
    pages: Pages
    changes: Changes

    def end_streams(self) -> None:
        """End what would never end by itself: the server stops."""
        self.feeds.close()
        self.changes.close()
        self.pages.close()


def state_of(request: Request) -> ServerState:
    """Return what the application of a request holds."""
    state: ServerState = request.app.state.dpnb
    return state


State = Annotated[ServerState, Depends(state_of)]


def run_of(run_id: RunId, state: State) -> Run:
    """Return the run that an address names; ``latest`` is the one started last. Raises `RunNotFoundError`."""
    return get_run(run_id, state.means.workspace)


AskedRun = Annotated[Run, Depends(run_of)]
IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="A name for this request: repeated with the same body, also at another server of the workspace, it "
        "starts one run.",
    ),
]
