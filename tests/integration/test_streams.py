"""Producers and consumers beside each other, in real processes."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from dpnb import Orchestrator, TaskContext, get_planner, task
from dpnb.errors import StreamBrokenError, TaskFailedError
from dpnb.orchestrator.stream_messages import LEAD_CHUNKS
from tests.outcomes import states
from tests.waiting import until

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("registry")]

PATIENCE_S = 60.0


def start(workers=2, **options):
    return Orchestrator(workers=workers).start_pipeline(get_planner().create_execution_plan(**options))


def run(workers=2, **options):
    return start(workers, **options).wait(PATIENCE_S)


def attempts(run, name) -> list[str]:
    return [str(record.state) for record in run.attempt_records(name)]


@pytest.mark.parametrize("consumer", ["sync", "async"])
def test_consumer_takes_the_first_chunk_before_the_producer_makes_the_second(tmp_path, consumer):
    seen = tmp_path / "seen"

    @task(stream_output=True)
    def parts() -> Iterator[int]:
        yield 1
        until(seen.exists)
        yield 2

    if consumer == "sync":

        @task
        def total(parts: Iterator[int]) -> int:
            numbers = []
            for part in parts:
                seen.touch()
                numbers.append(part)
            return sum(numbers)

    else:

        @task(name="total")
        async def total_async(parts: AsyncIterator[int]) -> int:
            numbers = []
            async for part in parts:
                seen.touch()
                numbers.append(part)
            return sum(numbers)

    ended = run()
    assert ended.failures.empty
    assert ended["total"] == 3


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_chain_of_transforms_gives_the_same_on_any_number_of_workers(workers):
    @task(stream_output=True)
    def numbers() -> Iterator[int]:
        yield from range(100)

    @task(stream_output=True)
    async def doubled(numbers: AsyncIterator[int]) -> AsyncIterator[int]:
        async for number in numbers:
            yield 2 * number

    @task
    def total(doubled: Iterator[int]) -> int:
        return sum(doubled)

    ended = run(workers)
    assert ended.failures.empty
    assert ended["total"] == 9900


def test_three_workers_run_a_chain_at_once(tmp_path):
    seen = tmp_path / "seen"

    @task(stream_output=True)
    def numbers() -> Iterator[int]:
        yield 1
        until(seen.exists)
        yield 2

    @task(stream_output=True)
    def doubled(numbers: Iterator[int]) -> Iterator[int]:
        for number in numbers:
            yield 2 * number

    @task
    def total(doubled: Iterator[int]) -> int:
        first = next(doubled)
        seen.touch()
        return first + sum(doubled)

    assert run(3)["total"] == 6


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize("order", ["together", "source first", "derived first"])
def test_diamond_whose_derived_stream_needs_far_more_than_the_lead_never_hangs(tmp_path, workers, order):
    count = 6 * LEAD_CHUNKS

    @task(stream_output=True)
    def source() -> Iterator[int]:
        yield from range(count)

    @task(stream_output=True)
    def derived(source: Iterator[int]) -> Iterator[int]:
        for number in source:
            if number % (2 * LEAD_CHUNKS) == 0:
                yield number
                until(lambda: workers < 3 or (tmp_path / "at work").exists())

    @task
    def both(source: Iterator[int], derived: Iterator[int]) -> tuple[int, int]:
        (tmp_path / "at work").touch()
        if order == "together":
            pairs = list(zip(derived, source, strict=False))
            return len(pairs), pairs[-1][1]
        first, second = (source, derived) if order == "source first" else (derived, source)
        one, other = list(first), list(second)
        return len(one), len(other)

    ended = run(workers)
    assert ended.failures.empty
    expected = {"together": (3, 2), "source first": (count, 3), "derived first": (3, count)}
    assert ended["both"] == expected[order]


def test_slow_consumer_bounds_the_lead_of_its_producer(tmp_path):
    made = tmp_path / "made"

    @task(stream_output=True)
    def parts() -> Iterator[int]:
        for number in range(200):
            with made.open("ab") as file:
                file.write(b".")
            yield number

    @task
    def slow(parts: Iterator[int]) -> int:
        lead = 0
        for number in parts:
            time.sleep(0.003)
            lead = max(lead, made.stat().st_size - number - 1)
        return lead

    lead = run()["slow"]
    assert LEAD_CHUNKS // 2 <= lead <= LEAD_CHUNKS + 1, "stored so far, and the one that waits to be"


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_producer_that_waits_for_its_consumer_times_out(tmp_path, kind):
    if kind == "sync":

        @task(stream_output=True, timeout=1.0)
        def parts() -> Iterator[int]:
            yield from range(10**6)

    else:

        @task(name="parts", stream_output=True, timeout=1.0)
        async def parts_async() -> AsyncIterator[int]:
            for number in range(10**6):
                yield number

    @task
    def stuck(parts: Iterator[int]) -> None:
        next(parts)
        (tmp_path / "pid").write_text(str(os.getpid()))
        time.sleep(600)

    began = time.monotonic()
    ended = run()
    assert states(ended) == {"parts": "timed_out", "stuck": "skipped"}
    assert time.monotonic() - began < 10
    assert attempts(ended, "stuck") == ["cancelled"]
    assert len(ended["parts"]) <= LEAD_CHUNKS + 1
    assert not psutil.pid_exists(int((tmp_path / "pid").read_text()))


def test_producer_that_waits_for_its_consumer_can_be_cancelled(tmp_path):
    @task(stream_output=True)
    def parts() -> Iterator[int]:
        yield from range(10**6)

    @task
    def stuck(parts: Iterator[int]) -> None:
        next(parts)
        (tmp_path / "stuck").touch()
        time.sleep(600)

    going = start()
    until((tmp_path / "stuck").exists)
    until(lambda: len(going.results) >= LEAD_CHUNKS)
    assert going.cancel().wait(10).status == "cancelled"
    assert states(going) == {"parts": "cancelled", "stuck": "cancelled"}


def test_abandoned_stream_does_not_bind_its_producer(tmp_path):
    @task(stream_output=True)
    def parts() -> Iterator[int]:
        try:
            yield from range(20 * LEAD_CHUNKS)
        finally:
            (tmp_path / "closed").touch()

    @task
    def first(parts: Iterator[int]) -> int:
        for part in parts:
            if part == 2:
                break
        until((tmp_path / "closed").exists)  # it can only get there if nobody holds it up
        return part + next(parts)

    ended = run()
    assert ended.failures.empty
    assert ended["first"] == 5
    assert len(ended["parts"]) == 20 * LEAD_CHUNKS


def test_abandoned_stream_does_not_bind_its_producer_in_an_async_consumer(tmp_path):
    @task(stream_output=True)
    def parts() -> Iterator[int]:
        yield from range(20 * LEAD_CHUNKS)
        (tmp_path / "made").touch()

    @task
    async def first(parts: AsyncIterator[int]) -> int:
        async for _ in parts:
            break
        await asyncio.to_thread(until, (tmp_path / "made").exists)
        return await anext(parts)

    ended = run()
    assert ended.failures.empty
    assert ended["first"] == 1


def test_event_loop_goes_on_while_a_chunk_is_waited_for(tmp_path):
    @task(stream_output=True)
    def parts() -> Iterator[int]:
        yield 1
        until((tmp_path / "ticked").exists)
        yield 2

    @task
    async def total(parts: AsyncIterator[int]) -> int:
        async def tick() -> None:
            await asyncio.sleep(0.05)
            (tmp_path / "ticked").touch()

        ticking = asyncio.create_task(tick())
        numbers = [part async for part in parts]
        await ticking
        return sum(numbers)

    assert run()["total"] == 3


def test_waiting_that_was_given_up_loses_no_chunk_and_repeats_none(tmp_path):
    @task(stream_output=True)
    def parts() -> Iterator[int]:
        yield 1
        until((tmp_path / "given up").exists)
        yield 2
        yield 3

    @task
    async def patient(parts: AsyncIterator[int]) -> list[int]:
        numbers = [await anext(parts)]
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(parts), 0.05)
        (tmp_path / "given up").touch()
        return numbers + [part async for part in parts]

    ended = run()
    assert ended.failures.empty
    assert ended["patient"] == [1, 2, 3]


@pytest.mark.parametrize("end", ["raises", "dies"])
def test_retried_producer_restarts_its_consumers_which_see_one_attempt_only(tmp_path, end):
    @task(stream_output=True, max_retries=1, retry_delay=0)
    def parts(context: TaskContext) -> Iterator[str]:
        yield f"{context.attempt}a"
        if context.attempt == 1:
            until((tmp_path / "read").exists)
            if end == "dies":
                os.kill(os.getpid(), signal.SIGKILL)
            raise ConnectionError
        yield f"{context.attempt}b"

    @task(stream_output=True)
    def shouted(parts: Iterator[str]) -> Iterator[str]:
        for part in parts:
            yield part.upper()

    @task
    def joined(shouted: Iterator[str]) -> str:
        words = []
        for word in shouted:
            (tmp_path / "read").touch()
            words.append(word)
        return " ".join(words)

    ended = run(3)
    assert ended.status == "succeeded"
    assert ended["joined"] == "2A 2B"
    assert list(ended["shouted"]) == ["2A", "2B"]
    assert attempts(ended, "parts") == ["failed", "succeeded"]
    assert attempts(ended, "shouted") == attempts(ended, "joined") == ["cancelled", "succeeded"]
    assert "task 'parts' failed" in ended.attempt_records("joined")[0].error_message


def test_producer_that_fails_for_good_leaves_no_success_on_half_a_stream(tmp_path):
    @task(stream_output=True, fail_safe=True)
    def parts() -> Iterator[int]:
        yield 1
        until((tmp_path / "half").exists)
        raise ConnectionError

    @task
    def stubborn(parts: Iterator[int]) -> int:
        total = 0
        try:
            for part in parts:
                total += part
                (tmp_path / "half").touch()
        except StreamBrokenError:
            (tmp_path / "broken").touch()
        return total

    @task(stream_output=True)
    def doubled(parts: Iterator[int]) -> Iterator[int]:
        for part in parts:
            yield 2 * part

    @task
    def with_none(parts: Iterator[int] | None) -> int:
        return -1 if parts is None else sum(parts)

    @task(dependencies=["stubborn"])
    def after() -> str:
        return "ran"

    ended = run(4)
    assert ended.status == "succeeded"
    assert states(ended) == {
        "parts": "failed",
        "stubborn": "skipped",
        "doubled": "skipped",
        "with_none": "succeeded",
        "after": "succeeded",
    }
    assert (tmp_path / "broken").exists()
    assert list(ended["parts"]) == [1]
    assert ended["with_none"] == -1
    for name in ("stubborn", "doubled"):
        with pytest.raises(TaskFailedError):
            ended[name]
    results = ended.results
    assert results.loc[results["task"] == "stubborn"].empty


def test_consumer_that_was_done_first_is_undone_when_its_producer_fails(tmp_path):
    @task(stream_output=True)
    def parts() -> Iterator[int]:
        yield 1
        until(lambda: any(Path(tmp_path).parent.rglob("first/*.pkl")) or (tmp_path / "returned").exists())
        raise ConnectionError

    @task
    def first(parts: Iterator[int]) -> int:
        part = next(parts)
        (tmp_path / "returned").touch()
        return part

    ended = run()
    assert ended.status == "failed"
    assert states(ended) == {"parts": "failed", "first": "skipped"}
    assert ended.results["task"].tolist() == ["parts"]


def test_consumer_that_fails_is_retried_on_the_same_stream_from_its_beginning(tmp_path):
    @task(stream_output=True)
    def parts() -> Iterator[int]:
        yield from range(3)
        until((tmp_path / "second").exists)

    @task(max_retries=1, retry_delay=0)
    def flaky(parts: Iterator[int], context: TaskContext) -> list[int]:
        numbers = [next(parts), next(parts)]
        if context.attempt == 1:
            raise ConnectionError
        (tmp_path / "second").touch()
        return numbers + list(parts)

    ended = run()
    assert ended["flaky"] == [0, 1, 2]
    assert attempts(ended, "flaky") == ["failed", "succeeded"]
    assert attempts(ended, "parts") == ["succeeded"]


def test_infinite_generator_ends_at_its_deadline_and_its_chunks_are_kept():
    @task(stream_output=True, timeout=0.5)
    def endless() -> Iterator[int]:
        number = 0
        while True:
            yield number
            number += 1
            time.sleep(0.01)

    ended = run()
    assert states(ended) == {"endless": "timed_out"}
    kept = list(ended["endless"])
    assert kept == list(range(len(kept)))
    assert len(kept) > 3


def test_generator_parameter_is_a_generator(tmp_path):
    @task(stream_output=True)
    def parts() -> Iterator[int]:
        yield from range(10 * LEAD_CHUNKS)
        (tmp_path / "made").touch()

    @task
    def closes(parts: Generator[int, None, None]) -> list[int]:
        taken = [parts.send(None)]
        parts.close()
        until((tmp_path / "made").exists)
        return taken + list(parts)

    ended = run()
    assert ended.failures.empty
    assert ended["closes"] == [0]


def test_stream_larger_than_memory_allows_goes_through_in_bounded_memory():
    chunks, chunk_bytes = 40, 10 * 2**20

    @task(stream_output=True)
    def blocks() -> Iterator[np.ndarray]:
        for number in range(chunks):
            yield np.full(chunk_bytes, number % 251, dtype=np.uint8)

    @task(stream_output=True)
    def plus_one(blocks: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
        for block in blocks:
            yield block + 1

    @task
    def total(plus_one: Iterator[np.ndarray]) -> int:
        return sum(int(block.sum()) for block in plus_one)

    @task
    def nothing() -> int:
        return np.ones(3).size

    ended = run(3)
    assert ended["total"] == sum(range(1, chunks + 1)) * chunk_bytes
    peaks = ended.tasks.set_index("task")["peak_memory"]
    for name in ("blocks", "plus_one", "total"):
        assert peaks[name] - peaks["nothing"] < 8 * chunk_bytes, "of 40 chunks"


def test_resumed_run_reads_its_streams_as_they_come(tmp_path):
    @task(stream_output=True)
    def parts(context: TaskContext) -> Iterator[str]:
        yield f"{context.attempt}a"
        if not (tmp_path / "mended").exists():
            raise ConnectionError
        until((tmp_path / "read").exists)
        yield f"{context.attempt}b"

    @task
    def joined(parts: Iterator[str]) -> str:
        words = [next(parts)]
        (tmp_path / "read").touch()
        return " ".join([*words, *parts])

    broken = run()
    assert states(broken) == {"parts": "failed", "joined": "skipped"}
    (tmp_path / "mended").touch()
    resumed = broken.resume().wait(PATIENCE_S)
    assert resumed.status == "succeeded"
    assert resumed["joined"] == "2a 2b"
    made = [len(resumed.attempt_records(name)) for name in ("parts", "joined")]
    again = resumed.resume().wait(PATIENCE_S)
    assert made == [len(again.attempt_records(name)) for name in ("parts", "joined")], "nothing was left to do"


def test_task_that_comes_after_a_consumer_starts_after_its_producer_too(tmp_path):
    @task(stream_output=True)
    def parts() -> Iterator[int]:
        yield 1
        until((tmp_path / "returned").exists)
        yield 2
        (tmp_path / "made").touch()

    @task
    def first(parts: Iterator[int]) -> int:
        part = next(parts)
        (tmp_path / "returned").touch()
        return part

    @task
    def after(first: int) -> bool:
        return bool((tmp_path / "made").exists())

    ended = run(3)
    assert ended.failures.empty
    assert ended["after"]
