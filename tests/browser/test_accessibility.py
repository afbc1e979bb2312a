"""axe-core looks at what dpnb shows: it may find nothing serious."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

DEFINE = """
%load_ext dpnb
import time
from pathlib import Path
import dpnb
from dpnb import Orchestrator, TaskContext, task

dpnb.get_registry().clear()
gate = Path({gate!r})

@task(tags=["etl"])
def 적재() -> list[str]:
    print("loaded")
    return ["<b>", str(gate)]

@task(max_retries=1)
def slow(적재: list[str], context: TaskContext) -> int:
    context.progress(0.5, "half")
    while not gate.exists() and not context.cancelled:
        time.sleep(0.05)
    return len(적재) // 0

@task
def last(slow: int) -> int:
    return slow
"""
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}


@pytest.fixture
def look(page, require):
    """Give what has axe-core look at parts of the page, and returns what it found serious, with the elements."""
    require("axe_playwright_python")
    from axe_playwright_python.sync_playwright import Axe

    axe = Axe()

    def find(*parts: str) -> list[str]:
        for part in parts:
            page.locator(part).first.wait_for()
        found = axe.run(page, context={"include": [[part] for part in parts]}, options=RULES)
        return [
            f"{one['id']}: {one['help']}: {node['html'][:200]} {node.get('failureSummary', '')}"
            for one in found.response["violations"]
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"]
        ]

    return find


@pytest.fixture(params=["Light", "Dark"])
def theme(request, lab) -> Iterator[str]:
    """Have JupyterLab opened in a theme, and give its name."""
    settings = lab[1] / "settings" / "@jupyterlab" / "apputils-extension" / "themes.jupyterlab-settings"
    settings.write_text(json.dumps({"theme": f"JupyterLab {request.param}"}), "utf-8")
    yield request.param
    settings.unlink()


@pytest.fixture
def going(theme, open_notebook, run_all, page, tmp_path):
    """Give what a run waits for, in a notebook that shows a registry, a plan, an explanation, and the run's panel."""
    gate = tmp_path / "gate"
    plan = "plan = %plan --reuse\nplan"
    start = "run = Orchestrator(workers=1).start_pipeline(plan)\nrun"
    open_notebook(
        "axe.ipynb", DEFINE.format(gate=str(gate)), "dpnb.get_registry()", plan, "plan.explain('slow')", start
    )
    run_all()
    page.get_by_label("slow: running").first.wait_for()
    return gate


def test_nothing_serious_is_found_in_what_is_shown(theme, going, look, page, keep):
    panel = page.locator(".dpnb-run")
    panel.get_by_label("적재: succeeded").first.click()
    panel.get_by_text("Source as it ran").wait_for()
    keep(f"accessible_{theme}")
    assert look(".dpnb-run", ".dpnb-search", ".jp-OutputArea-output") == []
    panel.get_by_role("tab", name="Timeline").click()
    panel.locator(".bar").nth(1).wait_for()
    assert look(".dpnb-run") == []
    going.touch()
    page.locator(".jp-OutputArea img[alt*='1 failed']").first.wait_for()
    keep(f"accessible_afterwards_{theme}")
    assert look(".jp-OutputArea-output") == []


ENDED = """
@dpnb.task
def 항공편(연도: int = 2013, wide: bool = False) -> int:
    return 연도

plan = %plan 항공편
Orchestrator(workers=1).start_pipeline(plan).wait().watch()
"""


def test_nothing_serious_is_found_in_what_is_asked_before_a_rerun(theme, open_notebook, run_all, look, page, keep):
    open_notebook("axe_rerun.ipynb", "%load_ext dpnb\nimport dpnb\nfrom dpnb import Orchestrator", ENDED)
    run_all()
    page.get_by_role("button", name="Run again with other parameters").click()
    page.get_by_role("dialog", name="Run again").get_by_label("Chosen tasks").check()
    keep(f"accessible_rerun_{theme}")
    assert look(".dpnb-rerun") == []
    page.keyboard.press("Escape")
    page.get_by_role("dialog", name="Run again").wait_for(state="detached")


def test_what_is_wrong_would_be_found(page, look):
    page.set_content("<html lang='en'><body><main><img src='data:,' width='9'></main></body></html>")
    assert "image-alt" in look("main")[0]
