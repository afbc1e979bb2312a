"""Progress is told often enough to watch, and never more often than that."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dpnb.orchestrator.executable import ProgressMade
from dpnb.orchestrator.paced_progress import PacedProgress


class Pacing:
    """A clock that stands until it is moved, and what was told by it."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.told: list[tuple[float, str, float]] = []
        self.due: list[tuple[float, Callable[[], object]]] = []
        self.paced = PacedProgress(self.tell, self.call_later, clock=lambda: self.now_s)

    def tell(self, task, made) -> None:
        self.told.append((round(self.now_s, 3), task, made.fraction))

    def call_later(self, delay_s, action) -> None:
        self.due.append((self.now_s + delay_s, action))

    def hear(self, fraction, task="a") -> None:
        self.paced.hear(task, ProgressMade(fraction=fraction, note=""))

    def move(self, to_s) -> None:
        for when_s, action in [one for one in self.due if one[0] <= to_s]:
            self.now_s = when_s
            action()
        self.due = [one for one in self.due if one[0] > to_s]
        self.now_s = to_s


@pytest.fixture
def pacing():
    return Pacing()


def test_the_first_word_is_told_at_once_and_the_latest_when_it_is_time(pacing):
    for tenth in range(5):
        pacing.move(tenth / 10)
        pacing.hear(tenth / 10)
    pacing.move(60)
    assert pacing.told == [(0, "a", 0.0), (0.5, "a", 0.4)]
    pacing.hear(0.9)
    assert pacing.told[-1] == (60, "a", 0.9)


def test_ten_hours_of_talk_make_fewer_than_a_thousand_events(pacing):
    for second in range(36_000):
        pacing.move(float(second))
        pacing.hear(second / 36_000)
    pacing.move(40_000.0)
    assert 300 < len(pacing.told) < 1_000
    assert pacing.told[-1][2] == 35_999 / 36_000


def test_an_attempt_that_is_over_says_nothing_more(pacing):
    pacing.hear(0.1)
    pacing.hear(0.2)
    pacing.paced.end("a")
    pacing.hear(0.0)  # of the next attempt
    pacing.move(60)
    assert [fraction for *_, fraction in pacing.told] == [0.1, 0.0]
