"""How attempts end that could not tell of it themselves."""

from __future__ import annotations

import pytest

from dpnb.errors import CallTimedOutError
from dpnb.orchestrator.executable import ProgressMade, TaskResult
from dpnb.orchestrator.outcomes import with_last_word
from dpnb.orchestrator.worker.failure import describe_exception
from dpnb.results.records import TaskState

NOTE = ProgressMade(fraction=0.5, note="셀 2 of 3: crawl()")


def timed_out(**facts) -> TaskResult:
    return TaskResult(
        run_id="run",
        task_name="보고",
        attempt=1,
        state=TaskState.TIMED_OUT,
        started_us=0,
        duration_s=4.0,
        errors=describe_exception(CallTimedOutError(4.0)),
        **facts,
    )


def test_what_was_killed_tells_where_it_was_by_what_it_has_said_last():
    (told,) = with_last_word(timed_out(), NOTE).errors
    said = "Killed after its timeout of 4 s; it was at '셀 2 of 3: crawl()'."
    assert told.message.splitlines()[0] == said
    assert said in "".join(told.text)


@pytest.mark.parametrize(
    ("result", "made"),
    [
        (timed_out(), None),
        (timed_out(), ProgressMade(fraction=0.5, note="")),
        (timed_out(worker_pid=7), NOTE),  # it told of its end itself
    ],
)
def test_nothing_is_added_where_nothing_was_said_or_it_was_told_already(result, made):
    assert with_last_word(result, made) == result
