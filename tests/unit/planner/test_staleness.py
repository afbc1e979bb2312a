from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from dpnb.planner import CauseKind, DAGBuilder, Planner, ReusePolicy
from tests.earlier_runs import SECOND_US, told

if TYPE_CHECKING:
    from dpnb.planner import ExecutionPlan


def states(plan: ExecutionPlan) -> dict[str, str]:
    return {name: verdict.state for name, verdict in plan.verdicts.items()}


def test_everything_is_fresh_when_nothing_has_changed(flights):
    plan = flights.plan()
    assert states(plan) == {"flights": "fresh", "delays": "fresh", "report": "fresh"}
    assert plan.verdicts["report"].precedent == flights.runs.runs[0]["report"]
    flights.runs.now_us += 3600 * SECOND_US
    (cause,) = flights.plan().verdicts["flights"].causes
    assert (cause.kind, cause.text) == (CauseKind.STANDS, "fresh since run_1, 1 h 00 min ago")


def test_a_plan_that_reuses_nothing_has_no_verdicts(flights):
    plan = flights.plan(None)
    assert plan.reuse is None
    assert plan.verdicts == {}


def test_without_an_earlier_run_everything_is_stale(notebook):
    notebook.define("flights")
    for plan in (
        notebook.plan(),
        Planner(DAGBuilder(notebook.registry)).create_execution_plan(reuse="fresh"),
    ):
        (verdict,) = plan.verdicts.values()
        assert (verdict.is_fresh, verdict.is_certain, verdict.precedent) == (False, True, None)
        assert [(cause.kind, cause.text) for cause in verdict.causes] == [
            (CauseKind.NEVER_RAN, "nothing is stored of it")
        ]


def test_a_changed_helper_makes_its_task_stale_and_those_after_it_as_long_as_results_differ(flights):
    flights.cell("def load(year): return [year, year]")
    plan = flights.plan()
    assert states(plan) == {"flights": "stale", "delays": "unsettled", "report": "unsettled"}
    (cause,) = plan.verdicts["flights"].causes
    assert cause.kind is CauseKind.CODE
    assert cause.subject == "helper `load`"
    assert cause.text == "helper `load` changed"
    assert cause.diff.splitlines()[-2:] == ["-    return [year]", "+    return [year, year]"]
    (cause,) = plan.verdicts["delays"].causes
    assert (cause.kind, cause.subject, cause.text) == (CauseKind.UPSTREAM, "flights", "upstream `flights` will run")


def test_code_that_comes_back_finds_its_older_result(flights):
    flights.cell("def load(year): return 'other'")
    flights.run(outputs={"flights": "other"})
    flights.cell("def load(year): return [year]")
    plan = flights.plan()
    assert set(states(plan).values()) == {"fresh"}
    assert plan.verdicts["flights"].precedent == flights.runs.runs[0]["flights"]
    assert plan.verdicts["delays"].precedent == flights.runs.runs[0]["delays"]


def test_recomputed_but_equal_results_leave_those_after_them_fresh(flights):
    flights.cell("def load(year): return [year + 0]")
    flights.run()
    plan = flights.plan()
    assert set(states(plan).values()) == {"fresh"}
    found = {name: verdict.precedent.run_id for name, verdict in plan.verdicts.items() if verdict.precedent}
    assert found == {"flights": "run_2", "delays": "run_2", "report": "run_2"}


def test_code_of_which_no_text_is_left_is_said_to_differ(flights):
    flights.cell("def load(year): return 'other'")
    flights.runs.sources.clear()
    assert told(flights.plan().verdicts["flights"]) == ["its code is another than in run_1"]
    flights.runs.sources = dict.fromkeys(
        [record.source for record in flights.runs.runs[0].values() if record.source], "{"
    )
    assert told(flights.plan().verdicts["flights"]) == ["its code is another than in run_1"]


