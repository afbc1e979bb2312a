"""What every executor promises, held against ours and those of other libraries."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
import warnings
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator

import pandas as pd
import pytest

from dpnb import TaskContext
from dpnb.errors import TaskFailedError
from dpnb.results import Stream
from tests.executors import DASK, GIVEN, OWN, Executors, Pipeline
from tests.outcomes import states

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def executors():
    made = Executors()
    yield made
    made.close()


@pytest.fixture(params=[*OWN, *GIVEN, DASK])
def pipeline(request, tmp_path, executors):
    return Pipeline(executors(request.param), tmp_path / "store")


def test_results_flow_from_task_to_task(pipeline):
    @pipeline.task
    def numbers(n: int = 3) -> pd.DataFrame:
        return pd.DataFrame({"값": range(n)})

    @pipeline.task
    def doubled(numbers: pd.DataFrame) -> pd.DataFrame:
        return numbers * 2

    run = pipeline.run(params={"n": 4})
    assert run.status == "succeeded"
    pd.testing.assert_frame_equal(run["doubled"], pd.DataFrame({"값": [0, 2, 4, 6]}))
    assert run.tasks["rows"].tolist() == [4, 4]


def test_every_kind_of_function_runs(pipeline):
    @pipeline.task
    async def fetched() -> int:
        await asyncio.sleep(0.001)
        return 2

    @pipeline.task
    def listed(fetched: int) -> Iterator[int]:
        yield from range(fetched)

    @pipeline.task
    async def listed_too(fetched: int) -> AsyncIterator[int]:
        for number in range(fetched):
            await asyncio.sleep(0)
            yield number

    @pipeline.task(stream_output=True)
    def streamed(fetched: int) -> Iterator[int]:
        yield from range(fetched)

    @pipeline.task(stream_output=True)
    async def streamed_too(fetched: int) -> AsyncIterator[int]:
        for number in range(fetched):
            yield number

    run = pipeline.run()
    assert run.status == "succeeded"
    assert (run["fetched"], run["listed"], run["listed_too"]) == (2, [0, 1], [0, 1])
    assert isinstance(run["streamed"], Stream)
    assert list(run["streamed"]) == list(run["streamed_too"]) == [0, 1]


def test_a_stream_comes_in_the_form_that_its_consumer_asks_for(pipeline):
    @pipeline.task(stream_output=True)
    def parts() -> Iterator[int]:
        yield from (1, 2, 3)

    @pipeline.task
    def as_stream(parts: Stream[int]) -> str:
        return f"{type(parts).__name__} {len(parts)} {parts[-1]}"

    @pipeline.task
    def as_list(parts: list[int]) -> str:
        return f"{type(parts).__name__} {parts}"

    @pipeline.task
    def as_iterator(parts: Iterator[int]) -> int:
        return next(parts) + next(parts)

    @pipeline.task
    def as_list_or_none(parts: list[int] | None) -> str:
        return type(parts).__name__

    @pipeline.task
    async def as_async_iterator(parts: AsyncIterator[int]) -> int:
        return sum([part async for part in parts])

    run = pipeline.run()
    assert run.failures.empty
    assert run["as_stream"] == "Stream 3 3"
    assert run["as_list"] == "list [1, 2, 3]"
    assert run["as_iterator"] == 3
    assert run["as_list_or_none"] == "list"
    assert run["as_async_iterator"] == 6


def test_a_generator_that_does_not_stream_gives_an_iterator_to_whom_wants_one(pipeline):
    @pipeline.task
    def parts() -> Iterator[int]:
        yield from (1, 2, 3)

    @pipeline.task
    def first(parts: Iterator[int]) -> int:
        return next(parts)

    run = pipeline.run()
    assert run["parts"] == [1, 2, 3]
    assert run["first"] == 1


def test_an_empty_stream_is_a_result(pipeline):
    @pipeline.task(stream_output=True)
    def nothing() -> Iterator[int]:
        yield from ()

    @pipeline.task
    def count(nothing: Stream[int]) -> int:
        return len(nothing)

    run = pipeline.run()
    assert list(run["nothing"]) == []
    assert run["count"] == 0


def test_control_flow_orders_without_passing_anything(pipeline, tmp_path):
    trace = tmp_path / "trace"

    @pipeline.task
    def first() -> None:
        trace.write_text("first")

    @pipeline.task(dependencies=["first"])
    def second() -> str:
        return str(trace.read_text())

    assert pipeline.run()["second"] == "first"


def test_what_a_task_prints_is_in_its_log(pipeline):
    @pipeline.task
    def loud(context: TaskContext) -> None:
        print("출력")
        print("to stderr", file=sys.stderr)
        context.logger.warning("logged")
        warnings.warn("warned", stacklevel=1)

    @pipeline.task
    def quiet() -> None: ...

    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        run = pipeline.run()
    for word in ("출력", "to stderr", "warned"):
        assert word in run.logs("loud")
    assert run.logs("quiet") == ""


def test_a_failing_task_shows_the_user_s_frames_only(pipeline):
    @pipeline.task
    def frame() -> pd.DataFrame:
        return pd.DataFrame({"a": [1]})

    @pipeline.task
    def broken(frame: pd.DataFrame) -> None:
        frame["no such column"]

    run = pipeline.run()
    assert run.status == "failed"
    assert states(run) == {"frame": "succeeded", "broken": "failed"}
    with pytest.raises(TaskFailedError) as caught:
        run["broken"]
    text = str(caught.value)
    assert "KeyError: 'no such column'" in text
    assert 'frame["no such column"]' in text
    assert "pandas" not in caught.value.traceback
    assert "dpnb" not in caught.value.traceback.replace(__file__, "")
    assert "pandas" in run.attempt_records("broken")[-1].traceback_full


def test_retries_run_with_attempts_of_their_own(pipeline, tmp_path):
    tries = tmp_path / "tries"

    @pipeline.task(max_retries=2, retry_delay=0.01)
    def flaky(context: TaskContext) -> int:
        print(f"attempt {context.attempt}")
        tries.write_text(tries.read_text() + "x" if tries.exists() else "x")
        if context.attempt < 3:
            raise ConnectionError("not yet")
        return context.attempt

    run = pipeline.run()
    assert run["flaky"] == 3
    assert tries.read_text() == "xxx"
    assert run.attempts["state"].astype(str).tolist() == ["failed", "failed", "succeeded"]
    assert [run.logs("flaky", attempt).strip() for attempt in (1, 2, 3)] == ["attempt 1", "attempt 2", "attempt 3"]


def test_a_retried_stream_never_mixes_attempts(pipeline):
    @pipeline.task(stream_output=True, max_retries=1, retry_delay=0)
    def parts(context: TaskContext) -> Iterator[str]:
        yield f"{context.attempt}a"
        if context.attempt == 1:
            raise ConnectionError
        yield f"{context.attempt}b"

    @pipeline.task
    def joined(parts: list[str]) -> str:
        return " ".join(parts)

    run = pipeline.run()
    assert run["joined"] == "2a 2b"
    assert list(run["parts"]) == ["2a", "2b"]


def test_a_consumer_that_iterates_never_sees_two_attempts_of_a_stream(pipeline):
    @pipeline.task(stream_output=True, max_retries=1, retry_delay=0)
    def parts(context: TaskContext) -> Iterator[str]:
        yield f"{context.attempt}a"
        if context.attempt == 1:
            raise ConnectionError
        yield f"{context.attempt}b"

    @pipeline.task(stream_output=True)
    async def louder(parts: AsyncIterator[str]) -> AsyncIterator[str]:
        async for part in parts:
            yield part.upper()

    @pipeline.task
    def joined(louder: Iterator[str]) -> str:
        return " ".join(louder)

    run = pipeline.run()
    assert run.status == "succeeded"
    assert run["joined"] == "2A 2B"


def test_a_loop_over_a_stream_goes_on_where_the_last_one_stopped(pipeline):
    @pipeline.task(stream_output=True)
    def parts() -> Iterator[int]:
        yield from range(6)

    @pipeline.task
    def in_pieces(parts: Generator[int, None, None]) -> list[list[int]]:
        pieces = []
        for part in parts:
            pieces.append([part])
            break
        pieces += [[next(parts)], [part for part, _ in zip(parts, range(2), strict=False)]]
        return [*pieces, list(parts), list(parts)]

    @pipeline.task
    async def in_async_pieces(parts: AsyncGenerator[int, None]) -> list[int]:
        taken = []
        async for part in parts:
            taken.append(part)
            break
        taken.append(await anext(parts))
        await parts.aclose()
        return taken + [part async for part in parts]

    run = pipeline.run()
    assert run.failures.empty
    assert run["in_pieces"] == [[0], [1], [2, 3], [5], []]  # zip takes one more than it gives
    assert run["in_async_pieces"] == [0, 1]


def test_a_generator_that_fails_keeps_what_it_gave(pipeline):
    @pipeline.task(stream_output=True)
    def parts() -> Iterator[int]:
        yield 1
        yield 2
        raise ValueError("third")

    run = pipeline.run()
    assert states(run) == {"parts": "failed"}
    assert list(run["parts"]) == [1, 2]


def test_fail_safe_rules(pipeline):
    @pipeline.task(fail_safe=True)
    def lost() -> int:
        raise ValueError

    @pipeline.task(dependencies=["lost"])
    def after() -> str:
        return "ran"

    @pipeline.task
    def with_default(lost: int = 7) -> int:
        return lost

    @pipeline.task
    def with_none(lost: int | None) -> bool:
        return lost is None

    @pipeline.task
    def needs(lost: int) -> int:
        return lost

    run = pipeline.run()
    assert run.status == "succeeded"
    assert states(run) == {
        "lost": "failed",
        "after": "succeeded",
        "with_default": "succeeded",
        "with_none": "succeeded",
        "needs": "skipped",
    }
    assert (run["with_default"], run["with_none"]) == (7, True)


def test_a_failure_ends_the_run_and_keeps_what_was_stored(pipeline):
    @pipeline.task
    def first() -> int:
        return 1

    @pipeline.task
    def broken(first: int) -> int:
        raise ValueError(first)

    @pipeline.task
    def after(broken: int) -> int:
        return broken

    run = pipeline.run()
    assert run.status == "failed"
    assert run["first"] == 1
    assert states(run)["after"] == "skipped"
    assert "broken" in run.tasks.set_index("task").loc["after", "reason"]


def test_system_exit_is_a_failure_and_the_next_task_runs(pipeline):
    @pipeline.task(fail_safe=True)
    def leaves() -> None:
        sys.exit(3)

    @pipeline.task(dependencies=["leaves"])
    def stays() -> int:
        return 1

    run = pipeline.run()
    assert states(run) == {"leaves": "failed", "stays": "succeeded"}


def test_an_unstorable_result_fails_its_task(pipeline):
    @pipeline.task
    def connection() -> object:
        import threading

        return {"lock": threading.Lock()}

    run = pipeline.run()
    assert states(run) == {"connection": "failed"}
    assert "lock" in run.failures["error"].iloc[0]


def test_a_changed_input_leaves_the_store_as_it_was(pipeline):
    @pipeline.task
    def frame() -> pd.DataFrame:
        return pd.DataFrame({"x": [1.0] * 100_000})

    @pipeline.task
    def spoiled(frame: pd.DataFrame) -> float:
        frame["x"] = 0.0
        return float(frame["x"].sum())

    run = pipeline.run()
    assert run["spoiled"] == 0
    assert run["frame"]["x"].sum() == 100_000


def test_measures_are_taken(pipeline):
    @pipeline.task
    def busy() -> int:
        block = bytearray(50_000_000)
        until = time.process_time() + 0.05
        while time.process_time() < until:
            pass
        return len(block)

    row = pipeline.run().tasks.iloc[0]
    assert row["duration"].total_seconds() >= 0.05
    assert row["cpu"].total_seconds() >= 0.05
    assert row["peak_memory"] > 50_000_000


def test_bytes_read_and_written_are_counted(pipeline, tmp_path):
    @pipeline.task
    def made() -> pd.DataFrame:
        (tmp_path / "own").write_bytes(b"x" * 3_000_000)
        return pd.DataFrame({"x": range(1_000_000)}, dtype="int64")

    @pipeline.task
    def read(made: pd.DataFrame) -> int:
        code = f"open({str(tmp_path / 'own')!r}, 'rb').read()"
        return subprocess.run([sys.executable, "-c", code], check=True).returncode

    @pipeline.task
    def idle(read: int) -> None: ...

    attempts = pipeline.run().attempts.set_index("task")
    assert 11_000_000 <= attempts.loc["made", "written"] < 11_500_000  # its file and its result
    assert attempts.loc["read", "read"] >= 11_000_000  # its input, mapped, and what its child read
    assert attempts.loc["idle", ["read", "written"]].max() < 100_000


def test_positional_only_parameters_are_bound(pipeline):
    @pipeline.task
    def first() -> int:
        return 2

    @pipeline.task
    def second(first: int, /, factor: int = 10) -> int:
        return first * factor

    assert pipeline.run()["second"] == 20
