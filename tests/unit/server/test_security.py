"""Every request that must be refused is refused, and then nothing has been started, looked up or told."""

from __future__ import annotations

import logging
from http.cookies import SimpleCookie
from urllib.parse import quote

import httpx
import pytest

from dpnb.server import Access, create_app
from dpnb.server.access import new_token
from dpnb.server.guard import SECURITY_HEADERS
from dpnb.server.judgement import Head, judge
from tests.unit.server.conftest import HOST, TOKEN

START = "/pipelines/수집/runs"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
ORIGIN = f"http://{HOST}"
ACCESS = Access(token=TOKEN, hosts=(HOST,))
COOKIE_NAME = f"dpnb-{HOST}"
SESSION = {"Cookie": f"{COOKIE_NAME}={ACCESS.session}"}
JSON = {"Content-Type": "application/json"}


async def in_chunks():
    for _ in range(20):
        yield b"x" * 1000


REFUSED = {
    "no token": (401, {}, b"{}"),
    "a wrong token": (401, {"Authorization": f"Bearer {TOKEN}x"}, b"{}"),
    "an empty token": (401, {"Authorization": "Bearer "}, b"{}"),
    "a token that is no ASCII": (401, {"Authorization": "Bearer 한글".encode()}, b"{}"),
    "a token under another scheme": (401, {"Authorization": f"Basic {TOKEN}"}, b"{}"),
    "a wrong token beside the right cookie": (401, {**SESSION, "Authorization": "Bearer guess"}, b"{}"),
    "a wrong cookie": (401, {"Cookie": f"{COOKIE_NAME}={TOKEN}"}, b"{}"),
    "the cookie of another server": (401, {"Cookie": f"dpnb-other={ACCESS.session}"}, b"{}"),
    "a cookie alone": (403, SESSION, b"{}"),
    "a cookie with a wrong repetition": (403, {**SESSION, "X-XSRF-Token": ACCESS.session}, b"{}"),
    "a wrong host": (403, {**BEARER, "Host": "evil.example"}, b"{}"),
    "a host that begins well": (403, {**BEARER, "Host": f"{HOST}.evil.example"}, b"{}"),
    "a host that ends well": (403, {**BEARER, "Host": f"evil{HOST}"}, b"{}"),
    "a host behind a name": (403, {**BEARER, "Host": f"{HOST}@evil.example"}, b"{}"),
    "a number as the host": (403, {**BEARER, "Host": "93.184.216.34"}, b"{}"),
    "no host": (403, {**BEARER, "Host": ""}, b"{}"),
    "a foreign origin": (403, {**BEARER, "Origin": "http://evil.example"}, b"{}"),
    "the origin of a sandbox": (403, {**BEARER, "Origin": "null"}, b"{}"),
    "an origin of another port": (403, {**BEARER, "Origin": f"http://{HOST}:81"}, b"{}"),
    "a foreign origin with the cookie": (
        403,
        {**SESSION, "X-XSRF-Token": ACCESS.xsrf, "Origin": "http://evil.example"},
        b"{}",
    ),
    "a form": (415, {**BEARER, "Content-Type": "application/x-www-form-urlencoded"}, b"a=1"),
    "a text": (415, {**BEARER, "Content-Type": "text/plain"}, b"{}"),
    "no type": (415, {**BEARER, "Content-Type": ""}, b"{}"),
    "a body that is too long": (413, BEARER, b"x" * 10_001),
    "a body without a length that is too long": (413, BEARER, in_chunks),
    "a length that is none": (413, {**BEARER, "Content-Length": "-1"}, b"{}"),
    "no JSON": (422, BEARER, b"{"),
    "bytes that are no text": (400, BEARER, b'{"a": "\xff"}'),
    "JSON of unlimited depth": (400, BEARER, b"[" * 9_000),
    "a list": (422, BEARER, b"[]"),
    "a wrong type": (422, BEARER, '{"params": {"연도": "2013"}}'.encode()),
    "a truth for a number": (422, BEARER, '{"params": {"연도": true}}'.encode()),
    "no number at all": (422, BEARER, '{"params": {"연도": NaN}}'.encode()),
    "an unknown parameter": (422, BEARER, b'{"params": {"year": 2013}}'),
    "an unknown field": (422, BEARER, b'{"param": {}}'),
    "a letter that is none": (422, BEARER, b'{"metadata": {"a": "\\ud800"}}'),
    "a number that is none": (422, BEARER, b'{"metadata": {"a": [Infinity]}}'),
    "an empty key": (422, {**BEARER, "Idempotency-Key": ""}, b"{}"),
    "a key with a space": (422, {**BEARER, "Idempotency-Key": "a b"}, b"{}"),
}


