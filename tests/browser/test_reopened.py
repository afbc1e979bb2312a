"""What a notebook shows that was saved while its run went on, wherever it is opened then."""

from __future__ import annotations

import json

import nbformat
import pytest

from dpnb.notebook.page import html_page
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

DEFINE = """
import time
from pathlib import Path
import dpnb
from dpnb import Orchestrator, get_planner, task

dpnb.get_registry().clear()

@task
def 적재() -> int:
    return 1

@task
def slow(적재: int) -> int:
    while not Path({gate!r}).exists():
        time.sleep(0.05)
    return 적재
"""
START = "run = Orchestrator(workers=1).start_pipeline(get_planner().create_execution_plan())\nrun"
LAB_IDLE = "text=| Idle"
PICTURE = ".jp-OutputArea img[alt*='1 running']"


@pytest.fixture
def saved_midway(open_notebook, run_all, page, tmp_path):
    """Give the file of a notebook that was saved while its run waited, and whose kernel has been ended since."""
    renew = "import dpnb.notebook.panel.place as place; place.RENEW_S = place.RENEW_REST = 0.3"
    path = open_notebook("midway.ipynb", DEFINE.format(gate=str(tmp_path / "gate")), renew, START)
    run_all()
    page.get_by_label("slow: running").first.wait_for()
    page.locator(PICTURE).wait_for(state="attached")  # behind the panel
    page.locator(".jp-Cell").first.click()
    page.keyboard.press("Control+s")
    until(lambda: "1 running" in path.read_text("utf-8"))
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.get_by_role("menuitem", name="Shut Down Kernel", exact=True).click()
    page.get_by_text("No Kernel").first.wait_for()
    return path


def shows_the_picture(page) -> None:
    page.locator(PICTURE).wait_for()
    assert page.get_by_text("while the run was going").count()
    assert not page.get_by_text("model not found").count()
    assert not page.locator(".dpnb-run").count()


def test_it_shows_how_the_run_stood_in_every_front_end_trusted_or_not(saved_midway, page, lab, keep):
    for view, idle in (("lab/tree", LAB_IDLE), ("notebooks", ".jp-Notebook-ExecutionIndicator[data-status='idle']")):
        page.goto(f"{lab[0]}/{view}/{saved_midway.name}?reset")
        page.locator(idle).first.wait_for()  # by then, a model that is missing has been missed
        shows_the_picture(page)
        keep(f"reopened_in_{view.partition('/')[0]}")
    notebook = json.loads(saved_midway.read_text("utf-8"))
    notebook["cells"][0]["source"] = "1"  # signed no more
    other = saved_midway.with_name("from_elsewhere.ipynb")
    other.write_text(json.dumps(notebook), "utf-8")
    page.goto(f"{lab[0]}/lab/tree/{other.name}?reset")
    page.get_by_role("tab", name=other.name).wait_for()
    page.locator(LAB_IDLE).first.wait_for()
    shows_the_picture(page)
    keep("reopened_untrusted")


def test_its_html_shows_the_same_without_a_network(saved_midway, page):
    notebook = nbformat.read(saved_midway, as_version=4)
    page.goto(
        "about:blank"
    )  # what only gets other contents still has the panel, which would come in the picture's place
    page.set_content(html_page(notebook, title="midway", folder=saved_midway.parent))
    shows_the_picture(page)
