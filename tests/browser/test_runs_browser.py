"""The runs browser, in JupyterLab and as `dpnb serve` serves it: the same pages over two lines."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pandas as pd
import pytest
from fastapi import FastAPI

from dpnb import InlineExecutor, Orchestrator, TaskContext, TaskRegistry, Workspace, get_run, task
from dpnb.launch import schedule
from dpnb.planner import DAGBuilder, Planner
from dpnb.server import Access, Server, create_app
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

TOKEN = "a-token-of-the-tests"
RUN_THREE = """
import pandas as pd
import dpnb
from dpnb import InlineExecutor, Orchestrator, get_planner, get_registry, task

get_registry().clear()

@task(tags=["etl"])
def 항공편(year: int = 2013) -> pd.DataFrame:
    return pd.DataFrame({"연도": [year, year], "<b>": ["<script>document.title = 'taken'</script>", "b"]})

@task(tags=["report"])
def report(항공편: pd.DataFrame) -> int:
    return len(항공편)

for year in (2013, 2014, 2015):
    plan = get_planner().create_execution_plan(params={"year": year})
    run = Orchestrator(executor=InlineExecutor()).start_pipeline(plan).wait()
run.note("<i>the last</i>")
"""


def pipeline(registry: TaskRegistry, *, is_stricter: bool) -> None:
    registry.clear()

    @task(registry=registry, tags=["etl"])
    def 항공편(year: int = 2013) -> pd.DataFrame:
        print("<i>printed</i>")
        return pd.DataFrame({"delay": [5, 20, 40], "도시": ["<b>서울</b>", "b", "c"], "year": [year] * 3})

    if is_stricter:

        @task(registry=registry, tags=["report"])
        def late(항공편: pd.DataFrame, context: TaskContext) -> pd.DataFrame:
            return 항공편[항공편["delay"] > 30].assign(hours=1.0)

    else:

        @task(registry=registry, tags=["report"])
        def late(항공편: pd.DataFrame, context: TaskContext) -> pd.DataFrame:
            return 항공편[항공편["delay"] > 10]


@pytest.fixture
def workspace(home) -> Workspace:
    return Workspace(home, registry=TaskRegistry())


@pytest.fixture
def runs(workspace) -> list[str]:
    """Give the ids of two runs, between which a task's code and a parameter have changed."""
    started = []
    for year, is_stricter in ((2013, False), (2014, True)):
        pipeline(workspace.registry, is_stricter=is_stricter)
        plan = Planner(DAGBuilder(workspace.registry)).create_execution_plan(params={"year": year})
        orchestrator = Orchestrator(executor=InlineExecutor(), workspace=workspace)
        started.append(orchestrator.start_pipeline(plan).wait().run_id)
    return started


@pytest.fixture
def app(workspace) -> FastAPI:
    return create_app(workspace, access=Access(token=TOKEN), executor=InlineExecutor())


@pytest.fixture
def address(app) -> Iterator[str]:
    """Give the address that a server of the workspace would print."""
    server = Server(app, port=0)
    thread = threading.Thread(target=server.run)
    thread.start()
    yield f"{server.url}?token={TOKEN}"
    server.stop()
    thread.join(60)
    assert not thread.is_alive()


@pytest.fixture
def served(browser, address) -> Iterator[Page]:
    """Give a page on the server; the test fails if anything outside is asked for, or a script or the policy objects."""
    opened = browser.new_page()
    outside: list[str] = []
    wrong: list[str] = []
    own = (address.partition("?")[0], "data:")
    opened.on("request", lambda request: outside.extend([] if request.url.startswith(own) else [request.url]))
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    told = ("status of 422", "status of 404")  # what makes no sense, and what there is not, is told in the page
    opened.on(
        "console",
        lambda said: wrong.extend(
            [said.text] if said.type == "error" and not any(map(said.text.__contains__, told)) else []
        ),
    )
    opened.goto(address)
    yield opened
    opened.close()
    assert not outside
    assert not wrong