@pytest.mark.parametrize(("status", "headers", "body"), REFUSED.values(), ids=REFUSED)
async def test_refused_request_starts_nothing_and_leaks_nothing(app, workspace, status, headers, body):
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}") as client:
        content = body() if callable(body) else body
        answer = await client.post(START, content=content, headers={**JSON, **headers})
    assert answer.status_code == status, answer.text
    problem = answer.json()
    assert problem["status"] == status
    assert problem["code"]
    for secret in (TOKEN, ACCESS.session, ACCESS.xsrf, "Traceback", ".py", str(workspace.home)):
        assert secret not in answer.text
    assert all(answer.headers[name] == value for name, value in SECURITY_HEADERS.items())
    assert "access-control-allow-origin" not in answer.headers
    assert not workspace.ledger.has_runs()


@pytest.mark.parametrize(
    "headers",
    [
        BEARER,
        {"Authorization": f"bearer {TOKEN}"},
        {"Authorization": f"token {TOKEN}"},
        {**SESSION, "X-XSRF-Token": ACCESS.xsrf},
        {**BEARER, "Origin": ORIGIN},
        {**BEARER, "Host": f"{HOST}:8650"},
    ],
)
async def test_request_that_shows_what_it_must_is_let_through(app, headers):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN) as client:
        answer = await client.post(START, json={}, headers=headers)
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize(
    "path", ["/", "/runs", "/metrics", "/openapi.json", "/pipelines", "/nope", "/health/", "//health"]
)
async def test_nothing_but_the_servers_health_is_told_without_the_token(app, path):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN) as client:
        answer = await client.get(path)
        health = await client.get("/health")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert health.json()["status"] == "ok"


async def test_browser_that_opens_the_printed_address_is_logged_in_and_sees_no_token_any_more(app):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN) as browser:
        answer = await browser.get(f"/runs?limit=2&token={TOKEN}", headers={"Accept": "text/html"})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/runs?limit=2")
        cookies = SimpleCookie("; ".join(answer.headers.get_list("set-cookie")))
        assert cookies[COOKIE_NAME]["httponly"]
        assert cookies[COOKIE_NAME]["samesite"] == "strict"
        assert TOKEN not in answer.headers["set-cookie"]
        assert (await browser.get("/runs")).status_code == 200
        assert (await browser.post(START, json={})).status_code == 403
        xsrf = browser.cookies[f"{COOKIE_NAME}-xsrf"]
        assert (await browser.post(START, json={}, headers={"X-XSRF-Token": xsrf})).status_code == 201


@pytest.mark.parametrize(
    ("asked", "led_to"),
    [("//evil.example/runs", "/evil.example/runs"), ("/runs/a%2Fb%3F", "/runs/a%2Fb%3F"), ("/수집", quote("/수집"))],
)
async def test_login_leads_to_the_same_address_and_never_to_another_host(app, asked, led_to):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as browser:
        answer = await browser.get(f"{ORIGIN}{asked}?%74oken={TOKEN}", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["Location"]) == (303, led_to)


async def test_wrong_token_in_an_address_gives_no_cookie_and_a_right_one_may_not_write(app, workspace):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN) as client:
        answer = await client.get("/runs?token=guess", headers={"Accept": "text/html"})
        assert answer.status_code == 401
        assert "set-cookie" not in answer.headers
        assert (await client.get(f"/runs?token={TOKEN}")).status_code == 200
        assert (await client.post(f"{START}?token={TOKEN}", json={})).status_code == 401
    assert not workspace.ledger.has_runs()


async def test_failure_of_the_server_is_told_to_its_log_alone(app, client, monkeypatch, caplog):
    def fails(*_: object) -> None:
        raise RuntimeError("the secret place /etc/secret")

    monkeypatch.setattr(type(app.state.dpnb.means.workspace.ledger), "has_runs", fails)
    with caplog.at_level(logging.ERROR, "dpnb.server"):
        answer = await client.get("/health")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "/etc/secret" in caplog.text


