from __future__ import annotations

import pandas as pd

from dpnb import task


def test_a_plan_is_a_frame_with_proper_dtypes(registry, planner):
    @task(registry=registry, tags=["etl", "daily"], max_retries=2, timeout=90)
    def flights(year: int = 2013) -> list[int]: ...

    @task(registry=registry, fail_safe=True, stream_output=True)
    async def delays(flights: list[int]):
        yield 1

    frame = planner.create_execution_plan(targets="delays").to_frame()
    assert list(frame["task"]) == ["flights", "delays"]
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == {
        "task": "str",
        "level": "int64",
        "kind": "category",
        "selected": "bool",
        "tags": "str",
        "upstream": "str",
        "downstream": "str",
        "arguments": "str",
        "max_retries": "int64",
        "retry_on": "str",
        "timeout": str(frame["timeout"].dtype),
        "memory_limit": "Int64",
        "cpus": "float64",
        "concurrency_group": "str",
        "fail_safe": "bool",
        "stream_output": "bool",
        "returns": "str",
        "defined_in": "str",
        "freshness": "category",
        "because": "str",
    }
    first, second = frame.iloc[0], frame.iloc[1]
    assert (first["tags"], first["downstream"], first["arguments"]) == ("daily, etl", "delays", "year ← its default")
    assert first["timeout"] == pd.Timedelta(seconds=90)
    assert pd.isna(second["timeout"])
    assert (second["kind"], second["level"], second["upstream"]) == ("async generator", 1, "flights")
    assert list(frame["selected"]) == [False, True]


def test_the_dtypes_hold_without_any_timeout(planner, define):
    define("a")
    frame = planner.create_execution_plan().to_frame()
    assert frame["timeout"].dtype.kind == "m"
    assert frame["task"].dtype == "str"


def test_a_frame_tells_what_is_fresh_and_why_not(flights):
    flights.define("now", cache="never")
    flights.run()
    flights.define("now", "", "1", cache="never")
    frame = flights.plan().to_frame().set_index("task")
    assert dict(frame["freshness"]) == {"flights": "fresh", "delays": "fresh", "report": "fresh", "now": "stale"}
    assert frame.loc["now", "because"] == 'it runs each time: cache="never"; task `now` changed'


def test_a_plan_that_reuses_nothing_leaves_freshness_open(flights):
    frame = flights.plan(None).to_frame()
    assert frame["freshness"].isna().all()
    assert list(frame["freshness"].cat.categories) == ["fresh", "stale", "unsettled"]
    assert set(frame["because"]) == {""}