@pytest.fixture
def shoot():
    """Give what keeps a picture of a page, for whoever changes a view to look at."""
    folder = Path(__file__).parents[2] / "build" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return lambda page, name: page.screenshot(path=folder / f"{name}.png") and None


def test_the_served_pages_show_filter_open_and_compare_runs(runs, served, shoot):
    assert TOKEN not in served.url
    table = served.get_by_role("table", name="Runs")
    table.get_by_role("button", name="late").nth(1).wait_for()
    until(lambda: "kB" in table.inner_text())
    served.emulate_media(color_scheme="dark")
    shoot(served, "runs_served_dark")
    served.emulate_media(color_scheme="light")
    shoot(served, "runs_served")

    served.keyboard.press("/")
    served.keyboard.type("year=2013")
    served.get_by_text("1 run", exact=True).wait_for()
    served.get_by_role("searchbox").fill("tag:nothing-has-it")
    served.get_by_text("No run fits.").wait_for()
    shoot(served, "runs_none_fits")
    served.get_by_role("searchbox").fill("since:yesteryear")
    served.get_by_text("is no point in time").wait_for()
    served.keyboard.press("Escape")
    table.get_by_role("button", name="late").nth(1).wait_for()

    table.locator("tbody tr").first.focus()
    served.keyboard.press("Space")
    served.keyboard.press("ArrowDown")
    served.keyboard.press("Space")
    served.keyboard.press("c")
    compared = served.locator(".dpnb-compare")
    compared.get_by_role("table", name="Code of late").wait_for()
    assert compared.get_by_label("Run a").get_by_text(runs[0]).count()
    assert "2013" in compared.get_by_label("Parameters").inner_text()
    compared.get_by_role("button", name="Row by row").last.click()
    compared.get_by_text("1 row removed").wait_for()
    shoot(served, "runs_compared")
    served.keyboard.press("Escape")

    table.locator("tbody tr").first.focus()
    served.keyboard.press("Enter")
    served.get_by_label("항공편: succeeded").first.click()
    details = served.locator(".dpnb-details")
    details.get_by_text("<b>서울</b>").first.wait_for()
    shoot(served, "runs_one_served")
    with served.expect_download() as download:
        details.get_by_role("link", name="Download CSV").click()
    assert "<b>서울</b>" in Path(download.value.path()).read_text("utf-8")


def test_the_served_pages_rerun_note_pin_and_delete_a_run(runs, workspace, served, shoot):
    row = served.get_by_role("table", name="Runs").locator("tbody tr").first
    row.get_by_role("button", name="late").click()
    served.get_by_role("button", name="Add a note").click()
    served.get_by_role("dialog").get_by_label("Note").fill("<u>한글</u> note")
    served.keyboard.press("Enter")
    served.get_by_text("<u>한글</u> note").wait_for()
    served.get_by_role("button", name="Pin").click()
    until(lambda: get_run(runs[1], workspace).is_pinned)
    served.get_by_role("button", name="Rerun").click()
    served.get_by_role("button", name=runs[1]).wait_for()  # the new run's page names the one that it repeats
    assert len(workspace.runs()) == 3
    newest = workspace.runs()["run_id"][0]
    served.get_by_role("button", name="Delete …").click()
    served.get_by_role("dialog").get_by_text(newest).wait_for()
    shoot(served, "runs_delete")
    served.keyboard.press("Escape")
    assert len(workspace.runs()) == 3
    served.get_by_role("button", name="Delete …").click()
    served.get_by_role("button", name="Delete the run").click()
    served.get_by_role("table", name="Runs").wait_for()
    assert newest not in set(workspace.runs()["run_id"])


ROWS = 10_000


