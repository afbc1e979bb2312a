"""Whether a failed task is tried again, and how long to wait before that."""

from __future__ import annotations

import math
from traceback import format_exception_only
from typing import TYPE_CHECKING

from dpnb.errors import RetryDelayError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MAX_BACKOFF_S = 300.0
MAX_DOUBLINGS = 60  # bounds the power of two; any delay above 1 ns has reached its ceiling by then


def is_retried_on(wanted: Sequence[str] | None, raised: Sequence[str]) -> bool:
    """Tell whether a failure is one of those that a task is retried on.

    Parameters
    ----------
    wanted
        Names of exceptions, with or without their modules; None for all.
    raised
        Names of the class that was raised and of all that it derives from, with their modules.

    Examples
    --------
    >>> is_retried_on(["TimeoutError"], ["dpnb.errors.CallTimedOutError", "builtins.TimeoutError"])
    True
    >>> is_retried_on(["builtins.ValueError"], ["builtins.KeyError", "builtins.LookupError"])
    False
    """
    if wanted is None:
        return True
    return any(name == one or name.endswith(f".{one}") for one in wanted for name in raised)


def retry_delay_s(seconds: float, failed_attempt: int, jitter: Callable[[], float]) -> float:
    """Return the seconds to wait after the failed attempt, whose number counts from 1.

    They double with each failed attempt, up to `MAX_BACKOFF_S` (or itself, if it is larger); of that,
    one half is certain and the other is chance, so that tasks that failed together don't come back together. This is
    "equal jitter" in Marc Brooker, *Exponential Backoff And Jitter*, AWS Architecture Blog, 2015.

    Parameters
    ----------
    seconds
        `retry_delay` of the task.
    failed_attempt
        Number of the attempt that failed, from 1.
    jitter
        Source of chance in [0, 1].

    Raises
    ------
    RetryDelayError
        The delay is no finite number of seconds ≥ 0.

    Examples
    --------
    >>> [retry_delay_s(2.0, attempt, jitter=lambda: 1.0) for attempt in (1, 2, 3)]
    [2.0, 4.0, 8.0]
    """
    ceiling = max(MAX_BACKOFF_S, _checked(seconds))
    return min(seconds * 2.0 ** min(failed_attempt - 1, MAX_DOUBLINGS), ceiling) * (0.5 + jitter() / 2)


def asked_delay_s(rule: Callable[[int], float], failed_attempt: int) -> float:
    """Return what a task's own rule says of the failed attempt, whose number counts from 1, as it is.

    Raises
    ------
    RetryDelayError
        The rule raised, or gave no finite number of seconds ≥ 0. To try again at once on a broken rule would hammer
        whatever made the task fail; so the failure becomes final and says why.
    """
    try:
        seconds = float(rule(failed_attempt))
    except BaseException as error:  # the user's code: even its sys.exit() must not end the run's thread
        said = "".join(format_exception_only(error)).strip()
        raise RetryDelayError(f"retry_delay({failed_attempt}) gave no number of seconds: {said}") from error
    return _checked(seconds)


def _checked(seconds: float) -> float:
    if not 0 <= seconds < math.inf:
        raise RetryDelayError(f"retry_delay is {seconds!r} s, it must be finite and ≥ 0")
    return seconds
