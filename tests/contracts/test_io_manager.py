"""What every store of results guarantees, whatever it is made of."""

from __future__ import annotations

import multiprocessing
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from dpnb.errors import (
    CorruptResultError,
    LossyFormatError,
    ResultNotFoundError,
    UnknownFormatError,
    UnloadableResultError,
    UnstorableResultError,
)
from dpnb.results import FilesystemIOManager, FsspecIOManager, InMemoryIOManager, MongoIOManager
from tests.objects import file_url, memory_url

if TYPE_CHECKING:
    from dpnb.results import IOManager

NAMES = {"run_id": "run_1", "task_name": "extract", "task_result_id": "result_001"}
AWKWARD = [
    "..",
    "a/b",
    "nul\0byte",
    "CON",
    "Foo",
    "foo",
    ".x",
    "x ",
    "한글 이름",
    "e\u0301",
    "é",
    "x" * 300,
    "",
    "🙂",
    "a~b",
]


FILES = ["filesystem", "filesystem with power durability"]
REMOTE = ["memory:", "file:", "s3:", "mongodb:"]


@pytest.fixture(params=[*FILES, "memory", *REMOTE])
def store(request, tmp_path) -> IOManager:
    if request.param == "memory":
        return InMemoryIOManager()
    if request.param in REMOTE:
        if request.param == "mongodb:":
            return MongoIOManager(request.getfixturevalue("mongo_uri"), cache=tmp_path / "cache")
        urls: dict[str, Any] = {"memory:": memory_url, "file:": lambda: file_url(tmp_path / "store")}
        if request.param == "s3:":
            server = request.getfixturevalue("s3_server")
            return FsspecIOManager(server.new_url(), cache=tmp_path / "cache", **server.options)
        return FsspecIOManager(urls[request.param](), cache=tmp_path / "cache")
    return FilesystemIOManager(tmp_path / "store", durability="power" if "power" in request.param else "process")


def test_what_was_saved_is_loaded(store: IOManager):
    frame = pd.DataFrame({"편명": ["KE1", None], "delay": [1.5, float("nan")]})
    assert isinstance(store.save(**NAMES, value=frame), Path | str)
    pd.testing.assert_frame_equal(store.load(**NAMES), frame)


def test_another_value_in_the_place_of_the_expected_one_is_not_loaded(store: IOManager):
    digest = store.write(**NAMES, value=[1]).digest
    assert store.load(**NAMES, digest=digest) == [1]
    store.write(**NAMES, value=[2])
    with pytest.raises(CorruptResultError, match="digest"):
        store.load(**NAMES, digest=digest)
    assert store.load(**NAMES) == [2]


def test_verifying_tells_the_expected_value_from_any_other(store: IOManager):
    digest = store.write(**NAMES, value=np.arange(1_000_000)).digest
    for sealed in (True, False):
        store.verify(**NAMES, digest=digest, sealed=sealed)
        store.verify(**NAMES, sealed=sealed)
        with pytest.raises(CorruptResultError):
            store.verify(**NAMES, digest="0" * 32, sealed=sealed)
    with pytest.raises(ResultNotFoundError):
        store.verify(**(NAMES | {"task_result_id": "result_002"}), sealed=False)


def test_what_is_set_aside_is_no_result_any_more_and_its_place_is_free(store: IOManager):
    store.write(**NAMES, value=[1])
    assert store.set_aside(**NAMES)
    assert store.set_aside(**NAMES) is None
    assert not store.exists(**NAMES)
    assert store.list_results(run_id="run_1") == []
    store.write(**NAMES, value=[2])
    assert store.set_aside(**NAMES)
    store.write(**NAMES, value=[3])
    assert store.load(**NAMES) == [3]


def test_one_result_can_be_removed_alone(store: IOManager):
    odd = NAMES | {"task_result_id": "결과/1"}
    for names in (NAMES, odd):
        store.write(**names, value=[1])
    assert store.remove(**odd)
    assert not store.remove(**odd)
    assert store.list_results(run_id="run_1") == [NAMES["task_result_id"]]
    assert store.remove(**NAMES)
    assert not store.exists(**NAMES)
    assert not store.remove(**(NAMES | {"run_id": "nowhere"}))


def test_tidying_touches_no_result(store: IOManager):
    assert store.tidy(run_id="nowhere") == []
    store.write(**NAMES, value=[1])
    assert store.tidy(run_id="run_1") == store.tidy(run_id="run_1", task_name="extract") == []
    assert store.load(**NAMES) == [1]


def test_names_may_be_given_in_order(store: Any):
    store.save("run_1", "extract", "result_001", 7)
    assert store.load("run_1", "extract", "result_001") == 7
    assert store.exists("run_1", "extract", "result_001")


