"""The live panel of a run of 1,000 tasks: what it costs the kernel, and how long a page takes to colour all of it anew.

A look is what the panel's thread does at most ten times a second: it takes in what was said, and tells the page. At
5 ms it is 5 % of a core, and the thread rests thirty times as long as it has worked, whatever a look costs.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from dpnb import InlineExecutor, Orchestrator, TaskRegistry, Workspace, task
from dpnb.notebook.panel.assets import css, esm
from dpnb.notebook.panel.board import LETTERS, palette
from dpnb.notebook.panel.picture import picture_of
from dpnb.notebook.panel.widget import Aims, RunPanel
from dpnb.planner import DAGBuilder, Planner
from dpnb.results.records import TaskState
from dpnb.run_events import RunSnapshot, apply
from tests.benchmark.workload import noop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dpnb import Run

LEVELS, WIDTH = 20, 50
TASKS = LEVELS * WIDTH
NEAR = 3

LOOK = pytest.mark.benchmark(group=f"run panel, {TASKS:,} tasks: a look of the kernel")
DRAW = pytest.mark.benchmark(group=f"run panel, {TASKS:,} tasks: made and drawn")
COLOUR = pytest.mark.benchmark(group=f"run panel, {TASKS:,} tasks: a full recolour of the page")

PAGE = """
async ({ module, style, traits }) => {
  const { default: widget } = await import(URL.createObjectURL(new Blob([module], { type: "text/javascript" })));
  document.head.append(Object.assign(document.createElement("style"), { textContent: style }));
  const heard = new Map();
  const model = {
    get: (name) => traits[name],
    on: (name, hear) => heard.set(name, [...(heard.get(name) ?? []), hear]),
    off: () => {},
    send: () => {},
  };
  window.tell = (name, value) => {
    traits[name] = value;
    for (const hear of heard.get(`change:${name}`) ?? []) hear();
  };
  widget.render({ model, el: document.body });
  await new Promise(requestAnimationFrame);
}
"""
RECOLOUR = """
async (letters) => {
  await new Promise(requestAnimationFrame);
  const began = performance.now();
  tell("states", letters);
  document.body.getBoundingClientRect();
  const laidOut = performance.now() - began;
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  return [laidOut, performance.now() - began];
}
"""


@pytest.fixture(scope="module")
def run(fresh_folder) -> Run:
    registry = TaskRegistry(notify=None)
    for number in range(TASKS):
        level, place = divmod(number, WIDTH)
        above = [f"task_{(level - 1) * WIDTH + (place + step) % WIDTH}" for step in range(NEAR)] if level else []
        task(name=f"task_{number}", dependencies=above, registry=registry)(noop)
    workspace = Workspace(fresh_folder(), registry=registry)
    plan = Planner(DAGBuilder(registry)).create_execution_plan()
    return Orchestrator(executor=InlineExecutor(), workspace=workspace).start_pipeline(plan)


@DRAW
def test_a_panel_is_made(benchmark, run):
    def make() -> None:
        RunPanel(run, Aims(rerun=print, resume=print)).close()

    benchmark.extra_info["goal_s"] = 1.0
    benchmark.pedantic(make, rounds=3, warmup_rounds=1)


@LOOK
def test_a_look_at_a_run_that_goes(benchmark, run):
    """A tenth of a second of a run that ends in some seconds: its events are applied, and all traits are told."""
    events = list(run.events(follow=False))
    before, news = events[: len(events) // 2], events[len(events) // 2 : len(events) // 2 + 60]
    snapshot = RunSnapshot(run_id=run.run_id)
    for event in before:
        snapshot = apply(snapshot, event)
    panel = RunPanel(run, Aims(rerun=print, resume=print))
    panel.tell(snapshot)

    def look() -> None:
        seen = snapshot
        for event in news:
            seen = apply(seen, event)
        panel.tell(seen)
        panel.tell(snapshot)

    benchmark.extra_info["goal_s"] = 0.010  # two looks, so that each has news
    benchmark.pedantic(look, rounds=50, warmup_rounds=2)
    panel.close()


@pytest.fixture
def page(require) -> Iterator[Any]:
    require("playwright")
    chromium = require("chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser.new_page(viewport={"width": 1400, "height": 1000})
        browser.close()


@COLOUR
def test_a_full_recolour(benchmark, run, page):
    """Until the next frame is painted; the browser waits up to 16 ms for its turn. Told, too, until it is laid out."""
    picture = picture_of(run.outline)
    traits = {
        "run_id": run.run_id,
        "names": list(run),
        "palette": palette(),
        "edges": picture.edges,
        "picture": picture.svg,
        "states": LETTERS[TaskState.PENDING] * TASKS,
        "moment": {},
        "forecast": {},
        "bars": "[]",
        "details": {},
        "form": {},
    }
    page.evaluate(PAGE, {"module": esm(), "style": css(), "traits": json.loads(json.dumps(traits))})
    letters = [LETTERS[TaskState.RUNNING] * TASKS, LETTERS[TaskState.SUCCEEDED] * TASKS]
    took: list[tuple[float, float]] = []

    def recolour() -> None:
        took.append(tuple(page.evaluate(RECOLOUR, letters[len(took) % 2])))

    benchmark.pedantic(recolour, rounds=20, warmup_rounds=2)
    laid_out, painted = (sorted(column) for column in zip(*took, strict=True))
    benchmark.extra_info["goal_s"] = 0.050
    middle = len(took) // 2
    print(f"laid out: best {laid_out[0]:.0f}, median {laid_out[middle]:.0f} ms")
    print(f"painted: best {painted[0]:.0f}, median {painted[middle]:.0f} ms")
