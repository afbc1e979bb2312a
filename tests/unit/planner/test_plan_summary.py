from __future__ import annotations

from datetime import timedelta

import pytest

from dpnb.planner import Forecast, PlanSummary


@pytest.mark.parametrize(
    ("running", "unsettled", "reused", "told"),
    [
        (3, 0, 0, "3 tasks run."),
        (1, 0, 0, "1 task runs."),
        (0, 0, 3, "nothing runs; 3 tasks are reused."),
        (0, 0, 1, "nothing runs; 1 task is reused."),
        (1, 0, 2, "1 of 3 tasks runs; 2 are reused."),
        (2, 0, 1, "2 of 3 tasks run; 1 is reused."),
        (2, 1, 1, "2 of 3 tasks run, 1 of them only if what it is given changes; 1 is reused."),
        (3, 2, 0, "3 tasks run, 2 of them only if what they are given changes."),
        (0, 0, 0, "nothing runs."),
    ],
)
def test_a_summary_reads_as_a_sentence(running, unsettled, reused, told):
    summary = PlanSummary(tasks=running + reused, running=running, unsettled=unsettled, reused=reused)
    assert repr(summary) == str(summary) == told


def test_the_duration_is_told_as_a_bound_where_tasks_may_be_cut_off():
    forecast = Forecast(duration=timedelta(seconds=90), workers=2, known=2, tasks=2)
    settled = PlanSummary(tasks=2, running=2, forecast=forecast)
    assert str(settled) == "2 tasks run; about 1 min 30 s on 2 workers."
    unsettled = PlanSummary(tasks=2, running=2, unsettled=1, forecast=forecast)
    assert str(unsettled).endswith("; at most about 1 min 30 s on 2 workers.")


def test_a_plan_counts_and_forecasts_only_what_will_run(flights):
    flights.define("other")
    flights.run()
    flights.cell("def load(year): return 'other'")
    summary = flights.plan().summary()
    assert (summary.tasks, summary.running, summary.unsettled, summary.reused) == (4, 3, 2, 1)
    assert summary.forecast is not None
    assert summary.forecast.duration == timedelta(seconds=30)  # ten each, one after the other
    everything = flights.plan(None).summary()
    assert (everything.tasks, everything.running, everything.unsettled, everything.reused) == (4, 4, 0, 0)
    assert everything.forecast is not None
    assert everything.forecast.duration == timedelta(seconds=40)


def test_where_nothing_runs_nothing_is_forecast(flights):
    plan = flights.plan()
    assert plan.forecast is None
    assert str(plan.summary()) == "nothing runs; 3 tasks are reused."