@pytest.mark.parametrize("value", [None, True, 0, -1.5, "한글", b"\0", [], {}, (1, [2, {3}]), 2**200, float("inf")])
def test_plain_values_come_back_equal_and_of_their_type(store: IOManager, value):
    store.save(**NAMES, value=value)
    loaded = store.load(**NAMES)
    assert loaded == value
    assert type(loaded) is type(value)


def test_the_last_write_wins(store: IOManager):
    store.save(**NAMES, value=np.zeros(200_000))
    held = store.load(**NAMES)
    store.save(**NAMES, value="second")
    assert store.load(**NAMES) == "second"
    assert store.list_results(run_id="run_1") == ["result_001"]
    assert not held.any()  # a value loaded before stays what it was


def test_changing_what_was_loaded_leaves_the_store_alone(store: IOManager):
    store.save(**NAMES, value={"array": np.arange(500_000), "frame": pd.DataFrame({"a": np.zeros(200_000)})})
    loaded = store.load(**NAMES)
    loaded["array"][:] = -1
    loaded["frame"].loc[0, "a"] = 9.0
    again = store.load(**NAMES)
    assert again["array"][0] == 0
    assert again["frame"]["a"].iloc[0] == 0.0


def test_changing_what_was_saved_leaves_the_store_alone(store: IOManager):
    value = np.zeros(200_000)
    store.save(**NAMES, value=value)
    value[:] = 1
    assert not store.load(**NAMES).any()


def test_the_record_of_writing_is_what_describe_tells(store: IOManager):
    record = store.write(run_id="run_1", task_name="extract", task_result_id="attempt_2_chunk_00003", value=[1, 2, 3])
    assert record == store.describe(run_id="run_1", task_name="extract", task_result_id="attempt_2_chunk_00003")
    assert (record.run_id, record.task, record.result_id) == ("run_1", "extract", "attempt_2_chunk_00003")
    assert (record.attempt, record.chunk) == (2, 3)
    assert record.facts.type == "list"
    assert record.facts.rows == 3
    assert record.size_bytes > 0
    assert record.saved_us > 0
    assert record.path == "run_1/extract/attempt_2_chunk_00003.pkl"


def test_equal_values_have_equal_digests_and_others_not(store: IOManager):
    def digest(result_id: str, value: Any) -> str:
        return store.write(run_id="r", task_name="t", task_result_id=result_id, value=value).digest

    frame = pd.DataFrame({"a": np.arange(50_000), "t": pd.date_range("2020", periods=50_000)})
    assert digest("1", frame) == digest("2", frame.copy())
    assert digest("3", frame.assign(a=frame["a"].where(frame.index != 49_999, 0))) != digest("1", frame)


def test_any_unicode_text_is_a_name(store: IOManager):
    for position, name in enumerate(AWKWARD):
        store.save(run_id=name, task_name=name, task_result_id=name, value=position)
    for position, name in enumerate(AWKWARD):
        assert store.load(run_id=name, task_name=name, task_result_id=name) == position
        assert store.list_results(run_id=name) == [name]
    assert store.list_runs() == sorted(AWKWARD)


def test_listing_is_sorted_and_by_task(store: IOManager):
    for task, result_id in (("b", "result_002"), ("a", "chunk_00001"), ("a", "chunk_00000"), ("b", "result_001")):
        store.save(run_id="run_1", task_name=task, task_result_id=result_id, value=0)
    assert store.list_results(run_id="run_1", task_name="a") == ["chunk_00000", "chunk_00001"]
    assert store.list_results(run_id="run_1") == ["chunk_00000", "chunk_00001", "result_001", "result_002"]
    assert store.list_results(run_id="run_1", task_name="c") == []
    assert store.list_results(run_id="run_2") == []


def test_a_missing_result_is_named_with_what_there_is(store: IOManager):
    store.save(**NAMES, value=1)
    for look in (store.load, store.describe):
        with pytest.raises(ResultNotFoundError, match="'result_007'.*'extract'.*'run_1'") as caught:
            look(run_id="run_1", task_name="extract", task_result_id="result_007")
        assert "result_001" in caught.value.hint
    assert not store.exists(run_id="run_1", task_name="extract", task_result_id="result_007")
    assert not store.exists(run_id="run_2", task_name="extract", task_result_id="result_001")
    with pytest.raises(LookupError):
        store.load(run_id="run_2", task_name="extract", task_result_id="result_001")