def test_a_result_of_unknown_code_does_not_stand(flights):
    run = flights.runs.runs[0]
    run["flights"] = replace(run["flights"], code=None)
    assert told(flights.plan().verdicts["flights"]) == ["which code it had in run_1 is not known"]


def test_a_changed_parameter_makes_exactly_its_takers_stale(flights):
    flights.define("plain")
    flights.define("other", "year=1", "year")
    flights.run(params={"year": 2014})
    assert set(states(flights.plan(params={"year": 2014})).values()) == {"fresh"}
    plan = flights.plan(params={"year": 2015})
    assert states(plan) == {
        "flights": "stale",
        "other": "stale",
        "plain": "fresh",
        "delays": "unsettled",
        "report": "unsettled",
    }
    (cause,) = plan.verdicts["flights"].causes
    assert (cause.kind, cause.subject) == (CauseKind.ARGUMENT, "year")
    assert cause.text == "parameter `year`: 2014 → 2015"
    assert cause.diff.splitlines()[-2:] == ["-2014", "+2015"]


def test_a_parameter_that_was_not_given_is_said_to_be_new(flights):
    assert told(flights.plan(params={"year": 2014}).verdicts["flights"]) == ["parameter `year`: not given → 2014"]


def test_causes_come_from_the_nearest_result_not_from_the_latest_run(notebook):
    notebook.define("up")
    notebook.define("dn", "up, m=2")
    notebook.run()
    notebook.run(params={"m": 5})
    notebook.define("up", "", "1")
    causes = [str(cause) for cause in notebook.plan().verdicts["dn"].causes]
    assert causes == ["upstream `up` will run"]
    notebook.define("up")
    (cause,) = notebook.plan(params={"m": 6}).verdicts["dn"].causes
    assert str(cause) == "parameter `m`: 5 → 6"  # of two that differ in as much, the newest


def test_with_params_assesses_anew(flights):
    plan = flights.plan()
    assert plan.with_params({}) is plan
    assert states(plan.with_params({"year": 2014}))["flights"] == "stale"
    assert states(plan)["flights"] == "fresh"
    assert states(plan.with_params({"year": 2014}).with_params({"year": 2014}))["flights"] == "stale"


def test_an_input_of_another_run_makes_stale(flights):
    flights.run(outputs={"flights": "B"}, failing=("delays",))
    plan = flights.plan()
    assert states(plan) == {"flights": "fresh", "delays": "stale", "report": "unsettled"}
    assert told(plan.verdicts["delays"]) == [
        "the result of `flights` is another than in run_1",
        "it failed in run_2, 1.0 s ago: ValueError: no",
    ]
    assert [cause.kind for cause in plan.verdicts["delays"].causes] == [CauseKind.INPUT, CauseKind.FAILED_BEFORE]


def test_a_task_that_only_failed_was_never_stored(notebook):
    notebook.define("flights")
    notebook.run(failing=("flights",))
    assert told(notebook.plan().verdicts["flights"]) == [
        "nothing is stored of it",
        "it failed in run_1, 0.0 ms ago: ValueError: no",
    ]


def test_other_wiring_is_another_input(flights):
    flights.define("planes")
    flights.define("delays", "flights", "flights", inputs={"flights": "planes"})
    flights.run(targets="planes")
    assert told(flights.plan().verdicts["delays"]) == ["it is given other results than in run_1"]


def test_a_parameter_instead_of_a_result_is_told(flights):
    plan = flights.plan(params={"flights": [1]}, exclude="flights")
    assert told(plan.verdicts["delays"]) == [
        "parameter `flights`: not given → [1]",
        "it is given other results than in run_1",
    ]


def test_who_comes_after_one_that_runs_again_runs_again_for_certain(notebook):
    notebook.define("setup", "", "1")
    notebook.define("load", "", "2", dependencies=["setup"])
    notebook.define("count", "load", "load")
    notebook.run()
    assert set(states(notebook.plan()).values()) == {"fresh"}
    notebook.define("setup", "", "3")
    plan = notebook.plan()
    assert states(plan) == {"setup": "stale", "load": "stale", "count": "unsettled"}
    (cause,) = plan.verdicts["load"].causes
    assert (cause.kind, cause.text) == (CauseKind.ORDER, "upstream `setup` will run before it")