@pytest.mark.parametrize("came", [[], [b'{"params": {}} ']], ids=["nothing", "what looks whole"])
async def test_body_that_is_cut_off_starts_nothing(app, workspace, came):
    coming = [{"type": "http.request", "body": part, "more_body": True} for part in came]
    coming.append({"type": "http.disconnect"})
    told: list[object] = []

    async def send(message) -> None:
        told.append(message)

    async def receive():
        return coming.pop(0)

    announced = {**BEARER, **JSON, "Host": HOST, "Content-Length": "40"}
    headers = [(name.lower().encode(), value.encode()) for name, value in announced.items()]
    scope = {"type": "http", "method": "POST", "path": START, "query_string": b"", "headers": headers}
    await app({**scope, "raw_path": START.encode(), "scheme": "http", "root_path": ""}, receive, send)
    assert not workspace.ledger.has_runs()
    assert told == []


async def test_socket_that_wants_to_stay_open_is_closed(app):
    told: list[str] = []

    async def send(message) -> None:
        told.append(message["type"])

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    await app({"type": "websocket", "path": "/", "headers": [], "query_string": b""}, receive, send)
    assert told == ["websocket.close"]


def test_token_is_compared_in_constant_time(monkeypatch):
    compared: list[tuple[bytes, ...]] = []

    def compare(*both: bytes) -> bool:
        compared.append(both)
        return False

    monkeypatch.setattr("secrets.compare_digest", compare)
    assert not ACCESS.admits_token("guess")
    assert not ACCESS.admits_session("guess")
    assert not ACCESS.admits_write("guess")
    assert [right for _, right in compared] == [TOKEN.encode(), ACCESS.session.encode(), ACCESS.xsrf.encode()]


def test_made_up_tokens_are_long_and_differ_and_never_show():
    assert len({new_token() for _ in range(100)}) == 100
    assert len(new_token()) >= 43
    assert TOKEN not in repr(ACCESS)


@pytest.mark.parametrize("token", ["", " ", "한글", "a\nb"])
def test_token_that_no_header_carries_is_refused(token):
    with pytest.raises(ValueError, match="visible ASCII"):
        Access(token=token)


@pytest.mark.parametrize(
    ("host", "any_address", "is_admitted"),
    [
        ("localhost", False, True),
        ("LOCALHOST:80", False, True),
        ("[::1]:8650", False, True),
        ("192.168.0.7:80", False, False),
        ("192.168.0.7:80", True, True),
        ("[fe80::1]", True, True),
        ("192.168.0.7.evil.example", True, False),
        ("localhost:80:80", False, False),
        ("localhost.", False, False),
    ],
)
def test_server_answers_only_under_its_names(host, any_address, is_admitted):
    assert Access(any_address=any_address).admits_host(host) is is_admitted


def test_repeated_host_is_refused():
    head = Head(method="GET", path="/health", query="", headers={"host": "localhost"}, cookies={}, repeated=["host"])
    refusal = judge(head, Access())
    assert refusal is not None
    assert refusal.code == "host_not_allowed"


async def test_origins_that_are_named_may_use_it_and_no_other(workspace):
    from dpnb.server import create_app

    app = create_app(workspace, access=Access(token=TOKEN, hosts=(HOST,), origins=("https://dash.example",)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN, headers=BEARER) as client:
        good = await client.get("/runs", headers={"Origin": "https://dash.example"})
        bad = await client.get("/runs", headers={"Origin": "https://evil.example"})
    assert good.headers["access-control-allow-origin"] == "https://dash.example"
    assert (good.status_code, bad.status_code) == (200, 403)
    assert "access-control-allow-origin" not in bad.headers


async def test_without_a_token_the_host_and_the_origin_still_count(workspace):
    from dpnb.server import create_app

    app = create_app(workspace, access=Access(token=None, hosts=(HOST,)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN) as client:
        assert (await client.get("/runs")).status_code == 200
        assert (await client.get("/runs", headers={"Origin": "http://evil.example"})).status_code == 403
        assert (await client.get("/runs", headers={"Host": "evil.example"})).status_code == 403


async def test_openapi_tells_how_the_token_is_shown(client, app):
    described = (await client.get("/openapi.json")).json()
    assert set(described["components"]["securitySchemes"]) == {"bearer", "query"}
    ways = {(path, method): one["security"] for path, of in described["paths"].items() for method, one in of.items()}
    assert ways["/health", "get"] == []
    assert ways["/runs", "get"] == [{"bearer": []}, {"query": []}]
    assert ways[START, "post"] == [{"bearer": []}]
    assert app.openapi() == described


async def test_a_server_without_a_token_asks_for_none(workspace):
    described = create_app(workspace, access=Access(token=None, hosts=(HOST,))).openapi()
    assert "securitySchemes" not in described["components"]
    assert not any("security" in one for of in described["paths"].values() for one in of.values())
