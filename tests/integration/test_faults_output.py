"""Tasks that print without end: fault 8, with real processes."""

from __future__ import annotations

import os
import time

import pytest

from dpnb import Orchestrator, get_planner, task

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("registry")]


def _print_bytes(block: bytes, times: int) -> None:
    for _ in range(times):
        os.write(1, block)
    print("the end")


@pytest.mark.parametrize(
    ("block", "times"),
    [(b"y" * 2**20, 200), (bytes(range(128, 256)) * 1000 + b"\n", 800), (b"\r 37% of it" * 5000, 2000)],
    ids=["one endless line", "invalid UTF-8", "carriage returns"],
)
def test_a_flood_of_output_is_bounded_and_ends_with_its_end(block, times, home):
    """Fault 8: ≥ 100 MB of each; the log keeps head and tail, says what is missing, and can be read."""

    @task
    def flood() -> None:
        _print_bytes(block, times)

    run = Orchestrator(workers=1).start_pipeline(get_planner().create_execution_plan())
    largest = 0
    while run.is_running:
        largest = max([largest, *[log.stat().st_size for log in home.rglob("attempt_1.log")]])
        time.sleep(0.01)
    log = run.wait(60).logs("flood")
    assert log.endswith("the end\n")
    assert largest <= 10 * 2**20 + 2**16
    assert len(log.encode()) <= 3 * (10 * 2**20)  # a replacement character takes three bytes
    assert ("bytes left out here" in log) is (b"\r" not in block)


def test_a_flood_of_output_costs_other_tasks_nothing_much(home):
    """Fault 8: tasks beside one that prints a gigabyte are not held up."""

    @task
    def flood() -> None:
        _print_bytes(b"some words\n" * 2**16, 1500)

    def small() -> int:
        return 1

    for number in range(200):
        task(name=f"small_{number}")(small)

    run = Orchestrator(workers=2).start_pipeline(get_planner().create_execution_plan()).wait(120)
    tasks = run.tasks.set_index("task")
    assert run.status == "succeeded"
    ends = tasks["started"] + tasks["duration"]
    assert ends.drop("flood").max() - tasks["started"].min() < (ends["flood"] - tasks["started"].min()) * 0.7
