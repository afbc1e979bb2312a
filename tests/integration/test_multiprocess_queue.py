"""The queue between processes where processes come and go, and are killed at the worst moments."""

from __future__ import annotations

import asyncio
import gc
import os
import pickle
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psutil
import pytest

from dpnb.errors import QueueClosedError, QueueItemError, QueueLostError
from dpnb.events import MultiprocessQueue
from dpnb.events.adapters import queue_hub, queue_wire
from tests.foreign_queues import QueueKeeper
from tests.waiting import until

pytestmark = pytest.mark.integration

PATIENCE_S = 60
LARGE_BYTES = 100_000_000


@contextmanager
def process(method: str, target: Callable[..., object], *args: object) -> Iterator[Any]:
    made = get_context(method).Process(target=target, args=args)  # type: ignore[attr-defined]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking while there are threads
        made.start()
    try:
        yield made
        made.join(PATIENCE_S)
    finally:
        made.kill()
        made.join()
        made.close()


def echo(questions: MultiprocessQueue[Any], answers: MultiprocessQueue[Any]) -> None:
    for item in questions:
        answers.put_sync(item)
    answers.put_sync("through")


async def echo_in_loop(questions: MultiprocessQueue[Any], answers: MultiprocessQueue[Any]) -> None:
    async for item in questions:
        await answers.put(item)
    await answers.put("through")


def run_echo_in_loop(questions: MultiprocessQueue[Any], answers: MultiprocessQueue[Any]) -> None:
    asyncio.run(echo_in_loop(questions, answers))


def put_numbers(queue: MultiprocessQueue[Any], writer: int, numbers: range, padding: int = 0) -> None:
    for number in numbers:
        queue.put_sync((writer, number, b"x" * padding))


def put_for_ever(queue: MultiprocessQueue[Any], writer: int) -> None:
    for number in count():
        queue.put_sync((writer, number, bytes([number % 251]) * (300_000 if number % 2 else 10)))


def take_for_ever(queue: MultiprocessQueue[Any], taken: MultiprocessQueue[Any]) -> None:
    for item in queue:
        taken.put_sync(item)


def take_one(queue: MultiprocessQueue[Any]) -> None:
    queue.get_sync()


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
@pytest.mark.parametrize(("target", "maxsize"), [(echo, 0), (run_echo_in_loop, 2)])
def test_it_is_handed_to_processes_of_every_kind(method, target, maxsize):
    questions: MultiprocessQueue[Any] = MultiprocessQueue(maxsize)
    answers: MultiprocessQueue[Any] = MultiprocessQueue(maxsize)
    with process(method, target, questions, answers):
        for item in ["한글", {"rows": [1, None]}, b""]:
            questions.put_sync(item, timeout=PATIENCE_S)
            assert answers.get_sync(timeout=PATIENCE_S) == item
        questions.close()
        assert answers.get_sync(timeout=PATIENCE_S) == "through"


def test_what_each_process_puts_comes_out_in_its_order():
    queue: MultiprocessQueue[Any] = MultiprocessQueue()
    with process("fork", put_numbers, queue, 1, range(500), 400), process("fork", put_numbers, queue, 2, range(500)):
        items = [queue.get_sync(timeout=PATIENCE_S) for _ in range(1_000)]
    for writer in (1, 2):
        assert [number for who, number, _ in items if who == writer] == list(range(500))


def test_what_was_put_is_there_when_its_writer_has_ended():
    queue: MultiprocessQueue[Any] = MultiprocessQueue()
    for _ in range(10):
        with process("fork", put_numbers, queue, 1, range(3)) as writer:
            writer.join(PATIENCE_S)
            assert [queue.get_sync(timeout=0)[1] for _ in range(3)] == [0, 1, 2]
            with pytest.raises(TimeoutError):
                queue.get_sync(timeout=0)