@pytest.fixture
def long_run(workspace) -> str:
    """Give the id of a run with a table of 10,000 rows, and a tree."""

    @task(registry=workspace.registry)
    def 항공편() -> pd.DataFrame:
        cities = ["<b>서울</b>", "<script>document.title = 'taken'</script>", "부산", None]
        delays = [(row * 7919) % ROWS for row in range(ROWS)]
        return pd.DataFrame({"지연": delays, "도시 <i>": [cities[row % 4] for row in range(ROWS)], "share": 0.5})

    @task(registry=workspace.registry)
    def model(항공편: pd.DataFrame) -> dict[str, object]:
        return {"<u>weights</u>": [1, 2], "표": 항공편.head(3)}

    plan = Planner(DAGBuilder(workspace.registry)).create_execution_plan()
    return Orchestrator(executor=InlineExecutor(), workspace=workspace).start_pipeline(plan).wait().run_id


def test_the_served_pages_browse_all_rows_of_a_result(long_run, served, shoot):
    served.get_by_role("table", name="Runs").get_by_role("button", name="model").click()
    served.get_by_label("항공편: succeeded").first.click()
    served.get_by_role("button", name="Browse all rows").click()
    grid = served.get_by_role("grid")
    grid.get_by_text("<b>서울</b>", exact=True).first.wait_for()
    assert served.url.endswith(f"#/runs/{long_run}/browse/%ED%95%AD%EA%B3%B5%ED%8E%B8")
    served.get_by_text("10,000 rows × 3 columns").wait_for()
    grid.locator(".range").nth(2).wait_for()
    shoot(served, "result_served")

    by_delay = grid.get_by_role("button", name="지연", exact=True)
    by_delay.click()
    grid.locator("th[aria-sort=ascending]").wait_for()
    by_delay.click()
    until(lambda: grid.locator("[data-cell='0,0']").inner_text() == str(ROWS - 1))
    grid.get_by_label("Filter 지연").click()
    typed = served.get_by_role("form", name="Filter 지연").get_by_label("At least")
    typed.fill("<i>many")
    served.keyboard.press("Enter")
    served.get_by_text("'<i>many' cannot be browsed by: it is no value of a column of type int64.").wait_for()
    assert typed.input_value() == "<i>many", "what was typed can be put right"
    typed.fill("0")
    served.keyboard.press("Enter")
    typed.wait_for(state="hidden")
    served.get_by_label("Remove filter: 지연 ≥ 0").click()
    grid.get_by_label("Filter 도시 <i>").click()
    line = served.get_by_role("form", name="Filter 도시 <i>")
    line.get_by_label("How to filter").select_option("contains")
    line.get_by_label("Value").fill("<script>")
    served.keyboard.press("Enter")
    served.get_by_text("2,500 of 10,000 rows").wait_for()
    grid.locator("[data-cell='0,0']").click()
    served.keyboard.press("Control+End")
    last = grid.locator("[data-cell='2499,0']")
    until(lambda: last.count() and last.inner_text() == str(min((row * 7919) % ROWS for row in range(1, ROWS, 4))))
    shoot(served, "result_served_sorted")
    assert served.title() != "taken"

    served.keyboard.press("Control+Home")
    until(lambda: grid.locator("[data-cell='0,1']").inner_text().startswith("<script>"))
    grid.locator("[data-cell='0,1']").dblclick()
    detail = served.locator(".dpnb-browser .detail")
    detail.get_by_text("document.title = 'taken'").wait_for()
    served.keyboard.press("Escape")
    detail.wait_for(state="hidden")
    assert grid.is_visible(), "Esc closes one thing at a time"
    served.keyboard.press("Escape")
    served.locator(".dpnb-run").wait_for()
    assert served.url.endswith(f"#/runs/{long_run}")


