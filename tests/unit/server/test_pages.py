"""The served pages: who gets them, what they may load, and that nothing is done without the page's own token."""

from __future__ import annotations

import re

import httpx
import pytest

from dpnb.pages.assets import served_files
from dpnb.server import Access
from dpnb.server.changes import Changes
from tests.unit.server.conftest import HOST, TOKEN

ACCESS = Access(token=TOKEN, hosts=(HOST,))
ORIGIN = f"http://{HOST}"
HTML = {"Accept": "text/html,application/xhtml+xml"}
SESSION = {"Cookie": f"dpnb-{HOST}={ACCESS.session}"}
XSRF = {"X-XSRF-Token": ACCESS.xsrf}


@pytest.fixture
async def browser(app):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN) as made:
        yield made


@pytest.fixture
async def run_id(client) -> str:
    return str((await client.post("/pipelines/수집/runs", json={})).json()["run_id"])


async def test_a_browser_that_opens_the_printed_address_lands_on_the_pages(browser):
    answer = await browser.get(f"/?token={TOKEN}", headers=HTML, follow_redirects=True)
    assert (answer.status_code, str(answer.url)) == (200, f"{ORIGIN}/pages/")
    assert [one.status_code for one in answer.history] == [303, 303]
    assert TOKEN not in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert (answer.headers["X-Frame-Options"], answer.headers["X-Content-Type-Options"]) == ("DENY", "nosniff")
    (xsrf,) = re.findall(r'name="dpnb-xsrf" content="([^"]+)"', answer.text)
    asked = await browser.post("/pages/ask/runs.list", json={}, headers={"X-XSRF-Token": xsrf})
    assert asked.json()["total"] == 0


async def test_both_cookies_stay_on_the_servers_own_pages_and_the_session_is_none_of_a_scripts(browser):
    answer = await browser.get(f"/?token={TOKEN}", headers=HTML)
    session, xsrf = answer.headers.get_list("set-cookie")
    assert "HttpOnly" in session
    assert all("SameSite=strict" in cookie for cookie in (session, xsrf))


@pytest.mark.parametrize("path", ["/pages/", "/pages/assets/pages/page/served.js", "/pages/changes"])
async def test_nothing_of_the_pages_is_told_without_the_token(browser, path):
    assert (await browser.get(path)).status_code == 401


async def test_a_browser_without_the_token_is_asked_for_it_by_a_page_that_loads_nothing(browser):
    answer = await browser.get("/runs", headers=HTML)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert 'name="token"' in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert not re.search(r"<script|https?://|src=", answer.text)


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (401, {}),
        (401, XSRF),
        (403, SESSION),
        (403, {**SESSION, "X-XSRF-Token": "guess"}),
        (403, {**SESSION, **XSRF, "Origin": "http://evil.example"}),
        (403, {**SESSION, **XSRF, "Host": "evil.example"}),
        (415, {**SESSION, **XSRF, "Content-Type": "text/plain"}),
    ],
)
async def test_without_session_token_and_own_origin_nothing_is_asked_or_done(
    browser, workspace, run_id, status, headers
):
    body = f'{{"run_ids": ["{run_id}"]}}'.encode()
    answer = await browser.post(
        "/pages/ask/runs.delete", content=body, headers={"Content-Type": "application/json", **headers}
    )
    assert answer.status_code == status
    assert "access-control-allow-origin" not in answer.headers
    assert len(workspace.runs()) == 1


async def test_a_get_asks_for_nothing(client, run_id):
    assert (await client.get("/pages/ask/runs.list")).status_code == 405


async def test_the_pages_do_what_they_are_asked_for(browser, workspace, run_id):
    own = {**SESSION, **XSRF}
    first = await browser.post("/pages/ask/run.rerun", json={"run_id": run_id, "key": "click-1"}, headers=own)
    second = await browser.post("/pages/ask/run.rerun", json={"run_id": run_id, "key": "click-1"}, headers=own)
    assert first.json()["run_id"] == second.json()["run_id"] != run_id
    assert len(workspace.runs()) == 2
    deleted = await browser.post("/pages/ask/runs.delete", json={"run_ids": [run_id]}, headers=own)
    assert deleted.json() == {"deleted": [run_id], "spared": []}


@pytest.mark.parametrize(
    ("method", "params", "status", "code"),
    [
        ("nope", {}, 422, "page_request"),
        ("run.rerun", {"run_id": "x", "tasks": "these"}, 404, "unknown_run"),
        ("runs.list", {"offset": "1"}, 422, "page_request"),
        ("runs.list", {"text": "since:never"}, 422, "criterion"),
        ("run.facts", {"run_id": "<b>gone</b>"}, 404, "unknown_run"),
        ("schedule.fire", {"name": "gone"}, 404, "unknown_schedule"),
    ],
)
async def test_what_cannot_be_answered_is_told_as_every_problem_is(client, run_id, method, params, status, code):
    answer = await client.post(f"/pages/ask/{method}", json=params)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_run_is_repeated_in_one_of_three_ways(client, run_id):
    answer = await client.post("/pages/ask/run.rerun", json={"run_id": run_id, "tasks": "these"})
    assert answer.status_code == 422
    assert "'stale', 'all', 'failed'" in answer.json()["message"]


async def test_a_result_is_looked_through_and_what_makes_no_sense_for_it_is_told(client, run_id):
    about = {"run_id": run_id, "task": "항공편"}
    page = {"ask": "page", "view": {"filters": [{"column": 1, "operator": "contains", "value": "서울"}]}, "limit": 1}
    answer = await client.post("/pages/ask/result.answer", json={**about, **page})
    assert (answer.json()["total"], answer.json()["cells"]) == (2, [["0"], ["<b>서울</b>"]])
    page["view"] = {"filters": [{"column": 0, "operator": "between", "low": "많이"}]}
    answer = await client.post("/pages/ask/result.answer", json={**about, **page})
    assert (answer.status_code, answer.json()["code"]) == (422, "browse_request")
    assert "'많이'" in answer.json()["message"]


@pytest.mark.parametrize("path", sorted(served_files()))
async def test_the_pages_own_files_are_served_as_what_they_are(client, path):
    answer = await client.get(f"/pages/assets/{path}")
    assert answer.content == served_files()[path]
    kind = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}[path.rpartition(".")[2]]
    assert answer.headers["Content-Type"].startswith(kind)


@pytest.mark.parametrize(
    "path", ["asking.py", "pages/asking.py", "../pages/asking.py", "%2e%2e/asking.py", "", "pages/page"]
)
async def test_no_other_file_is_served(client, path):
    assert (await client.get(f"/pages/assets/{path}")).status_code == 404


async def test_the_pages_are_no_part_of_the_api(client):
    paths = (await client.get("/openapi.json")).json()["paths"]
    assert not [path for path in paths if path.startswith("/pages")]
    assert "pages/" in (await client.get("/")).json()["addresses"]


async def test_pages_are_told_of_changes_by_one_pulse_until_the_server_stops(workspace, client, run_id):
    changes = Changes(workspace, pace_s=0.001)
    first, second = changes.follow(), changes.follow()
    begin = [await anext(first), await anext(second)]
    assert changes.listeners == 2
    assert await anext(first) > begin[0], "the first pulse"
    await anext(second)
    await client.patch(f"/runs/{run_id}", json={"note": "새 글"})
    assert await anext(first) == await anext(second)
    changes.close()
    assert [count async for count in first] == [count async for count in second] == []
    assert changes.listeners == 0