@pytest.mark.parametrize("overflow", ["block", "drop_newest"])
def test_what_was_put_is_there_when_its_writer_has_ended_and_the_queue_is_closed(overflow):
    for _ in range(5):
        queue: MultiprocessQueue[Any] = MultiprocessQueue(1_000, overflow)
        with process("fork", put_numbers, queue, 1, range(200)) as writer:
            writer.join(PATIENCE_S)
            queue.close()
        assert [number for _, number, _ in queue] == list(range(200))


@pytest.mark.parametrize("maxsize", [0, 5])
def test_killed_writers_harm_nobody_else(maxsize):
    queue: MultiprocessQueue[Any] = MultiprocessQueue(maxsize)
    latest = dict.fromkeys(range(9), -1)

    def take(until_from: int) -> None:
        while True:
            writer, number, content = queue.get_sync(timeout=PATIENCE_S)
            assert number == latest[writer] + 1
            assert content == bytes([number % 251]) * (300_000 if number % 2 else 10)
            latest[writer] = number
            if writer == until_from:
                return

    with process("fork", put_for_ever, queue, 0) as steady:
        for writer in range(1, 9):
            with process("fork", put_for_ever, queue, writer) as killed:
                take(writer)
                killed.kill()
        for _ in range(20):
            take(0)
        steady.kill()
    assert all(number >= 0 for number in latest.values())


def test_it_is_closed_although_somebody_goes_on_putting():
    queue: MultiprocessQueue[Any] = MultiprocessQueue(1, "drop_oldest")
    with process("fork", put_for_ever, queue, 0) as writer:
        until(queue._items.has_news)  # type: ignore[union-attr]
        queue.close()
        writer.join(PATIENCE_S)
        assert writer.exitcode == 1  # QueueClosedError


def test_a_writer_killed_in_the_midst_of_an_item_has_not_put_it():
    queue: MultiprocessQueue[Any] = MultiprocessQueue()
    queue.share()
    hub = queue._hub
    assert hub is not None
    with process("fork", put_numbers, queue, 1, range(1), LARGE_BYTES) as writer:
        until(lambda: any(peer._reader._large is not None for peer in list(hub._peers)) or queue.qsize())
        writer.kill()
    until(lambda: not hub._peers)
    queue.put_sync("next")
    assert [queue.get_sync(timeout=PATIENCE_S) for _ in range(queue.qsize())][-1] == "next"


def test_killed_readers_take_nothing_but_what_they_have_got():
    queue: MultiprocessQueue[int] = MultiprocessQueue()
    taken: MultiprocessQueue[int] = MultiprocessQueue()
    for number in range(2_000):
        queue.put_sync(number)
    for _ in range(6):
        with process("fork", take_for_ever, queue, taken) as reader:
            until(lambda: taken.qsize() >= 20)
            reader.kill()
        while taken.qsize() > 5:
            taken.get_sync()
    until(lambda: not queue._hub._peers)  # type: ignore[union-attr]
    left = [queue.get_sync() for _ in range(queue.qsize())]
    assert left == sorted(left)
    assert len(left) > 1_000
    lost_at_most = 6  # each may have been killed between its get and its put
    assert left == list(range(left[0], 2_000))
    assert left[0] <= 2_000 - len(left) + lost_at_most


def test_a_reader_killed_while_an_item_is_on_its_way_has_not_taken_it():
    queue: MultiprocessQueue[bytes] = MultiprocessQueue()
    with process("fork", take_one, queue) as reader:
        until(lambda: queue._items.takers.line)  # type: ignore[union-attr]
        os.kill(reader.pid, signal.SIGSTOP)
        until(lambda: psutil.Process(reader.pid).status() == psutil.STATUS_STOPPED)
        queue.put_sync(b"first" * 1_000_000)
        queue.put_sync(b"second")
        until(lambda: queue.qsize() == 1)
        reader.kill()
        reader.join()
        until(lambda: queue.qsize() == 2)
        assert queue.get_sync() == b"first" * 1_000_000
        assert queue.get_sync() == b"second"


