"""What the server is, and whether it is well. The latter anybody may ask who may address it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Header
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

from dpnb import __version__
from dpnb.server.state import State

router = APIRouter(tags=["server"])

Accept = Annotated[str, Header(include_in_schema=False)]


class Health(BaseModel):
    """The server is there."""

    status: Literal["ok"]
    version: str


class Index(BaseModel):
    """What there is to read."""

    name: Literal["dpnb"]
    version: str
    addresses: list[str]


@router.get("/", summary="Say what is here", operation_id="index", response_model=Index)
def index(accept: Accept = "") -> Index | RedirectResponse:
    """Return where to go on; browsers are led to the pages."""
    if "text/html" in accept:
        return RedirectResponse("pages/", status_code=303)
    return Index(
        name="dpnb",
        version=__version__,
        addresses=["pipelines", "runs", "schedules", "pages/", "metrics", "health", "openapi.json"],
    )


@router.get("/health", summary="Ask whether the server is well", operation_id="health")
def health(state: State) -> Health:
    """Answer once the ledger has answered; with 503 where it cannot be used."""
    state.means.workspace.ledger.has_runs()
    return Health(status="ok", version=__version__)
