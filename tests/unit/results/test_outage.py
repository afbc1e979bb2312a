"""A server that is away is waited for, within bounds; what was begun is done once more, and comes to the same."""

from __future__ import annotations

import pytest

from dpnb.errors import LedgerUnreachableError
from dpnb.results.outage import OUTAGE_S, Outage, again_if_cut_off


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def wait(self, seconds: float) -> None:
        self.now_s += seconds


class Book:
    """What is cut off a number of times."""

    def __init__(self, times: int) -> None:
        self.clock = Clock()
        self.outage = Outage(lambda: self.clock.now_s, self.clock.wait)
        self.left, self.done = times, 0

    @again_if_cut_off
    def write(self, text: str) -> str:
        self.done += 1
        if self.left:
            self.left -= 1
            raise LedgerUnreachableError("장부", reason="cut off")
        self.outage.end()
        return text


def test_what_was_cut_off_is_done_again_until_it_is_done():
    book = Book(3)
    assert book.write("글") == "글"
    assert book.done == 4


def test_pauses_grow_and_come_to_an_end():
    book = Book(10_000)
    with pytest.raises(LedgerUnreachableError):
        book.write("글")
    assert OUTAGE_S / 2 < book.clock.now_s <= OUTAGE_S
    tries = book.done
    assert tries < 100
    with pytest.raises(LedgerUnreachableError):  # nobody waits a second time for the same outage
        book.write("글")
    assert book.done == tries + 1


def test_a_server_that_has_answered_is_waited_for_anew():
    book = Book(10_000)
    with pytest.raises(LedgerUnreachableError):
        book.write("글")
    book.left = 0
    book.write("글")
    book.left = 5
    assert book.write("글") == "글"