def test_clearing_a_run_tells_how_much_it_held_and_leaves_the_others(store: IOManager):
    for task in ("a", "b"):
        store.save(run_id="run_1", task_name=task, task_result_id="result_001", value=0)
    store.save(run_id="run_2", task_name="a", task_result_id="result_001", value=2)
    assert store.clear_run(run_id="run_1") == 2
    assert store.clear_run(run_id="run_1") == 0
    assert store.list_runs() == ["run_2"]
    assert not store.exists(run_id="run_1", task_name="a", task_result_id="result_001")
    assert store.load(run_id="run_2", task_name="a", task_result_id="result_001") == 2
    store.save(run_id="run_1", task_name="a", task_result_id="result_001", value=3)
    assert store.load(run_id="run_1", task_name="a", task_result_id="result_001") == 3


def test_a_value_that_cannot_be_pickled_is_refused_by_name_and_leaves_what_was_there(store: IOManager):
    store.save(**NAMES, value="kept")
    with pytest.raises(UnstorableResultError, match=r"result\['models'\]\[1\]\.lock \(a lock\)"):
        store.save(**NAMES, value={"models": [1, Model()]})
    assert store.load(**NAMES) == "kept"
    assert store.list_results(run_id="run_1") == ["result_001"]


def test_a_value_that_raises_when_unpickled_is_an_error_with_its_cause(store: IOManager):
    store.save(**NAMES, value=Bomb())
    assert store.describe(**NAMES).facts.type.endswith("Bomb")
    with pytest.raises(UnloadableResultError, match="Bomb.*boom") as caught:
        store.load(**NAMES)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_classes_and_functions_defined_here_and_now_can_be_stored(store: IOManager):
    scope: dict[str, Any] = {"__name__": "__main__"}
    exec("class Point:\n    def __init__(self, x): self.x = x\ndef double(x): return 2 * x", scope)
    store.save(**NAMES, value=(scope["Point"](3), scope["double"]))
    point, double = store.load(**NAMES)
    assert double(point.x) == 6


def test_one_object_in_two_places_stays_one(store: IOManager):
    array: Any = np.arange(100_000)
    cycle: list[Any] = [1]
    cycle.append(cycle)
    store.save(**NAMES, value={"a": array, "b": [array], "cycle": cycle})
    loaded = store.load(**NAMES)
    assert loaded["a"] is loaded["b"][0]
    assert loaded["cycle"][1] is loaded["cycle"]


def test_an_instance_that_was_pickled_knows_the_results(store: IOManager):
    store.save(**NAMES, value=[1])
    again = pickle.loads(pickle.dumps(store))
    assert again.load(**NAMES) == [1]
    again.save(run_id="run_2", task_name="t", task_result_id="r", value=2)
    assert again.load(run_id="run_2", task_name="t", task_result_id="r") == 2


def test_threads_may_write_and_read_at_once(store: IOManager):
    def work(number: int) -> None:
        for round_ in range(20):
            value = np.full(20_000, number * 100 + round_)
            store.save(run_id="run", task_name=f"task {number % 2}", task_result_id=f"r{number}", value=value)
            loaded = store.load(run_id="run", task_name=f"task {number % 2}", task_result_id=f"r{number}")
            assert (loaded == value).all()
            assert len(store.list_results(run_id="run")) <= 4

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, range(4)))  # raises what any of them has raised
    assert len(store.list_results(run_id="run")) == 4


def test_readers_never_see_half_a_result(tmp_path):
    """A writer in another process replaces one result again and again; whatever is read is whole."""
    store = FilesystemIOManager(tmp_path / "store")
    store.save(**NAMES, value=np.zeros(300_000))
    context = multiprocessing.get_context("spawn")
    writer = context.Process(target=_overwrite, args=(store, 60))
    writer.start()
    reads = 0
    while writer.is_alive() or reads == 0:
        loaded = store.load(**NAMES)
        assert (loaded == loaded[0]).all()
        reads += 1
    writer.join()
    assert writer.exitcode == 0
    assert store.load(**NAMES)[0] == 59


def _overwrite(store: FilesystemIOManager, times: int) -> None:
    for number in range(times):
        store.save(**NAMES, value=np.full(300_000, float(number)))


class Model:
    def __init__(self):
        self.weights = [1.0]
        self.lock = threading.Lock()


class Bomb:
    def __reduce__(self):
        return _explode, ()


def _explode():
    raise ZeroDivisionError("boom")


def test_a_result_is_linked_into_another_run_and_each_stays_when_the_other_goes(store: IOManager):
    frame = pd.DataFrame({"편명": ["KE1"], "delay": [1.5]})
    written = store.write(**NAMES, value=frame)
    for number, awkward in enumerate(AWKWARD):
        linked = store.link(written, run_id=f"{awkward}{number}")
        assert (linked.run_id, linked.task, linked.result_id) == (f"{awkward}{number}", "extract", "result_001")
        assert (linked.digest, linked.size_bytes, linked.facts) == (written.digest, written.size_bytes, written.facts)
        assert store.clear_run(run_id=linked.run_id) == 1
    linked = store.link(written, run_id="run_2")
    again = store.link(linked, run_id="run_3")
    store.clear_run(run_id="run_1")
    store.clear_run(run_id="run_2")
    found = store.load(run_id="run_3", task_name="extract", task_result_id="result_001", digest=again.digest)
    pd.testing.assert_frame_equal(found, frame)


