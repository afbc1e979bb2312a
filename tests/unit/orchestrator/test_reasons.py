from __future__ import annotations

import pytest

from dpnb.orchestrator.reasons import Failures, without_result
from dpnb.results.records import RunStatus, TaskState


@pytest.mark.parametrize("state", [state for state in TaskState if state.is_terminal and not state.has_result])
def test_every_end_without_a_result_has_its_words(state):
    assert without_result("추출", state).startswith("task '추출' ")


def test_run_without_failures_has_nothing_to_explain():
    assert Failures().sum_up(RunStatus.SUCCEEDED, cancelled=False) == ""


def test_first_cause_comes_first_and_fail_safe_failures_last():
    failures = Failures()
    failures.add("a", fail_safe=True)
    failures.add("b", fail_safe=False)
    failed, cancelled = "1 task failed: 'b'", "the run was cancelled"
    safe = "1 fail-safe task failed: 'a'"
    assert failures.sum_up(RunStatus.FAILED, cancelled=False) == f"{failed}; {safe}"
    assert failures.sum_up(RunStatus.FAILED, cancelled=True) == f"{failed}; {cancelled}; {safe}"
    assert failures.sum_up(RunStatus.CANCELLED, cancelled=True) == f"{cancelled}; {failed}; {safe}"


def test_long_lists_are_cut():
    failures = Failures()
    for name in "abcdef":
        failures.add(name, fail_safe=False)
    assert failures.sum_up(RunStatus.FAILED, cancelled=False) == "6 tasks failed: 'a', 'b', 'c', 'd', 'e', …"