def test_who_comes_after_one_that_may_run_is_expected_to(notebook):
    notebook.define("source", "", "1")
    notebook.define("setup", "source", "2")
    notebook.define("load", "", "2", dependencies=["setup"])
    notebook.run()
    notebook.define("source", "", "3")
    assert states(notebook.plan()) == {"source": "stale", "setup": "unsettled", "load": "unsettled"}


def test_an_order_only_upstream_that_ran_again_since_makes_stale(notebook):
    notebook.define("setup")
    notebook.define("load", dependencies=["setup"])
    notebook.run()
    notebook.run(targets="setup")
    plan = notebook.plan()
    assert states(plan) == {"setup": "fresh", "load": "stale"}
    (cause,) = plan.verdicts["load"].causes
    assert (cause.kind, cause.text) == (CauseKind.ORDER, "`setup`, which comes before it, ran again in run_2")


def test_another_order_is_told(notebook):
    notebook.define("setup")
    notebook.define("load")
    notebook.run()
    notebook.define("load", dependencies=["setup"])
    assert told(notebook.plan().verdicts["load"]) == ["it comes after other tasks than in run_1"]


def test_results_expire_by_the_time_at_which_they_were_computed(notebook):
    notebook.define("rates", expires_after=3600)
    notebook.run()
    notebook.runs.now_us += 3600 * SECOND_US
    assert states(notebook.plan()) == {"rates": "fresh"}
    notebook.runs.now_us += SECOND_US
    plan = notebook.plan()
    assert states(plan) == {"rates": "stale"}
    (cause,) = plan.verdicts["rates"].causes
    assert cause.kind is CauseKind.EXPIRED
    assert cause.text == "its result is older than 1 h 00 min: of run_1, 1 h 00 min ago"


def test_cache_never_is_always_stale(notebook):
    notebook.define("now", cache="never")
    notebook.define("later", "now")
    notebook.run()
    plan = notebook.plan()
    assert states(plan) == {"now": "stale", "later": "unsettled"}
    (cause,) = plan.verdicts["now"].causes
    assert (cause.kind, cause.text) == (CauseKind.NEVER_CACHED, 'it runs each time: cache="never"')


def test_what_cannot_be_tracked_is_stale_or_told(notebook):
    notebook.cell("import sqlite3\ndatabase = sqlite3.connect(':memory:')")
    notebook.define("load", "", "database")
    notebook.run()
    plan = notebook.plan()
    assert states(plan) == {"load": "stale"}
    (cause,) = plan.verdicts["load"].causes
    assert cause.kind is CauseKind.UNTRACKED
    assert cause.text.startswith("not tracked: `database` in `load`: ")
    trusting = notebook.plan(untracked="warn")
    notebook.names["database"].close()
    assert states(trusting) == {"load": "fresh"}
    assert [cause.kind for cause in trusting.verdicts["load"].causes] == [CauseKind.STANDS, CauseKind.UNTRACKED]


def test_forced_tasks_run_whatever_is_stored(flights):
    plan = flights.plan(ReusePolicy(forced=frozenset({"delays"})))
    assert states(plan) == {"flights": "fresh", "delays": "stale", "report": "unsettled"}
    (cause,) = plan.verdicts["delays"].causes
    assert cause.kind is CauseKind.FORCED
    assert cause.text == "it is to run, whatever is stored"
    assert states(flights.plan(ReusePolicy.none())) == dict.fromkeys(["flights", "delays", "report"], "stale")


