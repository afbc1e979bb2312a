"""Results in JupyterLab: a large table page by page, a tree, and what is left of them without a kernel."""

from __future__ import annotations

import re

import nbformat
import pytest

from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

EDGES = "import numpy as np, pandas as pd\nfrom dpnb import browse\nWIDE = np.arange(3000.0).reshape(3, 1000)"
DARK = """() => {
    document.documentElement.style.setProperty("--jp-layout-color1", "#111");
    document.documentElement.style.setProperty("--jp-content-font-color1", "#eee");
    document.documentElement.style.colorScheme = "dark";
}"""
DEFINE = """
import dataclasses
import numpy as np
import pandas as pd
from dpnb import InlineExecutor, Orchestrator, browse, get_planner, get_registry, task

get_registry().clear()
ROWS = 2_000_000
SCRIPT = "<script>document.title = 'taken'</script>"

@task
def 항공편() -> pd.DataFrame:
    random = np.random.default_rng(1)
    delay = random.normal(5, 40, ROWS).round(1)
    delay[::50] = np.nan
    return pd.DataFrame({
        "flight": np.arange(ROWS),
        "carrier": pd.Categorical.from_codes(random.choice(4, ROWS, p=[.5, .3, .15, .05]), ["UA", "B6", "EV", "DL"]),
        "지연": delay,
        "tailnum": pd.array(np.char.add("N", random.integers(10000, 99999, ROWS).astype(str)), dtype="str"),
        "scheduled": pd.date_range("2013-01-01", periods=ROWS, freq="15s", tz="America/New_York"),
        "<b>note</b>": pd.array(np.where(random.random(ROWS) < .01, SCRIPT, "on time"), dtype="str"),
        **{f"measure {n}": random.random(ROWS, dtype="float32") for n in range(12)},
    })

@dataclasses.dataclass
class Model:
    weights: np.ndarray
    names: dict

@task
def model(항공편: pd.DataFrame) -> dict:
    return {"모델": Model(np.arange(250.0), {"<i>a</i>": list(range(200))}), "frame": 항공편.head(40)}

run = Orchestrator(executor=InlineExecutor()).start_pipeline(get_planner().create_execution_plan()).wait()
"""


@pytest.fixture
def opened(open_notebook, run_all, page):
    path = open_notebook("browse.ipynb", DEFINE, 'browse(run, "항공편")', 'run.browse("model")')
    run_all()
    page.locator(".dpnb-browser .grid td[data-cell]").first.wait_for()
    return path


def test_a_large_result_is_paged_sorted_filtered_and_copied_as_code(opened, page, keep):
    table = page.locator(".dpnb-browser").first
    table.get_by_text("2,000,000 rows × 18 columns").wait_for()
    table.locator("th", has_text="지연").get_by_text("2.0 % missing").wait_for()
    table.locator("th", has_text="carrier").locator("svg.bars").wait_for()
    table.locator("td[data-cell]", has_text="2013-01-01").first.wait_for()
    page.locator(".jp-Cell").nth(2).scroll_into_view_if_needed()
    keep("browse_table")

    table.get_by_role("button", name="지연", exact=True).click()
    page.locator("th[aria-sort='ascending']").wait_for()
    page.locator("th[aria-sort='ascending'] button.name").click()
    page.locator("th[aria-sort='descending']").wait_for()
    table.get_by_role("button", name="Filter carrier").click()
    table.get_by_label("How to filter").select_option("equals")
    table.get_by_label("Value", exact=True).fill("DL")
    table.get_by_role("button", name="Filter", exact=True).click()
    table.get_by_text(re.compile(r"of 2,000,000 rows")).wait_for()
    until(lambda: set(table.locator("td.kind-category").all_inner_texts()) == {"DL"})
    keep("browse_filtered")
    table.get_by_role("button", name="Copy as code").click()
    code = table.locator(".detail pre").inner_text()
    assert '["항공편"]\nview = frame[frame["carrier"] == "DL"]' in code
    assert 'sort_values("지연", ascending=False, kind="stable")' in code
    keep("browse_code")
    page.keyboard.press("Escape")

    table.get_by_role("button", name="Clear all").click()
    table.get_by_text("2,000,000 rows × 18 columns").wait_for()
    table.locator("td[data-cell='0,0']").click()
    page.keyboard.press("Control+End")
    table.locator("td[data-cell='1999999,17']:focus").wait_for()
    until(lambda: table.locator("th.number").last.inner_text() == "1,999,999")
    assert page.title() != "taken"
    table.get_by_label("Search columns").fill("measure 1")
    table.get_by_text("3 of 18 columns").wait_for()
    page.evaluate(DARK)
    keep("browse_dark")