def test_a_stopped_reader_keeps_nobody_from_the_queue():
    queue: MultiprocessQueue[int] = MultiprocessQueue()
    taken: MultiprocessQueue[int] = MultiprocessQueue()
    with process("fork", take_for_ever, queue, taken) as stopped:
        until(lambda: queue._items.takers.line)  # type: ignore[union-attr]
        os.kill(stopped.pid, signal.SIGSTOP)
        with process("fork", take_for_ever, queue, taken) as going:
            for number in range(10):
                queue.put_sync(number)
            assert [taken.get_sync(timeout=PATIENCE_S) for _ in range(9)] == list(range(1, 10))
            going.kill()
        stopped.kill()
    until(lambda: queue.qsize() == 1)
    assert queue.get_sync() == 0


def test_an_item_of_100_megabytes_travels_both_ways():
    queue: MultiprocessQueue[Any] = MultiprocessQueue()
    back: MultiprocessQueue[Any] = MultiprocessQueue()
    with process("fork", echo, queue, back):
        item = os.urandom(LARGE_BYTES)
        queue.put_sync(item)
        assert back.get_sync(timeout=PATIENCE_S) == item
        queue.close()


def make_and_fork(pipe: Any) -> None:
    queue: MultiprocessQueue[Any] = MultiprocessQueue()
    pipe.send(queue)
    pipe.recv()
    if (pid := os.fork()) == 0:
        signal.pause()
    pipe.send(pid)
    signal.pause()


@pytest.mark.parametrize("is_served_in_loop", [False, True])
def test_the_others_learn_at_once_that_its_maker_was_killed(is_served_in_loop):
    here, there = get_context("fork").Pipe()
    with process("fork", make_and_fork, there) as maker:
        there.close()
        queue: MultiprocessQueue[Any] = here.recv()
        queue.put_sync(1)
        assert queue.get_sync(timeout=PATIENCE_S) == 1
        here.send("fork")
        heir = here.recv()
        try:
            outcome: list[BaseException] = []

            def wait() -> None:
                try:
                    asyncio.run(queue.get()) if is_served_in_loop else queue.get_sync()
                except QueueClosedError as error:
                    outcome.append(error)

            waiting = threading.Thread(target=wait)
            waiting.start()
            maker.kill()
            waiting.join(PATIENCE_S)
            assert isinstance(outcome[0], QueueLostError)
            until(lambda: maker.exitcode is not None)  # its connections go one after the other, with its last thread
            with pytest.raises(QueueLostError, match="Hint: make the queue in a process that outlives"):
                queue.put_sync(2)
            with pytest.raises(QueueLostError):
                list(queue)
            assert (queue.qsize(), queue.dropped, queue.is_closed) == (0, 0, True)
            queue.close()
        finally:
            os.kill(heir, signal.SIGKILL)
            here.close()


def test_it_leaves_no_descriptor_thread_or_file():
    def use() -> None:
        queue: MultiprocessQueue[Any] = MultiprocessQueue()
        back: MultiprocessQueue[Any] = MultiprocessQueue(1)
        with process("fork", echo, queue, back):
            queue.put_sync(1)
            assert back.get_sync(timeout=PATIENCE_S) == 1
            queue.close()
            assert back.get_sync(timeout=PATIENCE_S) == "through"

    def held() -> tuple[int, int]:
        return len(list(Path("/proc/self/fd").iterdir())), threading.active_count()

    gc.collect()
    before = held()
    use()
    gc.collect()
    until(lambda: held() == before, otherwise=lambda: f"{held()}, before it was {before}")


def test_a_queue_that_stays_in_its_process_needs_no_thread():
    before = threading.active_count()
    queue: MultiprocessQueue[int] = MultiprocessQueue()
    queue.put_sync(1)
    assert queue.get_sync() == 1
    assert threading.active_count() == before


