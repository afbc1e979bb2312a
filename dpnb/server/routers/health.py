"""What the server is, and whether it is well. The latter anybody may ask who may address it."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from dpnb import __version__
from dpnb.server.state import State

router = APIRouter(tags=["server"])


class Health(BaseModel):
    """The server is there."""

    status: Literal["ok"]
    version: str


class Index(BaseModel):
    """What there is to read."""

    name: Literal["dpnb"]
    version: str
    addresses: list[str]


@router.get("/", summary="Say what is here", operation_id="index")
def index() -> Index:
    """Return where to go on."""
    return Index(
        name="dpnb",
        version=__version__,
        addresses=["pipelines", "runs", "schedules", "metrics", "health", "openapi.json"],
    )


@router.get("/health", summary="Ask whether the server is well", operation_id="health")
def health(state: State) -> Health:
    """Answer once the ledger has answered; with 503 where it cannot be used."""
    state.workspace.ledger.has_runs()
    return Health(status="ok", version=__version__)
