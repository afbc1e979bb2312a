"""Asks a task's own rule how long to wait before its next attempt, where nobody waits for the answer.

A rule is the user's code: it may take its time, or never return. It must hold up neither the thread that ends overdue
attempts nor the one that starts the next task. So it is asked in a thread of its own, and the end of the attempt is
told to the resolver when the answer is there.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from dpnb.results.records import TaskState

if TYPE_CHECKING:
    from collections.abc import Callable

    from dpnb.orchestrator.commands import AttemptEnded
    from dpnb.orchestrator.task_facts import TaskFacts

type Rule = Callable[[int], float]


class DelayRules:
    """The rules of a run's tasks, and the answers that have come; `answered` is called in the thread that asked."""

    def __init__(self, answered: Callable[[AttemptEnded], object]) -> None:
        self._answered = answered
        self._rules: dict[str, tuple[Rule, int]] = {}  # and how many attempts may be followed by another
        self._asked: dict[str, AttemptEnded] = {}
        self._answers: dict[str, Callable[[], float]] = {}

    def take_over(self, facts: TaskFacts) -> TaskFacts:
        """Return a task's facts with the answers that come here in place of a rule of its own."""
        rule = facts.retry_delay
        if not callable(rule):
            return facts
        self._rules[facts.name] = rule, facts.max_retries
        return replace(facts, retry_delay=partial(self._answer, facts.name))

    def ask(self, ended: AttemptEnded) -> bool:
        """Ask a task's rule about an attempt that has ended, if it has one and may be attempted again; tell whether."""
        if not self._matters(ended):
            return False
        self._asked[ended.task] = ended
        threading.Thread(target=self._ask, args=(ended,), name="dpnb-retry-delay", daemon=True).start()
        return True

    def _matters(self, ended: AttemptEnded) -> bool:
        if ended.task not in self._rules or ended.attempt > self._rules[ended.task][1]:
            return False
        return ended.is_retryable and ended.state not in (TaskState.SUCCEEDED, TaskState.CANCELLED)

    def take(self, ended: AttemptEnded) -> bool:
        """Tell whether the answer about this attempt is still waited for, and wait for it no longer."""
        is_wanted = self._asked.get(ended.task) is ended
        if is_wanted:
            del self._asked[ended.task]
        return is_wanted

    def give_up(self) -> list[AttemptEnded]:
        """Wait for no answer any more; returns the attempts about which none has come."""
        waiting = list(self._asked.values())
        self._asked.clear()
        return waiting

    def _ask(self, ended: AttemptEnded) -> None:
        rule, _ = self._rules[ended.task]
        try:
            delay_s = rule(ended.attempt)
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is this rule's answer
            self._answers[ended.task] = partial(_raise, error)
        else:
            self._answers[ended.task] = lambda: delay_s
        self._answered(ended)

    def _answer(self, task: str, attempt: int) -> float:
        given = self._answers.pop(task, None)
        return given() if given is not None else self._rules[task][0](attempt)


def _raise(error: BaseException) -> float:
    raise error
