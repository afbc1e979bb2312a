"""Messages are handled one at a time, each once, in order, whoever brings them."""

from __future__ import annotations

import threading

from dpnb.orchestrator.inbox import Inbox


def test_a_message_is_handled_by_the_thread_that_brings_it():
    handled = []
    inbox: Inbox[str] = Inbox(lambda message: handled.append((message, threading.current_thread())))
    inbox.put("a")
    assert handled == [("a", threading.current_thread())]


def test_a_message_left_while_one_is_handled_waits_for_its_turn():
    trace = []

    def handle(number):
        trace.append(f"{number} begins")
        if number < 3:
            inbox.put(number + 1)
        trace.append(f"{number} ends")

    inbox = Inbox(handle)
    inbox.put(1)
    assert trace == ["1 begins", "1 ends", "2 begins", "2 ends", "3 begins", "3 ends"]


def test_many_threads_lose_and_repeat_nothing():
    handled, overlaps = [], []
    busy = threading.Lock()

    def handle(message):
        if not busy.acquire(blocking=False):
            overlaps.append(message)
        handled.append(message)
        busy.release()

    inbox = Inbox(handle)

    def bring(sender):
        for number in range(500):
            inbox.put((sender, number))

    threads = [threading.Thread(target=bring, args=(sender,)) for sender in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not overlaps
    assert sorted(handled) == [(sender, number) for sender in range(8) for number in range(500)]
    for sender in range(8):
        assert [number for one, number in handled if one == sender] == list(range(500))


def test_a_handler_that_raises_does_not_hold_up_the_next_message():
    handled = []

    def handle(message):
        handled.append(message)
        if message == "bad":
            raise ValueError

    inbox = Inbox(handle)
    try:
        inbox.put("bad")
    except ValueError:
        handled.append("raised")
    inbox.put("good")
    assert handled == ["bad", "raised", "good"]
