"""Names in addresses: what a user calls ``a/b`` is one segment, ``a%2Fb``, and comes back as it was.

Servers decode an address before it is looked at, so that an encoded slash could no longer be told from one between two
segments. `WholeSegments` keeps the slashes and percent signs of a segment encoded until its route has been found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote, unquote, unquote_to_bytes

from fastapi import Path
from pydantic import AfterValidator

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


class WholeSegments:
    """ASGI middleware: the path below the mount point, its segments decoded but for what would break them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        raw = scope.get("raw_path")
        if scope["type"] == "http" and raw and b"%2" in raw:
            scope["path"] = "/".join(map(_whole, raw.partition(b"?")[0].split(b"/")))
        await self._app(scope, receive, send)


def _whole(segment: bytes) -> str:
    return unquote_to_bytes(segment).decode("utf-8", "replace").replace("%", "%25").replace("/", "%2F")


def _named(segment: str) -> str:
    return unquote(segment)


def as_segment(name: str) -> str:
    """Return a name as a segment of an address."""
    return quote(name, safe="")


RunId = Annotated[str, Path(max_length=2000, description="The run's id."), AfterValidator(_named)]
TaskName = Annotated[str, Path(max_length=2000, description="The task's name."), AfterValidator(_named)]
PipelineName = Annotated[str, Path(max_length=2000, description="The pipeline's name."), AfterValidator(_named)]
LaunchId = Annotated[str, Path(max_length=100, description="The launch's id.")]
ScheduleName = Annotated[str, Path(max_length=2000, description="The schedule's name."), AfterValidator(_named)]
