"""The next fire of cron expressions beside croniter and cronsim, each made anew for every question.

That is what asking from any instant costs with them: both are iterators that keep a place. The goal: a quarter of
cronsim's time, which is the quicker one, over a mix of expressions; and below 100 µs a question.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from croniter import croniter
from cronsim import CronSim

from dpnb.scheduler import create_cron_trigger
from dpnb.scheduler.cron import parse_cron

if TYPE_CHECKING:
    from collections.abc import Callable

ZONE = "America/New_York"
EXPRESSIONS = ("* * * * *", "0 9 * * *", "*/15 9-17 * * 1-5", "0 0 1,15 * 1", "30 2 L * *", "0 */6 * * *")
QUESTIONS = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=37, minutes=13) * number for number in range(50)]
GOAL_S = len(EXPRESSIONS) * len(QUESTIONS) * 100e-6


def with_dpnb() -> Callable[[datetime], None]:
    triggers = [create_cron_trigger(cron_expression=expression, zone=ZONE) for expression in EXPRESSIONS]

    def ask(after: datetime) -> None:
        for trigger in triggers:
            trigger.next_fire(after)

    return ask


def with_cronsim() -> Callable[[datetime], None]:
    zone = ZoneInfo(ZONE)

    def ask(after: datetime) -> None:
        for expression in EXPRESSIONS:
            next(CronSim(expression, after.astimezone(zone)))

    return ask


def with_croniter() -> Callable[[datetime], None]:
    zone = ZoneInfo(ZONE)

    def ask(after: datetime) -> None:
        for expression in EXPRESSIONS:
            croniter(expression, after.astimezone(zone)).get_next(datetime)

    return ask


@pytest.mark.benchmark(group="cron: next fire, 300 questions")
@pytest.mark.parametrize("ask", [with_dpnb, with_cronsim, with_croniter])
def test_next_fire(benchmark, ask):
    question = ask()

    def all_questions() -> None:
        for after in QUESTIONS:
            question(after)

    if ask is with_dpnb:
        benchmark.extra_info |= {"goal_ratio": {"cronsim": 0.25, "croniter": 0.1}, "goal_s": GOAL_S}
    benchmark.pedantic(all_questions, rounds=10, warmup_rounds=1)


@pytest.mark.benchmark(group="cron: 10,000 schedules are parsed and asked once")
def test_start_up(benchmark):
    expressions = [f"{n % 60} {n // 60 % 24} * * {n // 1440}" for n in range(10_000)]
    now = datetime(2026, 5, 1, tzinfo=UTC)

    def start() -> None:
        parse_cron.cache_clear()
        for expression in expressions:
            create_cron_trigger(cron_expression=expression, zone=ZONE).next_fire(now)

    benchmark.extra_info["goal_s"] = 1.0
    benchmark.pedantic(start, rounds=3, warmup_rounds=1)
