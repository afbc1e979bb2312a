"""What Prometheus scrapes."""

from __future__ import annotations

from fastapi import APIRouter, Response

from dpnb.server.metrics import CONTENT_TYPE
from dpnb.server.state import State

router = APIRouter(tags=["server"])


@router.get(
    "/metrics",
    summary="Count runs, tasks and durations for Prometheus",
    operation_id="metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "Prometheus' text."}},
)
def metrics(state: State) -> Response:
    """Return the metrics; Prometheus shows the token with `authorization` in its scrape configuration."""
    return Response(state.metrics.text(), headers={"Content-Type": CONTENT_TYPE})
