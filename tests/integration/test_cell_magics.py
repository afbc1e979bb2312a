"""``%load_ext dpnb`` in a real kernel: cells become tasks, lines plan and run them, names are completed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from jupyter_client.blocking.client import BlockingKernelClient

from tests.front_end import notebook_kernel
from tests.kernel_cells import Notebook

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def client(tmp_path_factory) -> Iterator[BlockingKernelClient]:
    """Give a kernel that all tests share: starting one takes longer than they do."""
    with notebook_kernel(tmp_path_factory.mktemp("kernel")) as started:
        yield started


@pytest.fixture
def notebook(client) -> Notebook:
    opened = Notebook(client)
    assert not opened.run("%load_ext dpnb\nimport dpnb\ndpnb.get_registry().clear()").error
    opened.run("%%task name=flights tags=etl params='year: int = 2013'\n[year, 60, 70]")
    opened.run("def late(minutes):\n    return [one for one in minutes if one > LIMIT]\nLIMIT = 65")
    return opened


DELAYS = "%%task name=delays depends=flights tags=etl,daily max_retries=1\nkept = late(flights)\n\nkept"


def test_a_cell_becomes_a_task_that_is_planned_run_and_listed(notebook):
    shown = notebook.run(DELAYS)
    assert "Task 'delays'" in shown.text
    assert "tags         daily, etl" in shown.text
    assert "text/html" in shown.results[-1]
    shown = notebook.run("plan = %plan delays --param year=2020\nplan")
    assert "1  • delays" in shown.text
    notebook.run("run = %run_plan delays --workers 1 -p year=2020\nrun = run.wait()")
    assert notebook.value("run['delays']") == [2020, 70]
    listed = notebook.run("found = %runs --task delays --status succeeded --limit 1")
    assert not listed.error
    assert notebook.value("list(found.run_id) == [run.run_id]")
    assert notebook.value("delays([66, 1])") == [66], "it can be called like any function"
    assert "kept = late(flights)" in notebook.value("__import__('inspect').getsource(delays)")


def test_a_failure_points_to_the_line_of_the_cell(notebook):
    notebook.run("\n%%task name=broken depends=flights\n'''Of two\nlines.'''\nempty = []\nempty[0]")
    notebook.run("run = %run_plan broken --workers 1\nrun = run.wait()")
    told = notebook.value("run.failures.traceback[0]")
    assert ", line 6, in broken" in told
    assert "return empty[0]" in told
    shown = notebook.run("run.debug('broken')")
    assert "IndexError" in shown.error


def test_fingerprints_follow_what_the_cell_computes_and_nothing_else(notebook):
    fingerprint = "__import__('dpnb.registry.fingerprint', fromlist=['x']).fingerprint(delays).digest"

    def after(*cells: str) -> str:
        for cell in cells:
            assert not notebook.run(cell).error
        digest: str = notebook.value(fingerprint)
        return digest

    first = after(DELAYS)
    assert after(DELAYS) == first, "the same, as a later cell"
    assert after("%%task name=delays depends=flights\n# why\nkept = late( flights )\nkept  # so") == first
    assert after("%%task name=delays depends=flights\nkept = late(flights)\nreturn kept") == first
    assert after("%%task name=delays depends=flights\nkept = late(flights)\nkept[:]") != first
    assert after(DELAYS) == first
    assert after("LIMIT = 66") != first
    assert after("LIMIT = 65") == first
    assert after("def late(minutes):\n    return minutes") != first


def test_a_cell_that_is_run_again_replaces_its_task(notebook):
    notebook.run(DELAYS)
    shown = notebook.run(DELAYS.replace("\n\nkept", "\n\nkept[:1]"))
    assert "Task 'delays' is replaced, its code changed" in shown.printed
    assert notebook.value("dpnb.get_registry().names()") == ["flights", "delays"]


def test_a_cell_may_await_and_yield(notebook):
    notebook.run("%%task name=waited\nimport asyncio\nawait asyncio.sleep(0)\n'done'")
    notebook.run("%%task name=streamed stream_output\nfor one in range(3):\n    yield one")
    notebook.run("run = %run_plan waited streamed --workers 1\nrun = run.wait()")
    assert notebook.value("(run['waited'], list(run['streamed']))") == ("done", [0, 1, 2])


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("%%task name=a retries=2\n1", "no option 'retries'"),
        ("%%task name=a\n\nx = (", "line 3 of its cell is no Python: '(' was never closed"),
        ("%%task name=a\n\n", "the cell has no body"),
        ("%%task name=a params='x: nowhere.Frame'\nx", "NameError: name 'nowhere' is not defined"),
        ("%plan flihgts", "did you mean 'flights'?"),
        ("%run_plan --tags ettl", "No task has the tag 'ettl'"),
        ("%runs --status faild", "did you mean 'failed'?"),
        ("%plan --param year", "year"),
        ("%run_plan --workers 0", "must be at least 1"),
    ],
)
def test_what_is_wrong_is_told_in_a_few_lines(notebook, cell, message):
    shown = notebook.run(cell)
    told = shown.error + shown.printed
    assert message in told
    assert len(told.splitlines()) < 8
    assert "run_cell_magic" not in told


def test_names_are_completed(notebook):
    notebook.run("%%task name=항공편\n1")
    assert notebook.complete("%plan fl") == ["flights"]
    assert notebook.complete("plan = %plan 항") == ["항공편"]
    assert notebook.complete("%%task name=x depends=flights,항") == ["항공편"]
    assert notebook.complete("%%task name=x depends=fli", below="\nflights + 1\n") == ["flights"]
    assert notebook.complete("%runs --status fa") == ["failed"]
    notebook.run("run = %run_plan flights --workers 1\nrun = run.wait()")
    assert "flights" in [match.strip("'\"]") for match in notebook.complete('run["')]


def test_a_plan_that_was_made_before_a_cell_was_run_again_says_so(notebook):
    notebook.run(DELAYS)
    notebook.run("plan = %plan delays")
    assert "outdated" not in notebook.run("plan").text
    notebook.run(DELAYS)
    assert "outdated" not in notebook.run("plan").text, "it is as it was"
    notebook.run(DELAYS.replace("\n\nkept", "\n\nkept[:1]"))
    assert "outdated: `delays` was re-defined since this plan was made (cell [" in notebook.run("plan").text
    shown = notebook.run("run = dpnb.Orchestrator(workers=1).start_pipeline(plan)\nrun = run.wait()")
    assert shown.printed.count("OutdatedPlanWarning") == 1
    assert notebook.value("run['delays']") == [2013, 70], "what the plan shows"


def test_a_name_that_two_cells_define_is_told_from_a_cell_that_is_run_again(notebook):
    notebook.run(DELAYS, cell_id="one")
    notebook.run(DELAYS, cell_id="one")
    assert "also" not in notebook.run("dpnb.get_registry()").text
    notebook.run(DELAYS, cell_id="two")
    assert "`delays` is also defined in cell [" in notebook.run("dpnb.get_registry()").text
    notebook.run(DELAYS, cell_id="one")
    assert notebook.value("[place.cell_id for place in dpnb.get_registry().other_places('delays')]") == ["two"]


def test_the_magics_can_be_taken_away_again(notebook):
    notebook.run("%unload_ext dpnb")
    shown = notebook.run("%plan")
    assert "not found" in shown.error + shown.printed
    assert notebook.complete("%plan fl") != ["flights"]
    notebook.run("%load_ext dpnb")
