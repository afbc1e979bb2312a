"""Says in the application's OpenAPI how a client shows its token, so that those that are made of it know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dpnb.server.judgement import OPEN, SAFE

if TYPE_CHECKING:
    from fastapi import FastAPI

_BEARER, _QUERY = {"bearer": list[str]()}, {"query": list[str]()}
_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "The token that the server printed as it started."},
    "query": {"type": "apiKey", "in": "query", "name": "token", "description": "The same token; to read alone."},
}


def describe_access(app: FastAPI) -> None:
    """Have `app.openapi` name the token, and where it is asked for."""
    undescribed = app.openapi

    def openapi() -> dict[str, Any]:
        schema = undescribed()
        if "securitySchemes" not in schema["components"]:
            schema["components"]["securitySchemes"] = _SCHEMES
            for path, operations in schema["paths"].items():
                for method, operation in operations.items():
                    operation["security"] = _ways(path, method)
        return schema

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI's documentation has it


def _ways(path: str, method: str) -> list[dict[str, list[str]]]:
    if path in OPEN:
        return []
    return [_BEARER, _QUERY] if method.upper() in SAFE else [_BEARER]
