"""A query's names are those that a route knows; one that is misspelt is told, and not left out in silence.

``GET /fires?limt=5`` would answer with a hundred fires, and ``?statsu=failed`` with runs of any status. What a route
knows is what the application's OpenAPI says of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError

if TYPE_CHECKING:
    from collections.abc import Collection


def refuse_unknown_query(request: Request) -> None:
    """Raise `RequestValidationError` for each name of the query that the route does not take."""
    if not request.query_params:
        return
    known = _known(request)
    found: list[dict[str, Any]] = [
        {"type": "extra_forbidden", "loc": ("query", name), "msg": _told(known)}
        for name in request.query_params
        if name not in known
    ]
    if found:
        raise RequestValidationError(found)


def _known(request: Request) -> set[str]:
    path = request.scope["route"].path_format
    operation = request.app.openapi()["paths"][path][request.method.lower()]
    return {one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"}


def _told(known: Collection[str]) -> str:
    return f"It is none of: {', '.join(sorted(known))}" if known else "Nothing can be asked for here"
