from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import pytest

from dpnb.planner import DAGBuilder, Planner
from dpnb.planner.task_identity import UNKNOWN, TaskIdentifier, TaskIdentity
from dpnb.registry import TaskContext, TaskRegistry, task
from dpnb.registry.fingerprint import Fingerprint
from dpnb.results.records import TaskRunRecord, TaskState

FACTOR = 2


def times(number: int) -> int:
    return number * FACTOR


def identities(registry: TaskRegistry, **params: object) -> tuple[dict[str, TaskIdentity], TaskIdentifier]:
    plan = Planner(DAGBuilder(registry)).create_execution_plan(params=params)
    identifier = TaskIdentifier(plan.params)
    return {name: identifier.identify(node) for name, node in plan.dag.nodes.items()}, identifier


def stored(identity: TaskIdentity, **changes: Any) -> TaskRunRecord:
    record = TaskRunRecord(
        run_id="r",
        task="t",
        position=0,
        state=TaskState.SUCCEEDED,
        code=identity.code,
        arguments=identity.arguments,
        reads=identity.reads,
    )
    return replace(record, **changes)


@pytest.fixture
def tasks() -> TaskRegistry:
    made = TaskRegistry()

    @task(registry=made)
    def flights(year: int = 2013, 도시: str = "서울") -> int:
        return times(year)

    @task(registry=made)
    def planes() -> int:
        return 1

    return made


def test_a_task_is_what_it_reaches_and_what_it_is_given(tasks, monkeypatch):
    before, _ = identities(tasks, year=2014)
    assert before["flights"].fits(stored(before["flights"]))
    assert not identities(tasks, year=2015)[0]["flights"].fits(stored(before["flights"]))
    monkeypatch.setitem(times.__globals__, "FACTOR", 3)
    after, _ = identities(tasks, year=2014)
    assert not after["flights"].fits(stored(before["flights"]))
    assert after["planes"] == before["planes"]


def test_a_parameter_changes_only_the_tasks_that_take_it(tasks):
    first, second = identities(tasks, year=2014)[0], identities(tasks, year=2015)[0]
    assert first["planes"] == second["planes"]
    assert first["flights"].code == second["flights"].code


def test_a_parameter_that_says_what_the_default_says_changes_nothing(tasks):
    assert identities(tasks, year=2013, 도시="서울")[0] == identities(tasks)[0]
    assert identities(tasks, year=2014)[0] != identities(tasks)[0]


def test_arguments_are_equal_by_value_however_they_are_written(tasks):
    identity = identities(tasks, year=2014)[0]["flights"]
    written_otherwise = identity.arguments.replace('"2014"', '"two thousand and fourteen"')
    assert written_otherwise != identity.arguments
    assert identity.fits(stored(identity, arguments=written_otherwise))
    for other in ("", "{", "[1]", '{"year": 1}'):  # as a damaged ledger may hold
        assert not identity.fits(stored(identity, arguments=other))


def test_the_source_of_each_task_is_at_hand_by_its_id(tasks):
    found, identifier = identities(tasks)
    source_id = found["flights"].source or ""
    source = identifier.sources[source_id]
    assert "return number * FACTOR" in str(Fingerprint.from_json(source).parts)
    assert identifier.fingerprints[source_id].digest == found["flights"].code


def test_what_is_stored_in_chunks_is_another_thing():
    codes = set()
    for stream_output in (False, True):
        made = TaskRegistry()

        @task(registry=made, stream_output=stream_output)
        def months():
            yield 1

        codes.add(identities(made)[0]["months"].code)
    assert len(codes) == 2


def test_what_cannot_be_tracked_is_told_unless_a_version_stands_for_it(tmp_path):
    with (tmp_path / "열린").open("w") as opened:

        def write() -> int:
            return int(opened.write("x"))

        for version, is_told in ((None, True), ("1", False)):
            made = TaskRegistry()
            task(write, registry=made, version=version)
            assert bool(identities(made)[0]["write"].untracked) is is_told


@pytest.mark.parametrize("version", [None, "1"])
def test_an_argument_that_cannot_be_tracked_is_told_and_no_version_stands_for_it(tmp_path, version):
    made = TaskRegistry()

    @task(registry=made, version=version)
    def write(target: object) -> int:
        return 1

    with (tmp_path / "target").open("w") as opened:
        [text] = identities(made, target=opened)[0]["write"].untracked
    assert text.startswith("parameter `target`: ")


class Hostile:
    def __repr__(self) -> str:
        raise RuntimeError("no")

    def __reduce_ex__(self, protocol: object) -> str:
        raise RuntimeError("no")


def test_hostile_values_stop_nobody():
    made = TaskRegistry()

    @task(registry=made)
    def use(target: object) -> int:
        return 1

    identity = identities(made, target=Hostile())[0]["use"]
    assert "Hostile" in identity.arguments


def test_what_is_unknown_fits_nothing():
    assert not UNKNOWN.fits(stored(UNKNOWN))


def asking(annotation: Any) -> TaskIdentity:
    made = TaskRegistry()

    @task(registry=made, stream_output=True)
    def months():
        yield 1

    def count(months, ctx=None):
        return type(months).__name__, type(ctx).__name__

    count.__annotations__ = annotation
    task(count, registry=made)
    return identities(made)[0]["count"]


def test_what_annotations_ask_for_counts():
    asked = [
        {},
        {"months": list[int]},
        {"months": Iterator[int]},
        {"months": AsyncIterator[int]},
        {"ctx": TaskContext},
        {"ctx": "TaskContext | None", "months": list},
    ]
    found = [asking(one) for one in asked]
    for number, one in enumerate(found):
        assert [one.fits(stored(other)) for other in found] == [number == place for place in range(len(found))]


def test_other_annotations_do_not_count():
    assert asking({"months": Any, "ctx": "int | None"}).fits(stored(asking({})))
    assert asking({"months": list[int] | None}).fits(stored(asking({"months": "list[str]"})))
