from __future__ import annotations

from dpnb.pages.renewal import Renewal
from tests.waiting import until


def test_what_changes_during_a_rest_is_renewed_after_it():
    state = ["running"]
    shown: list[str] = []
    renewal = Renewal(lambda: shown.append(state[-1]), rest_s=0.02)
    renewal.ask()
    until(lambda: shown == ["running"])
    state.append("succeeded")
    renewal.ask()  # the last change of all: nothing asks again
    until(lambda: shown == ["running", "succeeded"])
    renewal.close()


def test_many_changes_in_one_rest_wait_for_the_same_renewal():
    renewal = Renewal(lambda: None, rest_s=3600.0)
    renewal.ask()
    due = renewal._due
    for _ in range(50):
        renewal.ask()
    assert renewal._due is due
    renewal.close()
    assert due is not None
    due.join(60)  # it has been called off


def test_nothing_is_renewed_once_it_is_closed():
    shown: list[str] = []
    renewal = Renewal(lambda: shown.append("late"), rest_s=0.0)
    renewal.close()
    renewal.ask()
    assert renewal._due is None
    assert shown == []
