from __future__ import annotations

import asyncio
import threading

from dpnb.events import InMemoryQueue
from tests.waiting import until


def test_a_loop_that_stands_still_keeps_no_item_from_others():
    queue: InMemoryQueue[int] = InMemoryQueue()
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        waiting = loop.create_task(queue.get())
        runner.run(asyncio.sleep(0))  # it waits now, and its loop has stopped
        taken: list[int] = []
        thread = threading.Thread(target=lambda: taken.append(queue.get_sync(timeout=30)))
        thread.start()
        until(lambda: len(queue.takers.line) == 2)
        queue.put_sync(1)
        thread.join()
        assert taken == [1]
        queue.put_sync(2)
        assert loop.run_until_complete(waiting) == 2


def test_a_loop_that_was_closed_keeps_no_item_from_others():
    queue: InMemoryQueue[int] = InMemoryQueue()
    loop = asyncio.new_event_loop()
    coroutine = queue.get()

    async def begin() -> None:
        coroutine.send(None)

    loop.run_until_complete(begin())
    loop.close()
    taken: list[int] = []
    thread = threading.Thread(target=lambda: taken.append(queue.get_sync(timeout=30)))
    thread.start()
    until(lambda: len(queue.takers.line) == 2)
    queue.put_sync(1)
    thread.join()
    assert taken == [1]
    coroutine.close()
