"""Actions run when they are due, by a clock that the test turns."""

from __future__ import annotations

from dpnb.orchestrator.timers import Timers


class FakeClock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_actions_run_in_the_order_of_their_due_times():
    clock = FakeClock()
    timers, ran = Timers(clock), []
    assert timers.wait_s() is None
    assert timers.after(5, lambda: ran.append("late"))
    assert timers.after(1, lambda: ran.append("early"))
    assert not timers.after(3, lambda: ran.append("between"))
    assert timers.wait_s() == 1
    clock.now += 3
    timers.run_due()
    assert ran == ["early", "between"]
    assert timers.wait_s() == 2
    clock.now += 60
    assert timers.wait_s() == 0
    timers.run_due()
    assert ran == ["early", "between", "late"]


def test_an_action_may_plan_another():
    clock = FakeClock()
    timers, ran = Timers(clock), []
    timers.after(0, lambda: timers.after(0, lambda: ran.append("second")))
    timers.run_due()
    assert ran == ["second"]
