"""Notebooks that were asked for."""

from __future__ import annotations

from fastapi import APIRouter

from dpnb.errors import UnknownLaunchError
from dpnb.results.launches import Launches
from dpnb.server.addresses import LaunchId
from dpnb.server.models import LaunchModel
from dpnb.server.problems import described
from dpnb.server.state import State

router = APIRouter(tags=["pipelines"])


@router.get("/launches/{launch_id}", summary="Show a launch", operation_id="show_launch", responses=described(404))
def show_launch(launch_id: LaunchId, state: State) -> LaunchModel:
    """Return how far a notebook is, and the run that came of it."""
    launch = Launches(state.means.workspace.ledger).get(launch_id)
    if launch is None:
        raise UnknownLaunchError(launch_id)
    return LaunchModel.of(launch)


@router.post(
    "/launches/{launch_id}/cancel",
    summary="Cancel a launch",
    operation_id="cancel_launch",
    status_code=202,
    responses=described(404, 409),
)
def cancel_launch(launch_id: LaunchId, state: State) -> LaunchModel:
    """Ask for a notebook's end, and that of its run; one that has ended is left as it is.

    One that another server of the workspace executes hears of it within a second or two.
    """
    state.means.notebooks.cancel(launch_id)
    return show_launch(launch_id, state)
