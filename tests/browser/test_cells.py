"""Tasks defined in cells, and the table of a registry, in JupyterLab."""

from __future__ import annotations

import pytest

from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

LOAD = "%load_ext dpnb\nimport dpnb\ndpnb.get_registry().clear()"
FLIGHTS = "%%task name=flights tags=etl params='year: int = 2013'\n[year, 60, 70]"
PLANES = "%%task name=항공기 tags=etl,daily\n['<b>747</b>']"
DELAYS = "%%task name=delays depends=flights\n[one for one in flights if one > 65]"


def test_the_table_of_a_registry_is_searched_and_stays_a_table(open_notebook, run_all, page, keep):
    open_notebook("cells.ipynb", LOAD, FLIGHTS, PLANES, DELAYS, "dpnb.get_registry()", "%plan delays")
    run_all()
    box = page.get_by_role("searchbox", name="Search the rows")
    box.wait_for()
    table = page.locator("table[data-dpnb-search]")
    keep("registry")
    box.fill("항공")
    page.get_by_text("1 of 3").wait_for()
    assert table.get_by_role("row").count() == 2  # its head too
    box.fill("")
    page.get_by_role("combobox", name="Tag").select_option("etl")
    page.get_by_text("2 of 3").wait_for()
    keep("registry_searched")


def test_notebook_7_shows_the_same(open_notebook, run_all, page, keep):
    open_notebook("cells7.ipynb", LOAD, FLIGHTS, PLANES, "dpnb.get_registry()", view="notebooks")
    run_all()
    page.get_by_role("searchbox", name="Search the rows").fill("항공")
    page.get_by_text("1 of 2").wait_for()
    keep("registry_in_notebook_7")


def test_a_page_that_is_loaded_again_searches_the_tables_that_were_shown_and_those_that_are_shown_anew(
    open_notebook, run_all, page, lab, keep
):
    path = open_notebook("again.ipynb", LOAD, FLIGHTS, PLANES, "dpnb.get_registry()")
    run_all()
    page.get_by_role("searchbox", name="Search the rows").wait_for()
    page.keyboard.press("Control+s")
    until(lambda: "data-dpnb-search" in path.read_text("utf-8"))
    page.goto(f"{lab[0]}/lab/tree/{path.name}")
    boxes = page.get_by_role("searchbox", name="Search the rows")
    boxes.fill("항공")
    page.get_by_text("1 of 2").wait_for()
    page.locator(".jp-Cell").last.click()
    page.keyboard.press("Control+Enter")
    page.get_by_text("1 of 2").wait_for(state="detached")
    boxes.fill("flights")
    page.get_by_text("1 of 2").wait_for()
    keep("registry_after_a_reload")


MANY = """
for number in range(260):
    @dpnb.task(name=f"task_{number}")
    def made() -> int:
        return 1
"""


def test_the_search_finds_tasks_that_are_too_many_to_be_shown(open_notebook, run_all, page, keep):
    open_notebook("many.ipynb", LOAD, MANY, "dpnb.get_registry()")
    run_all()
    box = page.get_by_role("searchbox", name="Search the rows")
    box.wait_for()
    rows = page.locator("table[data-dpnb-search] tbody tr:visible")
    assert rows.count() == 201  # the last says how many more there are
    box.fill("task_255")
    page.get_by_text("1 of 260").wait_for()
    assert page.get_by_role("cell", name="task_255", exact=True).is_visible()
    box.fill("")
    page.get_by_text("1 of 260").wait_for(state="detached")
    assert rows.count() == 201
