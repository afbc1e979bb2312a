"""What every queue guarantees, whatever carries its items."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from dpnb.errors import QueueClosedError, QueueFullError
from dpnb.events import InMemoryQueue, MultiprocessQueue, Queue
from tests.foreign_queues import QueueKeeper
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dpnb.events import Overflow

MOMENT_S = 0.02


@pytest.fixture(scope="module")
def keeper() -> Iterator[QueueKeeper]:
    keeper = QueueKeeper()
    yield keeper
    keeper.close()


@pytest.fixture(params=["in memory", "between processes", "of another process"])
def make(request) -> Iterator[Callable[..., Queue[object]]]:
    makers: dict[str, Callable[..., Queue[object]]] = {
        "in memory": InMemoryQueue,
        "between processes": MultiprocessQueue,
    }
    maker = makers.get(request.param) or request.getfixturevalue("keeper").make
    made: list[Queue[object]] = []

    def new(maxsize: int = 0, overflow: Overflow = "block") -> Queue[object]:
        made.append(maker(maxsize, overflow))
        return made[-1]

    yield new
    for queue in made:
        queue.close()


def test_it_is_a_queue(make):
    assert isinstance(make(), Queue)


def test_what_is_put_comes_out_in_order(make):
    queue = make()
    for number in range(100):
        queue.put_sync(number)
    until(lambda: queue.qsize() == 100)
    assert [queue.get_sync() for _ in range(100)] == list(range(100))
    assert queue.qsize() == 0


def test_what_was_put_is_there_at_once(make):
    queue, bounded = make(), make(maxsize=2, overflow="drop_oldest")
    for number in range(30):
        queue.put_sync(number)
        assert queue.qsize() == 1
        assert queue.get_sync(timeout=0) == number
        bounded.put_sync(number)
        assert bounded.dropped == max(0, number - 1)
    with pytest.raises(TimeoutError):
        queue.get_sync(timeout=0)


async def test_tasks_and_threads_take_from_each_other(make):
    queue, answers = make(), make()

    def echo() -> None:
        for item in queue:
            answers.put_sync(item)

    thread = threading.Thread(target=echo)
    thread.start()
    for item in ["한글", None, {"rows": [1, 2]}]:
        await queue.put(item)
        assert await answers.get(timeout=30) == item
    queue.close()
    await asyncio.to_thread(thread.join)


def test_each_item_goes_to_one_of_many_takers(make):
    queue = make(maxsize=8)

    def give(giver: int) -> None:
        for number in range(200):
            queue.put_sync((giver, number))

    with ThreadPoolExecutor(8) as pool:
        takers = [pool.submit(list, queue) for _ in range(4)]
        givers = [pool.submit(give, giver) for giver in range(4)]
        for giver in givers:
            giver.result(60)
        until(lambda: not queue.qsize())
        queue.close()
        taken: list[list[tuple[int, int]]] = [taker.result(60) for taker in takers]
    assert Counter(item for items in taken for item in items) == Counter((n, i) for n in range(4) for i in range(200))
    for items in taken:
        for n in range(4):
            own = [i for giver, i in items if giver == n]
            assert own == sorted(own)


async def test_many_tasks_share_it(make):
    queue = make(maxsize=3)

    async def take() -> list[object]:
        return [item async for item in queue]

    takers = [asyncio.create_task(take()) for _ in range(5)]
    for number in range(200):
        await queue.put(number)
    queue.close()
    taken = [item for items in await asyncio.gather(*takers) for item in items]
    assert sorted(taken) == list(range(200))  # type: ignore[type-var]


def test_a_full_queue_lets_its_giver_wait(make):
    queue = make(maxsize=1)
    queue.put_sync("first")
    with pytest.raises(TimeoutError):
        queue.put_sync("second", timeout=MOMENT_S)
    giver = threading.Thread(target=queue.put_sync, args=("third",))
    giver.start()
    assert queue.get_sync(timeout=30) == "first"
    assert queue.get_sync(timeout=30) == "third"
    giver.join()


async def test_a_full_queue_lets_its_task_wait(make):
    queue = make(maxsize=1)
    await queue.put("first")
    with pytest.raises(TimeoutError):
        await queue.put("second", timeout=MOMENT_S)
    giver = asyncio.create_task(queue.put("third"))
    assert await queue.get(timeout=30) == "first"
    assert await queue.get(timeout=30) == "third"
    await giver


@pytest.mark.parametrize(("overflow", "kept"), [("drop_oldest", [3, 4]), ("drop_newest", [0, 1])])
def test_what_is_dropped_is_counted(make, overflow, kept):
    queue = make(maxsize=2, overflow=overflow)
    for number in range(5):
        queue.put_sync(number)
    until(lambda: queue.dropped == 3)
    assert [queue.get_sync(), queue.get_sync()] == kept
    assert queue.qsize() == 0


def test_a_full_queue_of_the_policy_error_says_so(make):
    queue = make(maxsize=1, overflow="error")
    queue.put_sync("first")
    with pytest.raises(QueueFullError, match="full: it holds 1"):
        queue.put_sync("second")
    assert queue.get_sync() == "first"


def test_an_unknown_policy_and_a_negative_size_are_refused(make):
    with pytest.raises(ValueError, match="drop_oldest"):
        make(1, "forget")
    with pytest.raises(ValueError, match="-1"):
        make(-1)


def test_who_waits_too_long_takes_nothing(make):
    queue = make()
    with pytest.raises(TimeoutError):
        queue.get_sync(timeout=MOMENT_S)
    with pytest.raises(TimeoutError):
        queue.get_sync(timeout=0)
    queue.put_sync("late")
    assert queue.get_sync() == "late"


async def test_a_cancelled_wait_takes_nothing(make):
    queue = make()
    waiting = asyncio.create_task(queue.get())
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await queue.put("late")
    assert await queue.get(timeout=30) == "late"


async def test_a_wait_cancelled_as_the_item_comes_loses_nothing(make):
    queue = make()
    for number in range(50):
        one, other = asyncio.create_task(queue.get()), asyncio.create_task(queue.get())
        await asyncio.sleep(0)
        await queue.put(number)
        one.cancel()
        done = [task.result() for task in (await asyncio.wait([one, other], timeout=0.5))[0] if not task.cancelled()]
        if not done:
            done = [await other]
        assert done == [number]
        other.cancel()


def test_a_closed_queue_is_emptied_and_then_ends(make):
    queue = make()
    queue.put_sync(1)
    queue.put_sync(2)
    queue.close()
    queue.close()
    assert queue.is_closed
    with pytest.raises(QueueClosedError):
        queue.put_sync(3)
    assert list(queue) == [1, 2]
    with pytest.raises(QueueClosedError):
        queue.get_sync()


async def test_closing_wakes_all_who_wait(make):
    queue = make()
    waiting = [asyncio.create_task(queue.get()) for _ in range(3)]
    await asyncio.sleep(0)
    with ThreadPoolExecutor(1) as pool:
        in_thread = pool.submit(queue.get_sync)
        queue.close()
        for outcome in await asyncio.gather(*waiting, return_exceptions=True):
            assert isinstance(outcome, QueueClosedError)
        assert isinstance(in_thread.exception(30), QueueClosedError)


def test_closing_wakes_givers(make):
    queue = make(maxsize=1)
    queue.put_sync(1)
    with ThreadPoolExecutor(1) as pool:
        giver = pool.submit(queue.put_sync, 2)
        queue.close()
        assert isinstance(giver.exception(30), QueueClosedError)
    assert list(queue) == [1]


def test_it_serves_several_event_loops(make):
    queue = make()

    async def take() -> object:
        return await queue.get(timeout=30)

    with ThreadPoolExecutor(3) as pool:
        takers = [pool.submit(asyncio.run, take()) for _ in range(3)]
        for number in range(3):
            queue.put_sync(number)
        assert sorted(taker.result(60) for taker in takers) == [0, 1, 2]  # type: ignore[type-var]


@pytest.mark.parametrize("make", ["in memory", "between processes"], indirect=True)
def test_its_repr_tells_how_full_it_is(make):
    queue = make(maxsize=2, overflow="drop_newest")
    for number in range(3):
        queue.put_sync(number)
    until(lambda: queue.dropped == 1)
    assert "2 of 2" in repr(queue)
    assert "1 dropped" in repr(queue)
