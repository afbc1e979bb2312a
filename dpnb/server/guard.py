"""Stands before the application: lets requests through or refuses them, and gives every answer its headers."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, cookie_parser
from starlette.responses import RedirectResponse, Response

from dpnb.server.judgement import Head, judge, too_large
from dpnb.server.problems import INTERNAL, Problem
from dpnb.server.sign_in import sign_in_page

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from dpnb.server.access import Access
    from dpnb.server.judgement import Refusal

_log = logging.getLogger("dpnb.server")

SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Guard:
    """ASGI middleware that asks `judge`, reads bodies up to their limit, and logs browsers in."""

    def __init__(self, app: ASGIApp, *, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        head = _head(scope)
        _hide_token(scope)
        send = _with_headers(send)
        refusal = judge(head, self._access)
        if refusal is None and head.query_token is not None and head.wants_page:
            await _login(head, scope, self._access)(scope, receive, send)
            return
        try:
            body = await _read(receive, self._access.body_limit_bytes) if refusal is None and head.has_body else b""
        except ClientDisconnect:  # what came may be whole to the eye, and would start something else than was asked for
            return
        if body is None:
            refusal = too_large(self._access)
        if refusal is not None:
            await _refused(refusal, head)(scope, receive, send)
            return
        await self._answered(scope, _replayed(body or b"", receive) if head.has_body else receive, send)

    async def _answered(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have the application answer; what it raises is told to the log alone."""
        has_begun = False

        async def sending(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception:
            if has_begun:
                raise
            _log.exception("%s %s failed", scope["method"], scope["path"])
            await INTERNAL.response()(scope, receive, send)


def _head(scope: Scope) -> Head:
    headers = Headers(scope=scope)
    names = headers.keys()
    return Head(
        method=scope["method"],
        path=scope["path"].removeprefix(scope.get("root_path", "")),
        query=scope["query_string"].decode("latin-1"),
        headers=dict(headers),
        cookies=cookie_parser(headers.get("cookie", "")),
        repeated=frozenset(name for name in names if names.count(name) > 1),
    )


def _hide_token(scope: Scope) -> None:
    """Take the token out of the address, in place: servers write the address into their access log afterwards."""
    query = scope["query_string"].decode("latin-1")
    if query:  # whose names may be encoded
        kept = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name != "token"]
        scope["query_string"] = urlencode(kept).encode()


def _login(head: Head, scope: Scope, access: Access) -> Response:
    """Answer a browser with cookies, and send it to the same address without the token."""
    query = scope["query_string"].decode()
    path = (scope.get("raw_path") or quote(scope["path"]).encode()).partition(b"?")[0].decode("latin-1")
    own = "/" + path.lstrip("/")  # two slashes would lead to another host
    response = RedirectResponse(f"{own}{'?' if query else ''}{query}", status_code=303)
    place = scope.get("root_path", "") or "/"
    secure = scope.get("scheme") == "https"
    response.set_cookie(head.cookie_name, access.session, path=place, secure=secure, httponly=True, samesite="strict")
    response.set_cookie(f"{head.cookie_name}-xsrf", access.xsrf, path=place, secure=secure, samesite="strict")
    return response


def _refused(refusal: Refusal, head: Head) -> Response:
    problem = Problem(status=refusal.status, code=refusal.code, message=refusal.message, hint=refusal.hint)
    is_stranger = refusal.status == 401 and head.wants_page  # noqa: PLR2004 - a browser whose user can be asked
    response = sign_in_page() if is_stranger else problem.response()
    if refusal.status == 401:  # noqa: PLR2004 - RFC 9110 asks for the header with this status
        response.headers["WWW-Authenticate"] = "Bearer"
    if refusal.status == 413:  # noqa: PLR2004 - what is left of the body will not be read
        response.headers["Connection"] = "close"
    return response


async def _read(receive: Receive, limit_bytes: int) -> bytes | None:
    """Return the whole body; None where it is longer, whatever was announced. Raises `ClientDisconnect`."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit_bytes:
            return None
        if not message.get("more_body", False):
            return b"".join(parts)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Give what was read once more, then what comes after it."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending
