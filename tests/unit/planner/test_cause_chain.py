from __future__ import annotations

from dpnb.planner.cause_chain import chain_text, chains_to


def lines(plan, task):
    return [chain_text(chain) for chain in chains_to(task, plan.verdicts)]


def test_a_chain_leads_along_tasks_that_will_run_to_what_has_changed(flights):
    flights.cell("def load(year): return 'other'")
    plan = flights.plan()
    assert lines(plan, "flights") == ["helper `load` changed"]
    assert lines(plan, "report") == ["upstream `delays` will run ← upstream `flights` will run ← helper `load` changed"]


def test_each_root_cause_has_its_shortest_chain_and_the_nearest_comes_first(notebook):
    notebook.define("a")
    notebook.define("b", "a")
    notebook.define("c", "a, b")
    notebook.define("d", "c, b", expires_after=3600)
    notebook.run()
    notebook.runs.now_us += 7200 * 1_000_000
    notebook.define("a", "", "1")
    notebook.define("b", "a", "a, 2")
    plan = notebook.plan()
    assert lines(plan, "d") == [
        "its result is older than 1 h 00 min: of run_1, 2 h 00 min ago",
        "upstream `b` will run ← task `b` changed",
        "upstream `b` will run ← upstream `a` will run ← task `a` changed",
    ]


def test_order_counts_as_a_way(notebook):
    notebook.define("setup")
    notebook.define("load", dependencies=["setup"])
    notebook.run()
    notebook.define("setup", "", "1")
    assert lines(notebook.plan(), "load") == ["upstream `setup` will run before it ← task `setup` changed"]


def test_an_order_that_changed_before_is_a_root_cause(notebook):
    notebook.define("setup")
    notebook.define("load", dependencies=["setup"])
    notebook.run()
    notebook.run(targets="setup")
    assert lines(notebook.plan(), "load") == ["`setup`, which comes before it, ran again in run_2"]


def test_a_fresh_task_has_one_cause(flights):
    assert lines(flights.plan(), "delays") == ["fresh since run_1, 1.0 s ago"]


def test_many_ways_to_one_cause_are_not_all_walked(notebook):
    """Forty levels of two tasks each have a billion ways."""
    notebook.define("start")
    before = ["start"]
    for level in range(40):
        for side in "ab":
            notebook.define(f"{side}{level}", ", ".join(before))
        before = [f"a{level}", f"b{level}"]
    notebook.run()
    notebook.define("start", "", "1")
    (line,) = lines(notebook.plan(), "a39")
    assert line.count("←") == 40
