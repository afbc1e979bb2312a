"""A task that failed in a worker is called again here, with exactly what it was given there."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator, Iterator

import pandas as pd
import pytest

from dpnb import Orchestrator, TaskContext, get_planner, get_run, task
from dpnb.errors import DebugError, TaskFailedError, UnknownTaskError
from dpnb.registry import TaskRegistry

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("registry")]


def start(**options):
    return Orchestrator(workers=1).start_pipeline(get_planner().create_execution_plan(**options)).wait(60)


def frames(error: BaseException) -> list[str]:
    found, current = [], error.__traceback__
    while current is not None:
        if "__tracebackhide__" not in current.tb_frame.f_locals:
            found.append(current.tb_frame.f_code.co_name)
        current = current.tb_next
    return found


@pytest.fixture(params=["live", "reopened"])
def seen(request):
    """Give the run as its starter has it, or as a later process would."""
    return (lambda run: run) if request.param == "live" else (lambda run: get_run(run.run_id))


def test_the_exception_comes_from_the_user_s_frames_with_the_user_s_values(seen):
    @task
    def frame(rows: int = 2) -> pd.DataFrame:
        return pd.DataFrame({"x": range(rows)})

    @task
    def broken(frame: pd.DataFrame, /, context: TaskContext, factor: float = 2.0, missing: int | None = None) -> None:
        context.progress(0.5, "반쯤")
        inner = frame["x"].sum() * factor
        raise ValueError(inner, context.task_name, context.attempt)

    run = seen(start(params={"rows": 4, "factor": 0.5}))
    with pytest.raises(ValueError, match="3.0") as caught:
        run.debug("broken")
    assert caught.value.args == (3.0, "broken", 1)
    assert frames(caught.value)[-1] == "broken"
    assert caught.value.__traceback__ is not None
    assert frames(caught.value)[1:] == ["broken"]  # after this test's own
    inputs = run.inputs("broken")
    assert list(inputs) == ["frame", "context", "factor"]
    assert len(inputs["frame"]) == 4
    assert run.debug("frame").equals(inputs["frame"])


def test_streams_are_given_as_they_were(seen):
    @task(stream_output=True)
    def parts() -> Iterator[int]:
        yield from (1, 2, 3)

    @task
    def as_stream(parts):
        return len(parts) + parts[0]

    @task
    def as_list(parts: list[int]) -> list[int]:
        return parts + [4]  # noqa: RUF005 - only a list can be added to one

    @task(stream_output=True)
    def passed_on(parts: Iterator[int]) -> Iterator[int]:
        yield next(parts) * 10
        yield from parts

    @task
    async def awaited(parts: AsyncIterator[int]) -> int:
        return len([part async for part in parts])

    @task
    async def yielded(parts: list[int]) -> AsyncIterator[int]:
        for part in parts:
            yield part

    run = seen(start())
    assert [run.debug(name) for name in ("parts", "as_stream", "as_list", "passed_on", "awaited", "yielded")] == [
        [1, 2, 3],
        4,
        [1, 2, 3, 4],
        [10, 2, 3],
        3,
        [1, 2, 3],
    ]


def test_what_was_missing_is_missing_again(seen):
    @task(fail_safe=True)
    def gone() -> int:
        raise ValueError

    @task
    def without(gone: int | None) -> str:
        return repr(gone)

    @task
    def by_default(gone: int = 7) -> int:
        return gone

    @task(fail_safe=True)
    def never(gone: int) -> int:
        return gone

    run = seen(start())
    assert run.debug("without") == "None"
    assert run.debug("by_default") == 7
    with pytest.raises(TaskFailedError, match="gone"):
        run.debug("never")


def test_the_code_is_as_it_is_now_and_that_is_said(seen, registry):
    @task
    def broken(x: int = 1) -> int:
        raise ValueError

    run = seen(start(params={"x": 5}))
    registry.clear()

    @task(name="broken")
    def mended(x: int = 1) -> int:
        return x * 2

    with pytest.warns(UserWarning, match="'broken' has changed since this run") as told:
        assert run.debug("broken") == 10
    assert told[0].filename == __file__


def test_a_function_with_other_parameters_cannot_be_given_the_same(seen, registry):
    @task
    def broken(x: int = 1) -> int:
        raise ValueError

    run = seen(start(params={"x": 5}))
    registry.clear()

    @task(name="broken")
    def mended(y: int) -> int:
        return y

    with (
        pytest.warns(UserWarning, match="changed"),
        pytest.raises(DebugError, match=r"was \(x: int = …\) → int and is \(y"),
    ):
        run.debug("broken")


def test_a_parameter_that_is_known_as_text_only_is_named():
    class Odd:
        def __repr__(self) -> str:
            return "<odd>"

    @task
    def taken(odd: object = None) -> str:
        return repr(odd)

    run = start(params={"odd": Odd()})
    assert run.debug("taken") == "<odd>"
    with pytest.raises(DebugError, match="run parameter 'odd' was recorded as text only: <odd>"):
        get_run(run.run_id).debug("taken")


def test_a_task_that_is_not_there_is_told():
    own = TaskRegistry()

    @task
    def one() -> int:
        return 1

    run = start()
    with pytest.raises(UnknownTaskError, match="'ones'"):
        run.debug("ones")
    with pytest.raises(UnknownTaskError, match="'one'"):
        get_run(run.run_id).debug("one", registry=own)
    assert run.debug("one", registry=own) == 1  # this process has started it, and knows its code


def test_the_debugger_of_the_shell_lands_in_the_user_s_frame(tmp_path):
    script = tmp_path / "debug.py"
    script.write_text(
        textwrap.dedent("""
            import pdb, sys
            from dpnb import Orchestrator, get_planner, get_run, task

            @task
            def numbers() -> list[int]:
                return [3, 4]

            @task
            def broken(numbers: list[int]) -> None:
                total = sum(numbers)
                raise ValueError(total)

            run = Orchestrator(workers=1).start_pipeline(get_planner().create_execution_plan()).wait()
            try:
                get_run(run.run_id).debug("broken")
            except ValueError as error:
                sys.last_exc = sys.last_value = error
                sys.last_traceback = error.__traceback__
            pdb.pm()
        """)
    )
    done = subprocess.run(
        [sys.executable, str(script)],
        input="p total * 1000\nq\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "7000" in done.stdout
