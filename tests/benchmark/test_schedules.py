"""Many schedules: how soon a scheduler serves them, and what it costs to find which is next.

The goals: 10,000 are served within a second, and the next one costs the same among a hundred as among a million, but
for a heap's logarithm.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from dpnb import Workspace
from dpnb.events import InMemoryBroker
from dpnb.scheduler import ScheduleOptions, Scheduler, ScheduleStore, TopicTarget, create_cron_trigger
from dpnb.scheduler.agenda import Agenda
from dpnb.scheduler.records import to_us
from dpnb.scheduler.scheduler import new_schedule

SCHEDULES = 10_000
FIRES = 10_000


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    made = Workspace(tmp_path_factory.mktemp("schedules") / ".dpnb")
    now_us = to_us(datetime.now(UTC))
    trigger = create_cron_trigger(cron_expression="0 9 * * *", zone="Asia/Seoul")
    record = new_schedule("", trigger, TopicTarget(topic="a"), ScheduleOptions(), now_us)
    records = [replace(record, name=f"일정 {number}") for number in range(SCHEDULES)]
    ScheduleStore(made.ledger.database).add_many(records)
    yield made
    made.ledger.close()


@pytest.mark.benchmark(group="start a scheduler of 10,000 schedules")
def test_start(benchmark, workspace):
    def start() -> None:
        async def serve() -> None:
            scheduler = Scheduler(InMemoryBroker().publisher(), workspace=workspace)
            await scheduler.start()
            await scheduler.stop()

        asyncio.run(serve())

    benchmark.pedantic(start, rounds=3, warmup_rounds=1)
    benchmark.extra_info["goal_s"] = 1.0


@pytest.mark.benchmark(group="10,000 fires, each the next of so many schedules")
@pytest.mark.parametrize("schedules", [100, 10_000, 1_000_000])
def test_next_fire(benchmark, schedules):
    numbers = random.Random(1)
    agenda = Agenda({f"일정 {number}": numbers.randrange(10**9) for number in range(schedules)})

    def fire() -> None:
        for _ in range(FIRES):
            due_us = agenda.next_us or 0
            for name in agenda.pop_due(due_us):
                agenda.set(name, due_us + numbers.randrange(10**9))

    benchmark.pedantic(fire, rounds=3, warmup_rounds=1)
    benchmark.extra_info["events_per_s"] = FIRES / benchmark.stats.stats.min