def test_a_tree_opens_level_by_level_down_to_a_table(opened, page, keep):
    tree = page.locator(".dpnb-browser").nth(1)
    tree.get_by_role("button", name="'모델'").click()
    tree.get_by_role("button", name="weights").click()
    tree.get_by_text("250 rows × 1 column").wait_for()
    tree.get_by_role("button", name="weights").click()
    tree.get_by_role("button", name="names").click()
    tree.get_by_role("button", name="'<i>a</i>'").click()
    tree.get_by_role("button", name="100 more").click()
    tree.get_by_text("[199]").wait_for()
    tree.get_by_role("button", name="'<i>a</i>'").click()
    tree.get_by_role("button", name="'frame'").click()
    tree.get_by_text("40 rows × 18 columns").wait_for()
    tree.scroll_into_view_if_needed()
    keep("browse_tree")


def test_tables_without_rows_without_columns_and_with_a_thousand(open_notebook, run_all, page, keep):
    cells = [f"browse({value})" for value in ("pd.DataFrame({'빈': []})", "pd.DataFrame()", "pd.DataFrame(WIDE)")]
    open_notebook("edges.ipynb", EDGES, *cells)
    run_all()
    tables = page.locator(".dpnb-browser")
    tables.nth(0).get_by_text("There are no rows.").wait_for()
    tables.nth(1).get_by_text("There are no columns.").wait_for()
    wide = tables.nth(2)
    wide.get_by_text("3 rows × 1,000 columns").wait_for()
    wide.locator("td[data-cell='0,0']").click()
    page.keyboard.press("End")
    wide.locator("td[data-cell='0,999']:focus", has_text="999").wait_for()
    assert wide.locator("th[scope='col']").count() < 30
    page.keyboard.press("Enter")
    wide.locator(".detail pre", has_text="999").wait_for()
    keep("browse_edges")
    page.keyboard.press("Escape")
    wide.locator("td[data-cell='0,999']:focus").wait_for()


def test_the_saved_notebook_holds_the_first_rows_and_nothing_that_needs_a_kernel(opened, page, lab, keep):
    page.keyboard.press("Control+s")
    until(lambda: _outputs(opened))
    (output,) = _outputs(opened)
    assert set(output.data) == {"text/html", "text/plain"}
    page.goto(f"{lab[0]}/lab/tree/browse.ipynb?reset")
    page.locator(".dpnb-browser .grid td[data-cell]").first.wait_for()  # the kernel goes on: alive again
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.get_by_role("menuitem", name="Restart Kernel…").click()
    page.get_by_role("dialog").get_by_label("Confirm Kernel Restart").click()
    page.get_by_text("The kernel has gone").first.wait_for()
    page.get_by_text("| Idle").first.wait_for()
    page.goto(f"{lab[0]}/lab/tree/browse.ipynb?reset")
    page.locator("dpnb-browser table").first.wait_for()
    assert not page.locator(".dpnb-browser").count()
    assert not page.get_by_text("Error displaying widget").count()
    keep("browse_without_kernel")


def _outputs(path):
    """Return what the saved file shows below its second cell; nothing while it is being written."""
    try:
        return nbformat.read(path, as_version=4).cells[1].outputs
    except nbformat.reader.NotJSONError:
        return []