def test_kept_tasks_are_taken_over_as_they_are(flights):
    flights.cell("def load(year): return 'other'")
    policy = ReusePolicy.only(["delays"], of=["flights", "delays", "report"], kept_from="run_1")
    plan = flights.plan(policy)
    assert states(plan) == {"flights": "fresh", "delays": "stale", "report": "fresh"}
    kept, changed = plan.verdicts["flights"].causes
    assert (kept.kind, kept.text) == (CauseKind.KEPT, "taken over from run_1 as it is")
    assert changed.kind is CauseKind.CODE
    assert [cause.kind for cause in plan.verdicts["report"].causes] == [CauseKind.KEPT]


def test_what_was_to_be_kept_runs_where_there_is_nothing(flights):
    plan = flights.plan(ReusePolicy.only([], of=["flights", "delays", "report"], kept_from="run_9"))
    assert set(states(plan).values()) == {"stale"}
    assert told(plan.verdicts["flights"]) == ["nothing is stored of it in run_9, from which it was to be kept"]


def test_unknown_names_in_a_policy_are_refused(flights):
    with pytest.raises(ValueError, match="did you mean 'flights'"):
        flights.plan(ReusePolicy(forced=frozenset({"fligths"})))


def test_a_task_is_stale_for_certain_if_no_result_can_fit_whatever_comes_before_it(flights):
    flights.cell("def load(year): return 'other'")
    flights.define("delays", "flights", "flights or 1")
    plan = flights.plan()
    assert states(plan) == {"flights": "stale", "delays": "stale", "report": "unsettled"}
    assert [cause.kind for cause in plan.verdicts["delays"].causes] == [CauseKind.CODE, CauseKind.UPSTREAM]


def test_a_reused_result_is_as_old_and_as_executed_as_the_one_that_was_computed(notebook):
    notebook.define("setup")
    notebook.define("load", dependencies=["setup"], expires_after=10)
    notebook.run()
    first = notebook.runs.runs[0]
    again = {
        name: replace(record, run_id="run_2", origin="run_1", inputs=record.inputs) for name, record in first.items()
    }
    notebook.runs.runs.append(again)
    plan = notebook.plan()
    assert states(plan) == {"setup": "fresh", "load": "fresh"}
    assert plan.verdicts["load"].precedent == again["load"]
    assert told(plan.verdicts["setup"])[0].startswith("fresh since run_1")


def test_a_declared_file_that_changed_makes_stale(notebook, tmp_path):
    file = tmp_path / "항공편.csv"
    file.write_text("a")
    notebook.define("load", reads=[file])
    notebook.run()
    assert states(notebook.plan()) == {"load": "fresh"}
    file.write_text("b")
    plan = notebook.plan()
    assert states(plan) == {"load": "stale"}
    (cause,) = plan.verdicts["load"].causes
    assert cause.kind is CauseKind.READS
    assert cause.text == f"`{file}` changed (1 B as before, other content)"
    file.write_text("a")
    assert states(notebook.plan()) == {"load": "fresh"}


def test_a_file_that_a_task_before_it_may_write_is_not_known_yet(notebook, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("a")
    notebook.define("write", expires_after=10)
    notebook.define("load", "write", "write", reads=[file])
    notebook.run()
    file.write_text("b")
    assert states(notebook.plan()) == {"write": "fresh", "load": "stale"}
    notebook.runs.now_us += 20 * SECOND_US
    assert states(notebook.plan()) == {"write": "stale", "load": "unsettled"}
    notebook.define("load", "write", "write, 1", reads=[file])
    assert states(notebook.plan()) == {"write": "stale", "load": "stale"}


def test_of_unchanged_tasks_only_the_newest_result_is_looked_at(flights, monkeypatch):
    for _ in range(20):
        flights.run()
    looked_at: list[str] = []

    def counting(task: str):
        for record in stored(task):
            looked_at.append(record.run_id)
            yield record

    stored = flights.runs.of
    monkeypatch.setattr(flights.runs, "of", counting)
    assert set(states(flights.plan()).values()) == {"fresh"}
    assert looked_at == ["run_21"] * 3