def test_a_link_takes_the_place_of_what_was_there(store: IOManager):
    written = store.write(**NAMES, value=[1])
    elsewhere = {**NAMES, "run_id": "run_2"}
    store.write(**elsewhere, value=[2])
    for _ in range(2):
        store.link(written, run_id="run_2")
        assert store.load(**elsewhere, digest=written.digest) == [1]
    assert store.list_results(run_id="run_2") == ["result_001"]


def test_what_is_gone_or_is_something_else_is_not_linked(store: IOManager):
    written = store.write(**NAMES, value=[1])
    store.write(**NAMES, value=[2, 3, 4])
    with pytest.raises(CorruptResultError):
        store.link(written, run_id="run_2")
    store.clear_run(run_id="run_1")
    with pytest.raises(ResultNotFoundError):
        store.link(written, run_id="run_2")
    assert store.list_results(run_id="run_2") == []


IN_FORMATS: dict[str, tuple[str, Any]] = {
    "parquet": (".parquet", pd.DataFrame({"편명": ["KE1", None], "delay": [1.5, float("nan")]})),
    "feather": (".feather", pd.DataFrame({"편명": ["KE1", None], "delay": [1.5, float("nan")]})),
    "npy": (".npy", np.arange(6.0).reshape(2, 3)),
    "json": (".json", {"편명": [1, None, 0.5]}),
    "txt": (".txt", "한글\r\n"),
    "bytes": (".bin", b"\0\1"),
}


@pytest.mark.parametrize("name", IN_FORMATS)
def test_a_result_in_another_format_comes_back_and_is_known_by_it(store: IOManager, name):
    suffix, value = IN_FORMATS[name]
    record = store.write(**NAMES, value=value, file_format=name)
    assert record.path == f"run_1/extract/result_001{suffix}"
    assert record.facts.format == name
    assert record == store.describe(**NAMES)
    assert_same(store.load(**NAMES, digest=record.digest), value)
    store.verify(**NAMES, digest=record.digest, sealed=False)
    assert store.exists(**NAMES)
    assert store.list_results(run_id="run_1") == ["result_001"]
    assert store.list_tasks(run_id="run_1") == ["extract"]
    with pytest.raises(CorruptResultError):
        store.load(**NAMES, digest="0" * 32)


def assert_same(found: Any, expected: Any) -> None:
    if isinstance(expected, pd.DataFrame):
        pd.testing.assert_frame_equal(found, expected)
    else:
        np.testing.assert_equal(found, expected)
    assert type(found) is type(expected)


def test_a_result_in_another_format_is_linked_removed_and_set_aside_like_any(store: IOManager):
    awkward = NAMES | {"task_result_id": "결과/1"}
    written = store.write(**awkward, value=[1], file_format="json")
    linked = store.link(written, run_id="run_2")
    assert store.link(written, run_id="run_2") == linked
    assert linked.path.endswith(".json")
    store.clear_run(run_id="run_1")
    there = awkward | {"run_id": "run_2"}
    assert store.load(**there, digest=written.digest) == [1]
    assert store.describe(**there) == linked
    assert store.set_aside(**there)
    assert not store.exists(**there)
    assert store.list_results(run_id="run_2") == []
    store.write(**there, value=[2], file_format="json")
    assert store.remove(**there)
    assert not store.remove(**there)
    assert store.list_runs() == []


def test_the_last_write_wins_whatever_its_format(store: IOManager):
    for value, file_format in (([1], ""), ([2], "json"), ("3", "txt"), ([4], "json"), ([5], ""), ([6], "pickle")):
        record = store.write(**NAMES, value=value, file_format=file_format)
        assert store.load(**NAMES, digest=record.digest) == value
        assert store.list_results(run_id="run_1") == ["result_001"]
    assert store.remove(**NAMES)
    assert not store.exists(**NAMES)


def test_what_a_format_would_change_is_refused_and_leaves_what_was_there(store: IOManager):
    store.write(**NAMES, value=[1], file_format="json")
    with pytest.raises(LossyFormatError, match=r"result\['a'\] is a tuple"):
        store.write(**NAMES, value={"a": (1, 2)}, file_format="json")
    with pytest.raises(UnknownFormatError, match="A dict cannot be stored as 'parquet'"):
        store.write(**NAMES, value={}, file_format="parquet")
    with pytest.raises(UnknownFormatError, match="no format 'parket'.*\n.*'parquet'"):
        store.write(**NAMES, value=1, file_format="parket")
    assert store.load(**NAMES) == [1]
