"""What a run says, as server-sent events."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent

from dpnb.orchestrator import Run
from dpnb.server.feeds import AllHeard, heard_of, is_all
from dpnb.server.json_values import portable
from dpnb.server.problems import described_beside_a_stream
from dpnb.server.state import AskedRun, State

router = APIRouter(prefix="/runs/{run_id}", tags=["runs"])

LastEventId = Annotated[
    str | None,
    Header(
        max_length=100,
        description="The id of the last event that was heard; it goes on after it. An id that is none of the run's "
        "begins with the first.",
    ),
]


class Following(NamedTuple):
    """A run that is followed, and the id of the event that was heard last; empty to begin with the first."""

    run: Run
    heard: str


def following(run: AskedRun, last_event_id: LastEventId = None) -> Following:
    """Return what is to be followed. Raises `AllHeard` where nothing can come after that event."""
    heard = heard_of(run, last_event_id or "")
    if run.status.is_terminal and is_all(run, heard):
        raise AllHeard
    return Following(run, heard)


@router.get(
    "/events",
    summary="Follow a run",
    operation_id="follow_run",
    response_class=EventSourceResponse,
    responses={
        204: {"description": "The run has ended, and all was heard; browsers do not come back after this."},
        **described_beside_a_stream(404),
    },
)
async def follow_run(asked: Annotated[Following, Depends(following)], state: State) -> AsyncIterator[ServerSentEvent]:
    """Send what a run says as events, from its beginning or after the one that was heard last, and end when it ends.

    They are called ``run.started``, ``task.running``, ``task.succeeded`` and so on; their data are the event's facts.
    """
    async for event in state.feeds.follow(asked.run, asked.heard):
        name = f"{'task' if 'task' in event.data else 'run'}.{event.topic.rpartition('.')[2]}"
        told = {"topic": event.topic, "time": event.timestamp.isoformat(), **event.data}
        # The run's own part of the event's id is left out: a header holds no name like 수집.
        yield ServerSentEvent(event=name, data=portable(told), id=f"{event.lease}:{event.number}")
