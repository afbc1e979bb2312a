"""A real JupyterLab, seen through a real browser; nothing beyond this machine may be asked for."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest

from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import BrowserContext, Page

BROWSER_FLAGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
)
IDLE = {"lab/tree": "text=| Idle", "notebooks": ".jp-Notebook-ExecutionIndicator[data-status='idle']"}
"""By view, what is there when the kernel is."""

SERVER_FLAGS = (
    "--no-browser",
    "--allow-root",
    "--ServerApp.ip=127.0.0.1",
    "--IdentityProvider.token=",
    "--ServerApp.password=",
    "--LabApp.news_url=",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
)


@pytest.fixture(scope="session")
def lab(require, tmp_path_factory) -> Iterator[tuple[str, Path]]:
    """Give the address of a JupyterLab and the folder that it shows."""
    require("jupyterlab")
    folder = tmp_path_factory.mktemp("lab")
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "DPNB_HOME": str(folder / ".dpnb"),
        "DPNB_STATE_HOME": str(folder / "state"),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
    }
    quiet = folder / "settings" / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    quiet.parent.mkdir(parents=True)
    quiet.write_text('{"fetchNews": "false"}', "utf-8")  # else it asks in front of what is to be seen
    command = [sys.executable, "-m", "jupyterlab", *SERVER_FLAGS, f"--port={port}", f"--notebook-dir={folder}"]
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(command, env={**os.environ, **settings}, stdout=log, stderr=subprocess.STDOUT)
    try:
        until(lambda: _answers(port), otherwise=lambda: (folder / "server.log").read_text("utf-8"))
        yield f"http://127.0.0.1:{port}", folder
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:  # it waits for a kernel that waits for its run
            server.kill()
            server.wait()


def _answers(port: int) -> bool:
    with closing(socket.socket()) as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")  # as long as it is open, its event loop runs in this thread, where others need theirs
def browser(require, tmp_path_factory) -> Iterator[BrowserContext]:
    require("playwright")
    chromium = require("chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("browser"),
            executable_path=chromium,
            args=list(BROWSER_FLAGS),
            viewport={"width": 1400, "height": 1000},
        )
        context.set_default_timeout(60_000)
        yield context
        context.close()


@pytest.fixture
def page(browser, lab) -> Iterator[Page]:
    """Give a page; the test fails if it asks for anything outside, or if a script of it raises."""
    opened = browser.new_page()
    outside: list[str] = []
    raised: list[str] = []
    home = lab[0].removeprefix("http://")
    allowed = (f"http://{home}", f"ws://{home}", "data:", "blob:")
    opened.on("request", lambda request: outside.extend([] if request.url.startswith(allowed) else [request.url]))
    opened.on("pageerror", lambda error: raised.extend([str(error)] if _is_ours(opened.url, error.stack or "") else []))
    yield opened
    opened.close()
    assert not outside
    assert not raised


def _is_ours(url: str, stack: str) -> bool:
    """Tell whether an error may come from dpnb; Notebook 7.6 raises some of its own as it starts, widgets are blobs."""
    return "/notebooks/" not in url or "blob:" in stack


@pytest.fixture
def open_notebook(lab, page) -> Callable[..., Path]:
    """Give what writes a notebook of some cells, opens it in JupyterLab, or in another view, and returns its file."""

    def write_and_open(name: str, *cells: str, view: str = "lab/tree") -> Path:
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        path: Path = lab[1] / name
        nbformat.write(notebook, path)
        page.goto(f"{lab[0]}/{view}/{name}?reset")
        page.locator(".jp-Notebook .jp-Cell").first.wait_for()
        page.locator(IDLE[view]).first.wait_for()
        return path

    return write_and_open


@pytest.fixture
def run_all(page) -> Callable[[], None]:
    """Give what runs all cells of the notebook that is open."""

    def choose() -> None:
        page.locator(".jp-Cell").first.click()  # menus act on the cell that has the focus
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()

    return choose


@pytest.fixture
def keep(page) -> Callable[[str], None]:
    """Give what keeps a picture of the page, for whoever changes a view to look at."""
    folder = Path(__file__).parents[2] / "build" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return lambda name: page.screenshot(path=folder / f"{name}.png") and None
