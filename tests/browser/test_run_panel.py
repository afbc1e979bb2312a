"""A run's panel in JupyterLab: alive while the run goes, a true picture afterwards."""

from __future__ import annotations

import re

import nbformat
import pytest

from dpnb import Workspace, get_run
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

DEFINE = """
import time
from pathlib import Path
from dpnb import Orchestrator, TaskContext, get_planner, get_registry, task

get_registry().clear()
gate = Path({gate!r})

@task
def 적재() -> list[str]:
    print("loaded")
    return ["<script>document.title = 'taken'</script>"]

@task
def slow(적재: list[str], context: TaskContext) -> int:
    context.progress(0.5, "half")
    print("waiting")
    while not gate.exists() and not context.cancelled:
        time.sleep(0.05)
    return len(적재)

@task
def last(slow: int) -> int:
    return slow
"""
MANY = """
for number in range(300):
    exec(f"@task\\ndef part_{number}() -> int:\\n    return {number}")
"""
START = "run = Orchestrator(workers=1).start_pipeline(get_planner().create_execution_plan())\nrun"


@pytest.fixture
def gate(tmp_path):
    return tmp_path / "gate"


@pytest.fixture
def going(open_notebook, run_all, gate, page):
    """Give the file of a notebook whose run waits in its second task."""
    path = open_notebook("panel.ipynb", DEFINE.format(gate=str(gate)), START)
    run_all()
    page.get_by_label("slow: running").first.wait_for()
    return path


def test_it_lives_while_the_run_goes_and_leaves_a_picture_that_needs_no_kernel(going, gate, page, keep):
    panel = page.locator(".dpnb-run")
    assert panel.get_by_label("적재: succeeded").count()
    assert panel.get_by_label("last: pending").count()
    drawn = panel.locator(".dpnb-stage svg").element_handle()
    panel.get_by_label(re.compile("slow: running · 50 % · .* · half")).first.wait_for()
    panel.get_by_label("적재: succeeded").first.click()
    details = panel.locator(".dpnb-details")
    details.get_by_text("Source as it ran").wait_for()
    assert "<script>" in details.inner_text()
    assert page.title() != "taken"
    keep("run_panel_details")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    details.get_by_text("waiting").first.wait_for()  # its log, while it runs
    page.keyboard.press("Escape")
    details.wait_for(state="hidden")
    panel.get_by_role("tab", name="Timeline").click()
    panel.locator(".bar").nth(1).wait_for()
    keep("run_panel_timeline")
    assert panel.locator(".dpnb-stage svg").element_handle().evaluate("(svg, same) => svg === same", drawn)

    gate.touch()
    panel.wait_for(state="detached")
    page.locator(".jp-OutputArea img[alt*='3 succeeded']").first.wait_for()
    keep("run_panel_afterwards")
    page.keyboard.press("Control+s")
    until(lambda: _outputs(going))
    (output,) = _outputs(going)
    assert {"text/html", "text/plain", "image/svg+xml"} == set(output.data)


def test_cancel_ends_the_run_once(going, page):
    page.locator(".dpnb-run").get_by_role("button", name="Cancel").click()
    page.locator(".jp-OutputArea img[alt*='cancelled']").first.wait_for()


def test_a_page_that_is_loaded_again_shows_how_the_run_stands_and_keeps_that_when_the_kernel_goes(
    going, page, lab, keep
):
    page.keyboard.press("Control+s")
    until(lambda: _outputs(going))
    page.goto(f"{lab[0]}/lab/tree/panel.ipynb")
    panel = page.locator(".dpnb-run")
    panel.get_by_label("slow: running").first.wait_for()
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.get_by_role("menuitem", name="Restart Kernel…").click()  # its shortcut belongs to its name
    page.get_by_role("dialog").get_by_label("Confirm Kernel Restart").click()
    panel.get_by_text("The kernel has gone").wait_for()
    assert panel.get_by_role("button", name="Cancel").is_disabled()
    assert panel.get_by_label("slow: running").count()
    page.get_by_text("| Idle").first.wait_for()  # a server cannot be ended while it restarts a kernel
    keep("run_panel_kernel_gone")


def test_a_page_that_was_loaded_while_the_run_went_shows_and_saves_its_end(going, gate, page, lab, keep):
    page.keyboard.press("Control+s")
    until(lambda: _outputs(going))
    page.goto(f"{lab[0]}/lab/tree/panel.ipynb")
    panel = page.locator(".dpnb-run")
    panel.get_by_label("slow: running").first.wait_for()
    gate.touch()
    panel.wait_for(state="detached")
    page.locator(".jp-OutputArea img[alt*='3 succeeded']").first.wait_for()
    keep("run_panel_afterwards_on_a_page_loaded_meanwhile")
    page.keyboard.press("Control+s")
    until(lambda: "3 succeeded" in str(_outputs(going)))
    assert "data-dpnb-place" not in str(_outputs(going))