def test_the_served_pages_show_pictures_and_a_stream_while_it_grows(workspace, served, tmp_path, shoot, axe):
    gate = str(tmp_path / "문")

    @task(registry=workspace.registry)
    def 그림():
        from matplotlib.figure import Figure

        figure = Figure()
        figure.add_subplot().plot([1, 3, 2])
        return {"<b>figure</b>": figure, "표": pd.DataFrame({"n": [1]})}

    @task(registry=workspace.registry, stream_output=True)
    def chunks(context: TaskContext):
        import time
        from pathlib import Path

        yield pd.DataFrame({"지연": [3, 1]})
        while not Path(gate).exists() and not context.cancelled:
            time.sleep(0.01)
        yield pd.DataFrame({"지연": [2]})

    plan = Planner(DAGBuilder(workspace.registry)).create_execution_plan()
    run = Orchestrator(workers=1, workspace=workspace).start_pipeline(plan)
    until(lambda: "chunks" in set(run.results["task"]))
    pages = served.url.partition("#")[0]
    served.goto(f"{pages}#/runs/{run.run_id}")
    served.get_by_label("chunks: running").first.click()
    served.get_by_role("button", name="Browse what has come").click()
    served.get_by_text("2 rows × 1 column").wait_for()
    shoot(served, "result_growing_served")
    served.get_by_role("searchbox", name="Search columns").fill("지")
    served.locator("th button.name").get_by_text("지연").click()
    served.locator(".chip.order").get_by_text("▲ 지연").wait_for()
    Path(gate).touch()
    run.wait(60)
    served.get_by_role("button", name="Show what has come since").click()
    served.get_by_text("3 rows × 1 column").wait_for()
    served.locator(".chip.order").get_by_text("▲ 지연").wait_for()
    assert served.get_by_role("searchbox", name="Search columns").input_value() == "지"
    served.get_by_text("This stream still grows.").wait_for(state="hidden")
    served.goto(f"{pages}#/runs/{run.run_id}/browse/%EA%B7%B8%EB%A6%BC")
    served.locator(".fold").get_by_text("<b>figure</b>").click()
    picture = served.get_by_role("img", name="'<b>figure</b>'")
    until(lambda: picture.evaluate("one => one.naturalWidth") == 640)
    served.locator(".fold").get_by_text("'표'").click()
    served.get_by_role("button", name="Copy as code").click()
    code = served.locator(".detail pre").inner_text()
    assert f'frame = get_run("{run.run_id}")["그림"]["표"]' in code
    shoot(served, "result_picture_served")
    assert axe(served) == []


def test_a_result_stays_open_while_any_page_shows_it_and_no_longer(long_run, browser, app, address, served):
    results = app.state.dpnb.pages._results._open
    other = browser.new_page()
    for page in (served, other):
        page.goto(f"{address.partition('?')[0]}pages/#/runs/{long_run}/browse/model")
        page.locator(".fold").first.wait_for()
    (key,) = results._open
    until(lambda: len(results._open[key].viewers) == 2)
    other.goto("about:blank")
    until(lambda: len(results._open[key].viewers) == 1)
    served.locator(".fold").get_by_text("'표'").click()
    served.get_by_role("grid").get_by_text("<b>서울</b>", exact=True).wait_for()
    served.keyboard.press("Escape")
    until(lambda: not len(results))
    other.go_back()
    other.locator(".fold").get_by_text("'표'").click()
    other.get_by_role("grid").wait_for()
    other.close()
    until(lambda: not len(results))


def test_the_served_pages_open_a_result_by_its_address_as_a_tree_or_tell_why_not(long_run, served, shoot):
    pages = f"{served.url.partition('#')[0]}#/runs/{long_run}/browse/"
    served.goto(f"{pages}model")
    served.locator(".key").get_by_text("'<u>weights</u>'").wait_for()
    served.locator(".fold").get_by_text("'표'").click()
    served.get_by_role("grid").get_by_text("<b>서울</b>", exact=True).wait_for()
    shoot(served, "result_tree_served")
    served.get_by_role("button", name="Back to the run").click()
    served.locator(".dpnb-run").wait_for()
    served.goto(f"{pages}%3Cb%3Egone%3C%2Fb%3E")
    served.get_by_text("This result cannot be shown.").wait_for()
    served.get_by_role("heading", name="<b>gone</b>").wait_for()
    shoot(served, "result_gone_served")


