"""A click is done once, however often it is sent and on whichever thread it comes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from dpnb.notebook.panel.clicks import Clicks


def noting() -> tuple[list[str], Clicks]:
    """Return clicks that can cancel, and the ids of those that did."""
    done: list[str] = []

    def cancel(click: dict[str, Any]) -> str:
        done.append(click["id"])
        return "cancelling"

    return done, Clicks({"cancel": cancel})


def test_a_click_that_is_sent_again_is_answered_again_and_not_done_again():
    done, clicks = noting()
    click = {"do": "cancel", "id": "a-1"}
    assert clicks.take(click) == clicks.take(click) == ("a-1", "cancelling", False)
    assert done == ["a-1"]


def test_clicks_of_many_threads_are_each_done_once():
    done, clicks = noting()
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(clicks.take, [{"do": "cancel", "id": f"a-{number % 50}"} for number in range(400)]))
    assert sorted(done) == sorted(f"a-{number}" for number in range(50))


def test_an_action_that_fails_says_so_to_whoever_clicked():
    def fail(_: object) -> str:
        raise RuntimeError("the run is another's")

    assert Clicks({"resume": fail}).take({"do": "resume", "id": "1"}) == (
        "1",
        "RuntimeError: the run is another's",
        True,
    )


def test_what_is_no_click_is_let_pass():
    clicks = Clicks({"cancel": lambda _: "done"})
    assert clicks.take({"do": "format the disk", "id": "1"}) is None
    assert clicks.take({"do": "cancel"}) is None
    assert clicks.take({"do": "cancel", "id": 7}) is None
