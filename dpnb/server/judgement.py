"""Whether a request is let through, decided from its head alone.

::

    host ─▶ origin ─▶ (open?) ─▶ token or cookie ─▶ cookie: XSRF ─▶ body: type and length ─▶ the application
      403      403                      401               403              415, 413

A request that is refused reaches no route: nothing is started, looked up or told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from dpnb.server.access import Access

SAFE = ("GET", "HEAD", "OPTIONS")
OPEN = ("/health",)  # says nothing of the workspace, and probes have no token


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What a request says before its body. Header names are in small letters; `path` is below the mount point."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    repeated: Collection[str] = ()  # headers that came more than once

    @property
    def has_body(self) -> bool:
        """Whether a body is announced."""
        return "transfer-encoding" in self.headers or self.headers.get("content-length", "0").strip() != "0"

    @property
    def host(self) -> str:
        """How the server is addressed."""
        return self.headers.get("host", "")

    @property
    def query_token(self) -> str | None:
        """The token in the address; only reading may show it there."""
        return dict(parse_qsl(self.query)).get("token") if self.method in SAFE else None

    @property
    def wants_page(self) -> bool:
        """Whether it is a browser that opens an address."""
        return self.method == "GET" and "text/html" in self.headers.get("accept", "")

    @property
    def cookie_name(self) -> str:
        """The name of this server's cookie: browsers send a machine's cookies to all of its ports."""
        return "dpnb-" + "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in self.host)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a request is not let through."""

    status: int
    code: str
    message: str
    hint: str


def judge(head: Head, access: Access) -> Refusal | None:
    """Return what stands against a request; None lets it through."""
    return (
        _judge_place(head, access)
        or (None if head.path in OPEN else _judge_person(head, access))
        or _judge_body(head, access)
    )


def _judge_place(head: Head, access: Access) -> Refusal | None:
    if "host" in head.repeated or not access.admits_host(head.host):
        return Refusal(
            status=403,
            code="host_not_allowed",
            message="This server does not answer under that host name.",
            hint="address it as it said when it started; --allow-host, or Access(hosts=…), admits another name.",
        )
    origin = head.headers.get("origin")
    if origin is not None and not access.admits_origin(origin, head.host):
        return Refusal(
            status=403,
            code="foreign_origin",
            message="Pages from elsewhere may not use this server.",
            hint="Access(origins=…) admits those that you name.",
        )
    return None


def _judge_person(head: Head, access: Access) -> Refusal | None:
    if access.token is None:
        return None
    shown = _shown_token(head)
    if shown is not None:
        return None if access.admits_token(shown) else _UNKNOWN
    if not access.admits_session(head.cookies.get(head.cookie_name, "")):
        return _UNKNOWN
    if head.method not in SAFE and not access.admits_write(head.headers.get("x-xsrf-token", "")):
        return Refusal(
            status=403,
            code="xsrf",
            message="A page that changes anything must repeat its XSRF cookie in the header X-XSRF-Token.",
            hint="programs show the token instead: Authorization: Bearer ….",
        )
    return None


_UNKNOWN = Refusal(
    status=401,
    code="not_authenticated",
    message="The token is missing or wrong.",
    hint="send it as Authorization: Bearer …, or open the address that the server printed when it started.",
)


def _shown_token(head: Head) -> str | None:
    """Return the token of the header, else of the address; None where there is none."""
    authorization = head.headers.get("authorization")
    if authorization is None:
        return head.query_token
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() in ("bearer", "token") else ""


def _judge_body(head: Head, access: Access) -> Refusal | None:
    length = head.headers.get("content-length", "0").strip()
    if not (length.isascii() and length.isdigit()) or int(length) > access.body_limit_bytes:
        return too_large(access)
    if head.has_body and not _is_json(head.headers.get("content-type", "")):
        return Refusal(
            status=415,
            code="unsupported_media_type",
            message="The body must be JSON.",
            hint="send it with the header Content-Type: application/json.",
        )
    return None


def too_large(access: Access) -> Refusal:
    """Return the refusal of a body that is too long, by what is announced or by what came."""
    return Refusal(
        status=413,
        code="body_too_large",
        message=f"The body is longer than {access.body_limit_bytes} bytes.",
        hint="let a task read large data from where it lies, and give its place as the parameter.",
    )


def _is_json(content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))