def test_the_served_pages_follow_what_happens_elsewhere(runs, workspace, served):
    table = served.get_by_role("table", name="Runs")
    table.locator("tbody tr").nth(1).wait_for()
    get_run(runs[0], workspace).rerun("all", workers=1).wait(120)
    table.locator("tbody tr").nth(2).wait_for()


def test_the_served_pages_look_after_schedules_and_the_disk(runs, workspace, served, shoot):
    plan = Planner(DAGBuilder(workspace.registry)).create_execution_plan()
    schedule(plan, cron="0 9 * * *", zone="Asia/Seoul", name="매일 <b>", workspace=workspace, serve=False)
    served.get_by_role("button", name="Schedules").click()
    served.get_by_text("매일 <b>").first.wait_for()
    served.get_by_role("button", name="Pause").click()
    served.get_by_text("when it is resumed").wait_for()
    served.get_by_role("button", name="Resume").click()
    served.get_by_role("button", name="Fire now …").click()
    served.get_by_role("dialog").get_by_role("button", name="Fire now").click()
    served.get_by_role("table", name="Latest fires").get_by_text("pending").wait_for()
    shoot(served, "runs_schedules")
    served.get_by_role("button", name="Disk").click()
    served.get_by_text("in 2 runs, each file counted once").wait_for()
    served.get_by_label("How many of the newest").fill("0")
    served.get_by_role("button", name="Look what would go").click()
    served.get_by_role("dialog").get_by_text(runs[0]).wait_for()
    shoot(served, "runs_disk")
    served.get_by_role("button", name="Delete 1 run").click()
    served.get_by_text("in 1 run, each file counted once").wait_for()


def test_the_served_pages_cancel_and_resume_a_run_that_goes(workspace, served, tmp_path, shoot):
    gate = str(tmp_path / "문")

    @task(registry=workspace.registry)
    def waits(context: TaskContext) -> int:
        import time
        from pathlib import Path

        while not Path(gate).exists() and not context.cancelled:
            time.sleep(0.01)
        return 1 if Path(gate).exists() else 1 // 0

    plan = Planner(DAGBuilder(workspace.registry)).create_execution_plan()
    run = Orchestrator(workers=1, workspace=workspace).start_pipeline(plan)
    served.get_by_role("button", name="running: 1 run").wait_for()
    served.get_by_role("table", name="Runs").get_by_role("button", name="waits").click()
    panel = served.locator(".dpnb-run")
    panel.get_by_label("waits: running").first.wait_for()
    shoot(served, "runs_one_going")
    panel.get_by_role("button", name="Cancel").click()
    panel.get_by_text("■ cancelled").wait_for()
    assert run.wait(60).status == "cancelled"
    Path(gate).touch()
    panel.get_by_role("button", name="Resume").click()
    panel.get_by_text("✓ succeeded").wait_for()
    assert run["waits"] == 1


