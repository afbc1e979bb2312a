from __future__ import annotations

import math

import pytest

from dpnb.errors import RetryDelayError
from dpnb.orchestrator.retry import MAX_BACKOFF_S, asked_delay_s, retry_delay_s


def latest() -> float:
    return 1.0


def earliest() -> float:
    return 0.0


def test_delay_doubles_with_each_failed_attempt():
    assert [retry_delay_s(1.5, attempt, latest) for attempt in (1, 2, 3, 4)] == [1.5, 3.0, 6.0, 12.0]


def test_half_of_the_delay_is_certain_and_half_is_chance():
    assert retry_delay_s(8, 1, earliest) == 4.0
    assert retry_delay_s(8, 1, lambda: 0.5) == 6.0
    assert retry_delay_s(8, 1, latest) == 8.0


def test_delay_is_capped():
    assert retry_delay_s(1, 9, latest) == 256.0
    assert retry_delay_s(1, 10, latest) == MAX_BACKOFF_S
    assert retry_delay_s(1, 10**9, earliest) == MAX_BACKOFF_S / 2


def test_delay_that_is_larger_than_the_cap_stays_as_it_is():
    assert [retry_delay_s(1_000, attempt, latest) for attempt in (1, 2, 99)] == [1_000.0] * 3


def test_zero_seconds_stay_zero():
    assert retry_delay_s(0, 5, latest) == 0.0


def test_callable_is_asked_with_the_failed_attempt_and_taken_at_its_word():
    assert [asked_delay_s(lambda attempt: 10_000 * attempt, attempt) for attempt in (1, 2)] == [
        10_000,
        20_000,
    ]


@pytest.mark.parametrize("wrong", [-1.0, math.nan, math.inf, -math.inf])
def test_delay_that_no_clock_could_wait_for_is_refused(wrong):
    with pytest.raises(RetryDelayError, match="finite and ≥ 0"):
        asked_delay_s(lambda _: wrong, 1)
    with pytest.raises(RetryDelayError, match="finite and ≥ 0"):
        retry_delay_s(wrong, 1, latest)


@pytest.mark.parametrize("answer", [None, "soon", [1], 10**400])
def test_answer_that_is_no_number_is_refused(answer):
    with pytest.raises(RetryDelayError, match=r"retry_delay\(2\) gave no number of seconds"):
        asked_delay_s(lambda _: answer, 2)


class Unspeakable(Exception):  # noqa: N818 - the worst that a user's code can raise
    def __str__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt(), SystemExit(3), Unspeakable()], ids=repr)
def test_callable_that_raises_is_refused_whatever_it_raises(error):
    def rule(_attempt: int) -> float:
        raise error

    with pytest.raises(RetryDelayError, match=type(error).__name__) as caught:
        asked_delay_s(rule, 1)
    assert caught.value.__cause__ is error
