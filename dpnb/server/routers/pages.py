"""The runs browser: its page, its files, what it asks for, and when to ask again.

The page is loaded with a content security policy that admits nothing but the files below. It asks by POST alone, with
its XSRF token, whatever it asks for; `dpnb.server.judgement` refuses all else. It is no part of the API: programs have
the routes beside it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from html import escape
from pathlib import PurePosixPath
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Response
from fastapi.responses import HTMLResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import JsonValue

from dpnb.pages.assets import MEDIA_TYPES, index, served_files
from dpnb.server.state import State

router = APIRouter(prefix="/pages", include_in_schema=False)

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@router.get("/")
def page(state: State) -> HTMLResponse:
    """Return the page, with the token that it must repeat; one from elsewhere cannot read it."""
    html = index().replace("{xsrf}", escape(state.access.xsrf, quote=True))
    return HTMLResponse(html, headers={"Content-Security-Policy": PAGE_POLICY})


@router.get("/assets/{path:path}")
def asset(path: str) -> Response:
    """Return one of the page's own files."""
    found = served_files().get(path)
    if found is None:
        raise HTTPException(404, "The pages have no such file.")
    return Response(found, headers={"Content-Type": MEDIA_TYPES[PurePosixPath(path).suffix]})


@router.post("/ask/{method}")
def ask(method: Annotated[str, Path(max_length=100)], params: dict[str, JsonValue], state: State) -> dict[str, Any]:
    """Answer the page."""
    return state.pages.ask(method, params)


@router.get("/changes", response_class=EventSourceResponse)
async def changes(state: State) -> AsyncIterator[ServerSentEvent]:
    """Send an event at once, and whenever something has changed that pages show."""
    async for count in state.changes.follow():
        yield ServerSentEvent(event="change", data=count)