@pytest.fixture
def axe(require):
    """Give what tells the serious accessibility errors of a page."""
    require("axe_playwright_python")
    from axe_playwright_python.sync_playwright import Axe

    def look(page: Page) -> list[str]:
        found = Axe().run(page).response["violations"]
        return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found if one["impact"] in ("serious", "critical")]

    return look


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_any_page(runs, workspace, served, axe, scheme):
    def look() -> object:
        return axe(served)

    served.emulate_media(color_scheme=scheme)
    table = served.get_by_role("table", name="Runs")
    table.get_by_label("Choose").first.check()
    assert look() == []
    table.get_by_role("button", name="late").first.click()
    served.get_by_label("항공편: succeeded").first.click()
    served.get_by_role("link", name="Download CSV").wait_for()
    assert look() == []
    served.get_by_role("button", name="Browse all rows").click()
    served.get_by_role("grid").locator(".range").first.wait_for()
    assert look() == []
    served.keyboard.press("Escape")
    served.get_by_role("button", name="Compare with the run before").click()
    served.get_by_role("button", name="Row by row").last.click()
    served.get_by_text("1 row removed").wait_for()
    assert look() == []
    plan = Planner(DAGBuilder(workspace.registry)).create_execution_plan()
    schedule(plan, every="1h", name="hourly", workspace=workspace, serve=False).fire()
    served.get_by_role("button", name="Schedules").click()
    served.get_by_role("table", name="Latest fires").wait_for()
    assert look() == []
    served.get_by_role("button", name="Disk").click()
    served.get_by_label("How many of the newest").fill("0")
    served.get_by_role("button", name="Look what would go").click()
    served.get_by_role("dialog").wait_for()
    assert look() == []


def test_a_stranger_is_asked_for_the_token(browser, address, shoot):
    stranger = browser.new_page()
    stranger.context.clear_cookies()
    stranger.goto(address.partition("?")[0])
    stranger.get_by_label("Token").fill(TOKEN)
    shoot(stranger, "runs_sign_in")
    stranger.get_by_role("button", name="Sign in").click()
    stranger.get_by_text("There is no run yet.").wait_for()
    assert TOKEN not in stranger.url
    shoot(stranger, "runs_empty")
    stranger.close()


def test_lab_shows_all_runs_and_leaves_a_table_when_the_kernel_ends(open_notebook, run_all, page, shoot):
    path = open_notebook("runs.ipynb", RUN_THREE, "dpnb.ui()", "import time; time.sleep(3)")
    run_all()
    pages = page.locator(".dpnb-pages")
    table = pages.get_by_role("table", name="Runs")
    table.get_by_text("<i>the last</i>").wait_for()
    until(lambda: "kB" in table.inner_text())
    shoot(page, "runs_in_lab")
    page.keyboard.press("Control+s")
    until(lambda: set(_output(path)) == {"text/html", "text/plain"})  # what is saved meanwhile needs no kernel
    pages.get_by_role("button", name="report").nth(1).click()
    pages.get_by_label("항공편: succeeded").first.click()
    pages.get_by_text("<script>document.title = 'taken'</script>").first.wait_for()
    assert page.title() != "taken"
    shoot(page, "runs_one_in_lab")
    pages.get_by_role("button", name="Browse all rows").click()
    value = pages.get_by_role("grid").locator("[data-cell='0,1']")
    until(lambda: value.count() and value.inner_text() == "<script>document.title = 'taken'</script>")
    shoot(page, "result_in_lab")
    page.keyboard.press("Escape")
    pages.locator(".dpnb-run").wait_for()
    pages.get_by_role("button", name="Compare with the run before").click()
    pages.get_by_text("Two runs side by side").wait_for()
    pages.get_by_label("Parameters").get_by_text("2014").wait_for()

    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.get_by_role("menuitem", name="Shut Down Kernel", exact=True).click()
    pages.wait_for(state="detached")
    page.locator(".jp-OutputArea-output").get_by_text(
        "<i>the last</i>"
    ).first.wait_for()  # others' runs may be there too
    page.keyboard.press("Control+s")
    until(lambda: "data-dpnb-place" not in _output(path).get("text/html", "data-dpnb-place"))
    assert "succeeded" in _output(path)["text/plain"]
    shoot(page, "runs_left_in_lab")


def _output(path):
    """Return what the saved file shows below its second cell; nothing while it is being written."""
    try:
        outputs = nbformat.read(path, as_version=4).cells[1].outputs
    except nbformat.reader.NotJSONError:
        return {}
    return outputs[0].data if outputs else {}
