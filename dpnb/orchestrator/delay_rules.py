"""Asks a task's own rule how long to wait before its next attempt, where nobody waits for the answer.

A rule is the user's code: it may take its time, or never return. It must hold up neither the thread that ends overdue
attempts nor the one that starts the next task, so it is asked in a thread of its own. The answer may come when nobody
wants it any more.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from dpnb.errors import RetryDelayError
from dpnb.orchestrator.commands import DelayKnown
from dpnb.orchestrator.retry import asked_delay_s

if TYPE_CHECKING:
    from collections.abc import Callable

    from dpnb.orchestrator.commands import AskDelay


class DelayRules:
    """The asking.

    Parameters
    ----------
    answered
        Called with each answer, in the thread that asked.
    is_inline
        Whether nothing goes on beside it: then who wants to know asks himself.
    """

    def __init__(self, answered: Callable[[DelayKnown], object], *, is_inline: bool) -> None:
        self._answered = answered
        self._is_inline = is_inline

    def ask(self, command: AskDelay) -> None:
        """Ask a task's rule."""
        if self._is_inline:
            self._ask(command)
        else:
            threading.Thread(target=self._ask, args=(command,), name="dpnb-retry-delay", daemon=True).start()

    def _ask(self, command: AskDelay) -> None:
        self._answered(delay_known(command))


def delay_known(command: AskDelay) -> DelayKnown:
    """Return what a task's rule answers, whatever it does.

    Examples
    --------
    >>> from dpnb.orchestrator.commands import AskDelay
    >>> delay_known(AskDelay(task="a", rule=lambda failures: 10 * failures, failures=3))
    DelayKnown(task='a', delay_s=30.0, problem='')
    """
    try:
        return DelayKnown(task=command.task, delay_s=asked_delay_s(command.rule, command.failures))
    except RetryDelayError as error:
        return DelayKnown(task=command.task, problem=error.problem)