def test_a_notebook_that_was_closed_while_the_run_went_shows_its_end_when_it_is_opened_again(
    going, gate, page, lab, keep
):
    page.keyboard.press("Control+s")
    until(lambda: _outputs(going))
    page.goto(f"{lab[0]}/lab?reset")
    page.get_by_role("menuitem", name="File", exact=True).wait_for()
    gate.touch()
    until(lambda: get_run("latest", Workspace(lab[1] / ".dpnb")).status.is_terminal)
    for view in ("notebooks", "lab/tree"):
        page.goto(f"{lab[0]}/{view}/panel.ipynb")
        page.locator(".jp-OutputArea img[alt*='3 succeeded']").first.wait_for()
        keep(f"run_panel_opened_again_in_{view.partition('/')[0]}")


def test_the_panel_of_an_ended_run_offers_nothing_that_a_kernel_that_went_cannot_do(going, gate, page):
    gate.touch()
    page.locator(".jp-OutputArea img[alt*='3 succeeded']").first.wait_for()
    page.locator(".jp-Cell").last.click()
    page.keyboard.press("b")  # a cell below
    page.keyboard.press("Enter")
    page.keyboard.type("run.watch()")
    page.keyboard.press("Control+Enter")
    panel = page.locator(".dpnb-run")
    again = panel.get_by_role("button", name="Rerun")
    again.wait_for()
    assert again.is_enabled()
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.get_by_role("menuitem", name="Restart Kernel…").click()
    page.get_by_role("dialog").get_by_label("Confirm Kernel Restart").click()
    panel.get_by_text("The kernel has gone").wait_for()
    assert again.is_disabled()
    page.get_by_text("| Idle").first.wait_for()


RERUN = """
from dpnb import Orchestrator, get_planner, get_registry, task

get_registry().clear()

@task
def 적재(연도: int = 2013, origin: str = "<b>EWR</b>") -> str:
    return f"{연도} {origin}"

@task
def last(적재: str) -> str:
    return 적재
"""
ENDED = START.replace("\nrun", "\nrun.wait().watch()")
LATER = "import dpnb; dpnb.runs().params.tolist()[0], run.rerun().wait().watch()"


def test_a_rerun_is_given_other_parameters_and_says_where_nothing_was_stale(open_notebook, run_all, page, keep):
    open_notebook("rerun.ipynb", RERUN, ENDED)
    run_all()
    panel = page.locator(".dpnb-run").first
    panel.get_by_role("button", name="Run again with other parameters").click()
    form = page.get_by_role("dialog", name="Run again")
    form.get_by_label("연도").fill("many")
    keep("rerun_form")
    form.get_by_role("button", name="Run", exact=True).click()
    form.get_by_role("alert").get_by_text("'연도' cannot be 'many': it is a whole number (int)").wait_for()
    form.get_by_label("연도").fill("2014")
    form.get_by_label("Chosen tasks").check()
    form.get_by_label("Tasks to run").select_option(label="적재")
    keep("rerun_form_chosen")
    form.get_by_role("button", name="Run", exact=True).click()
    form.wait_for(state="detached")
    page.locator(".jp-OutputArea img[alt*='2 succeeded']").nth(1).wait_for()
    page.locator(".jp-Cell").last.click()
    page.keyboard.press("b")
    page.keyboard.press("Enter")
    page.keyboard.type(LATER)
    page.keyboard.press("Control+Enter")
    page.locator(".dpnb-run").get_by_text("nothing was stale or failed: 2 results reused").wait_for()
    page.get_by_text("({'연도': 2014}").wait_for()
    keep("rerun_with_nothing_stale")


def test_a_large_dag_is_drawn_in_its_colours_and_tells_what_can_be_read_once_one_looks_closer(
    open_notebook, run_all, gate, page, keep
):
    open_notebook("large.ipynb", DEFINE.format(gate=str(gate)) + MANY, START.replace("workers=1", "workers=2"))
    run_all()
    panel = page.locator(".dpnb-run")
    card = panel.get_by_label("part_299: succeeded")
    card.first.wait_for()
    assert not card.locator(".name").is_visible()
    keep("run_panel_large")
    panel.get_by_role("searchbox", name="Search tasks").fill("part_299")
    for _ in range(8):
        panel.get_by_role("button", name="Zoom in").click()
    panel.get_by_role("searchbox", name="Search tasks").press("Enter")
    card.get_by_text("succeeded", exact=True).wait_for()
    assert card.locator("use").get_attribute("href") == "#i-succeeded"
    keep("run_panel_large_near")
    gate.touch()
    panel.wait_for(state="detached")


def test_notebook_7_shows_the_panel_and_the_picture_of_the_end(open_notebook, run_all, gate, page, keep):
    open_notebook("panel7.ipynb", DEFINE.format(gate=str(gate)), START, view="notebooks")
    run_all()
    panel = page.locator(".dpnb-run")
    panel.get_by_label("slow: running").first.wait_for()
    panel.get_by_label("적재: succeeded").first.click()
    panel.get_by_text("Source as it ran").wait_for()
    keep("run_panel_in_notebook_7")
    gate.touch()
    panel.wait_for(state="detached")
    page.locator(".jp-OutputArea img[alt*='3 succeeded']").first.wait_for()
    keep("run_panel_in_notebook_7_afterwards")


def _outputs(path):
    """Return what the saved file shows below its last cell; nothing while it is being written."""
    try:
        return nbformat.read(path, as_version=4).cells[-1].outputs
    except nbformat.reader.NotJSONError:
        return []