def test_strangers_are_not_let_in(monkeypatch):
    queue: MultiprocessQueue[int] = MultiprocessQueue()
    queue.share()
    for said in [
        b"GET / HTTP/1.1\r\n\r\n",
        queue_wire.HEADER.pack(queue_wire.Kind.HELLO, 1 << 60),
        queue_wire.HEADER.pack(queue_wire.Kind.PUT, 1) + b"x",
        queue_wire.HEADER.pack(queue_wire.Kind.PROOF, 32) + bytes(32),
    ]:
        with queue_wire.open_socket(queue._home.address) as stranger:
            stranger.setblocking(True)
            stranger.connect(queue._home.address)
            stranger.settimeout(PATIENCE_S)
            stranger.sendall(said)
            assert stranger.recv(100) == b""
    assert queue.qsize() == 0


def test_where_there_is_no_abstract_namespace_it_is_reached_by_a_port(monkeypatch):
    monkeypatch.setattr(queue_hub, "listen", lambda: queue_wire.listen(family="AF_INET"))
    queue: MultiprocessQueue[Any] = MultiprocessQueue(1)
    back: MultiprocessQueue[Any] = MultiprocessQueue()
    assert queue._home.address[0] == "127.0.0.1"
    with process("fork", echo, queue, back):
        for item in [1, b"x" * 1_000_000]:
            queue.put_sync(item, timeout=PATIENCE_S)
            assert back.get_sync(timeout=PATIENCE_S) == item
        queue.close()


def test_a_pickle_of_it_is_the_same_queue():
    queue: MultiprocessQueue[int] = MultiprocessQueue()
    assert pickle.loads(pickle.dumps(queue)) is queue
    keeper = QueueKeeper()
    foreign = keeper.make()
    assert pickle.loads(pickle.dumps(foreign)) is foreign
    keeper.close()


class Unloadable:
    def __reduce__(self) -> tuple[type, tuple[str]]:
        return int, ("no number",)


def test_items_that_cannot_travel_are_refused_and_cost_no_other():
    queue: MultiprocessQueue[Any] = MultiprocessQueue()
    with pytest.raises(QueueItemError, match="type 'lock' cannot travel .*\nHint: put what describes it"):
        queue.put_sync(threading.Lock())
    queue.put_sync(Unloadable())
    queue.put_sync(lambda: "next")
    with pytest.raises(QueueItemError, match="no number"):
        queue.get_sync()
    assert queue.get_sync()() == "next"


NOTEBOOK = """
from multiprocessing import get_context
from dataclasses import dataclass
from dpnb.events import MultiprocessQueue
from tests.foreign_queues import echo

@dataclass
class 항공편:
    number: int

queue, back = MultiprocessQueue(), MultiprocessQueue()
process = get_context({method!r}).Process(target=echo, args=(queue, back))
process.start()
queue.put_sync(항공편(7))
assert back.get_sync(timeout=60) == 항공편(7)
queue.close()
process.join()
"""


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_what_cells_define_travels_and_stays_what_it_is(method):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", NOTEBOOK.format(method=method)],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_script_may_end_while_its_processes_go_on_putting():
    script = """
import time
from multiprocessing import get_context
from dpnb.events import MultiprocessQueue
def work():
    for number in range(300):
        queue.put_sync(number)
        time.sleep(0.001)
queue = MultiprocessQueue()
get_context("fork").Process(target=work).start()
"""
    done = subprocess.run([sys.executable, "-X", "dev", "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_cancelled_get_of_another_process_takes_nothing():
    keeper = QueueKeeper()
    queue = keeper.make()

    async def take() -> list[object]:
        for number in range(100):
            waiting = asyncio.create_task(queue.get())
            await asyncio.sleep(0)
            await queue.put(number)
            waiting.cancel()
            await asyncio.wait([waiting])
            if not waiting.cancelled():
                await queue.put(waiting.result())
        return [await queue.get(timeout=PATIENCE_S) for _ in range(100)]

    assert sorted(asyncio.run(take())) == list(range(100))  # type: ignore[type-var]
    keeper.close()
