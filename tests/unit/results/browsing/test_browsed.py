"""Stored results, streams and values, asked as a page asks."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from dpnb.errors import BrowseRequestError, ResultNotFoundError
from dpnb.results import FilesystemIOManager, Stream
from dpnb.results.browsing import Browsed
from dpnb.results.browsing.sources import StoredSource, ValueSource, source_of_stream

NAMES = {"run_id": "run_1", "task_name": "항공편"}
FRAME = pd.DataFrame({"<b>이름</b>": ["<i>x</i>", None], "n": [1, 2]})


@pytest.fixture
def store(tmp_path):
    return FilesystemIOManager(tmp_path / "runs")


@pytest.fixture
def stored(store):
    def save(value, result_id="result_001"):
        return StoredSource(store, store.write(**NAMES, task_result_id=result_id, value=value))

    return save


def ask(source, **request):
    answer = Browsed(source).answer(request)
    json.dumps(answer, allow_nan=False)
    return answer


def test_a_stored_frame_is_a_table_whose_missing_values_are_known_from_what_was_recorded(stored):
    told = ask(stored(FRAME), ask="describe")
    assert (told["shows"], told["title"], told["rows"]) == ("table", "항공편 · run_1", 2)
    assert [column["missing"] for column in told["columns"]] == [1, 0]


def test_its_code_asks_the_run_for_it(stored):
    code = ask(stored(FRAME), ask="code", view={"sort": [{"column": 1}]})["code"]
    assert code.splitlines()[:3] == ["from dpnb import get_run", "", 'frame = get_run("run_1")["항공편"]']


def test_a_large_frame_reads_the_same_after_its_memory_was_given_back(stored):
    frame = pd.DataFrame({"n": np.arange(300_000)[::-1].copy(), "t": pd.array(["x", "y"] * 150_000, dtype="str")})
    browsed = Browsed(stored(frame))
    before = browsed.answer({"ask": "page", "offset": 100, "limit": 3})
    browsed.answer({"ask": "page", "limit": 3, "view": {"sort": [{"column": 0}]}})
    assert browsed.answer({"ask": "page", "offset": 100, "limit": 3}) == before
    release = browsed._pager({}).table.release
    assert getattr(release, "maps", ()), "the file is mapped"


def test_what_is_no_table_is_a_tree_with_tables_inside(stored):
    source = stored({"a": [1, 2], "frame": FRAME})
    assert ask(source, ask="describe")["root"]["count"] == 2
    assert [node["text"] for node in ask(source, ask="children", path=[0])["nodes"]] == ["1", "2"]
    assert ask(source, ask="describe", at=[1])["rows"] == 2
    assert ask(source, ask="page", at=[1], limit=1)["cells"] == [["<i>x</i>"], ["1"]]
    with pytest.raises(BrowseRequestError, match="this result is no table"):
        ask(source, ask="page")


def test_a_store_that_is_not_trusted_is_not_unpickled_and_says_why(stored, store, tmp_path):
    source = stored(FRAME)
    (tmp_path / "runs" / "store.json").unlink()
    foreign = StoredSource(FilesystemIOManager(tmp_path / "runs"), source.record)
    told = ask(foreign, ask="describe")
    assert told["shows"] == "preview"
    assert told["cells"] == [["<i>x</i>", "nan"], ["n", "2"]] or told["cells"][0][0] == "<i>x</i>"
    assert "is not trusted" in told["note"]


def test_a_damaged_result_shows_what_was_recorded(stored, tmp_path):
    source = stored(FRAME)
    path = tmp_path / "runs" / source.record.path
    path.write_bytes(path.read_bytes()[:-10] + b"0123456789")
    told = ask(source, ask="describe")
    assert told["shows"] == "preview"
    assert "was changed or cut off" in told["note"]


def test_a_result_that_is_gone_is_an_error(stored, store):
    source = stored(FRAME)
    store.remove(**NAMES, task_result_id="result_001")
    with pytest.raises(ResultNotFoundError):
        ask(source, ask="describe")


def test_a_stream_of_frames_is_one_table(store):
    ids = [f"chunk_{n:05d}" for n in range(4)]
    for n, result_id in enumerate(ids):
        chunk = pd.DataFrame({"n": range(n), "s": pd.array([f"{n}"] * n, dtype="str")}, index=range(5, 5 + n))
        store.save(**NAMES, task_result_id=result_id, value=chunk)
    browsed = Stream.stored(store, "run_1", "항공편", ids).browse()
    assert browsed.answer({"ask": "describe"})["rows"] == 6
    page = browsed.answer({"ask": "page", "view": {"sort": [{"column": 0, "descending": True}, {"column": 1}]}})
    assert page["cells"] == [["2", "1", "1", "0", "0", "0"], ["3", "2", "3", "1", "2", "3"]]
    assert browsed.answer({"ask": "cell", "row": 5, "column": 1})["text"] == "3"
    assert browsed.answer({"ask": "histogram", "column": 0})["missing"] == 0
    assert "concat()" in browsed.answer({"ask": "code"})["code"]


def test_a_stream_of_anything_else_is_a_tree_whose_chunks_are_loaded_when_they_are_opened(store):
    ids = ["chunk_00000", "chunk_00001"]
    for result_id, value in zip(ids, ([1, 2], FRAME), strict=True):
        store.save(**NAMES, task_result_id=result_id, value=value)
    loaded = []

    class Noted(FilesystemIOManager):
        def load(self, run_id, task_name, task_result_id, digest=None):
            loaded.append(task_result_id)
            return super().load(run_id, task_name, task_result_id, digest)

    source = source_of_stream(Stream.stored(Noted(store.base_path), "run_1", "항공편", ids))
    nodes = ask(source, ask="children", path=[])["nodes"]
    assert [(node["label"], node["opens"], node["is_table"]) for node in nodes] == [
        ("chunk_00000", True, False),
        ("chunk_00001", False, True),
    ]
    assert loaded == []
    assert ask(source, ask="children", path=[0])["total"] == 2
    assert ask(source, ask="page", at=[1])["total"] == 2


def test_a_stream_that_grows_is_described_anew_until_it_has_ended(store):
    come = ["chunk_00000"]

    def renew():
        for n, result_id in enumerate(come):
            store.save(**NAMES, task_result_id=result_id, value=pd.DataFrame({"n": [n]}))
        return source_of_stream(Stream.stored(store, "run_1", "항공편", come)), len(come) < 3

    browsed = Browsed(renew()[0], renew)
    assert browsed.answer({"ask": "describe"})["grows"]
    come.append("chunk_00001")
    assert browsed.answer({"ask": "page", "limit": 9})["total"] == 1, "what is shown stays as it is"
    assert browsed.answer({"ask": "describe"})["rows"] == 2
    come.append("chunk_00002")
    last = browsed.answer({"ask": "describe"})
    assert (last["rows"], last.get("grows")) == (3, None)
    come.clear()
    assert browsed.answer({"ask": "describe"})["rows"] == 3, "it is not asked for any more"


def test_an_empty_stream_shows_that_there_is_nothing():
    stream: Stream[int] = Stream(dict[str, int]().__getitem__, [])
    assert ask(source_of_stream(stream), ask="describe")["root"]["count"] == 0
    assert "text/html" in stream.browse()._repr_mimebundle_()


def test_the_static_view_is_text_of_what_was_recorded(stored):
    shown = Browsed(stored(FRAME))._repr_mimebundle_()
    assert "<i>" not in shown["text/html"]
    assert "&lt;i&gt;x&lt;/i&gt;" in shown["text/html"]
    assert "2 rows × 2 columns" in shown["text/plain"]
    wide = Browsed(ValueSource(pd.DataFrame(np.zeros((100, 50)))))._repr_mimebundle_()
    assert "38 more columns" in wide["text/html"]
    assert "95 more" in wide["text/html"]


def test_a_value_that_cannot_be_read_is_told_of_and_does_not_raise(stored, store):
    class Broken:
        title, code = "broken", ""

        @property
        def facts(self):
            raise ResultNotFoundError("run_1", "항공편", "result_001")

    assert "not readable" in Browsed(Broken())._repr_mimebundle_()["text/plain"]  # type: ignore[arg-type]


@pytest.mark.parametrize("request_", [{}, {"ask": "fly"}, {"ask": "page", "at": "x"}, {"ask": "children", "path": 1}])
def test_questions_that_make_no_sense_are_refused(request_):
    with pytest.raises(BrowseRequestError):
        Browsed(ValueSource(FRAME)).answer(request_)
