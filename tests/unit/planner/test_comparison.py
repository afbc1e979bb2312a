from __future__ import annotations

import json

import pytest

from dpnb.planner import CauseKind
from dpnb.planner.comparison import argument_causes, code_causes, reads_causes
from dpnb.planner.task_identity import TaskIdentity
from dpnb.registry.declared_reads import FileState, ReadsState
from dpnb.registry.fingerprint import Fingerprint, OutdatedModule, Part
from dpnb.results import TaskRunRecord, TaskState


def record(**facts) -> TaskRunRecord:
    return TaskRunRecord(run_id="run_1", task="t", position=0, state=TaskState.SUCCEEDED, **facts)


def fingerprint(digest: str, **parts: Part) -> Fingerprint:
    return Fingerprint(digest=digest, parts={f"helper `{name}`": part for name, part in parts.items()})


def causes(now: Fingerprint, then: Fingerprint | None):
    identity = TaskIdentity(code=now.digest, source="now")
    text = then.to_json() if then is not None else None
    earlier = record(code="then", source="then")
    return list(code_causes(identity, earlier, now, {"then": text}.get))


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("cell [4], line 12", "helper `clean` changed in cell [4]"),
        ("project/rows.py:12", "helper `clean` changed in project/rows.py:12"),
        ("", "helper `clean` changed"),
    ],
)
def test_changed_code_is_told_with_its_place_and_its_diff(place, text):
    task = Part(digest="t", text="")
    then = fingerprint("1", t=task, clean=Part(digest="a", text="def clean(x):\n    return x"))
    now = fingerprint("2", t=task, clean=Part(digest="b", text="def clean(x):\n    return -x  # so", place=place))
    (cause,) = causes(now, then)
    assert (cause.kind, cause.subject, cause.text, str(cause)) == (CauseKind.CODE, "helper `clean`", text, text)
    assert cause.diff.splitlines()[-2:] == ["-    return x", "+    return -x"]


def test_the_task_itself_is_no_helper():
    then = fingerprint("1", 편명=Part(digest="a", text="1"))
    now = fingerprint("2", 편명=Part(digest="b", text="2", place="cell [3], line 1"))
    (cause,) = causes(now, then)
    assert cause.text == "task `편명` changed in cell [3]"
    module = "module flights.rows: function `clean`"
    earlier, later = (Fingerprint(digest=one, parts={module: Part(digest=one, text=one)}) for one in "12")
    (cause,) = causes(later, earlier)
    assert cause.text == "task `clean` changed"


def test_parts_that_came_and_went_are_told_too():
    then = fingerprint("1", t=Part(digest="a", text="t"), old=Part(digest="b", text="old"))
    now = fingerprint("2", t=Part(digest="a", text="t"), new=Part(digest="c", text="new"))
    assert [str(cause) for cause in causes(now, then)] == ["helper `new` added", "helper `old` removed"]


def test_without_the_text_of_then_only_the_run_is_told():
    (cause,) = causes(fingerprint("2"), None)
    assert (cause.text, cause.diff) == ("its code is another than in run_1", "")


def test_chunks_instead_of_one_value_are_other_code_though_no_part_differs():
    now = fingerprint("1")
    identity = TaskIdentity(code="1:chunks", source="now")
    (cause,) = code_causes(identity, record(code="1", source="then"), now, {"then": now.to_json()}.get)
    assert cause.text == "its code is another than in run_1"


def test_a_module_that_was_edited_after_its_import_is_told():
    now = Fingerprint(digest="2", parts={}, outdated=(OutdatedModule(name="rows", file="rows.py"),))
    other, outdated = causes(now, None)
    assert other.kind is CauseKind.CODE
    assert (outdated.kind, outdated.subject) == (CauseKind.OUTDATED_MODULE, "rows")
    assert "reload it" in outdated.text


def test_equal_code_has_no_causes():
    assert list(code_causes(TaskIdentity(code="1"), record(code="1"), None, lambda _: None)) == []


def arguments(**values: tuple[str, str]) -> str:
    return json.dumps(values)


def test_parameters_are_compared_by_digest_and_told_by_text():
    now = TaskIdentity(arguments=arguments(a=("1", "1"), b=("new", "[…]"), c=("3", "3"), 연도=("5", "2014")))
    then = record(arguments=arguments(a=("1", "1.0"), b=("old", "[…]"), d=("4", "4"), 연도=("6", "2013")))
    assert [(cause.subject, cause.text) for cause in argument_causes(now, then)] == [
        ("b", "parameter `b`: another […]"),
        ("c", "parameter `c`: not given → 3"),
        ("d", "parameter `d`: 4 → not given"),
        ("연도", "parameter `연도`: 2013 → 2014"),
    ]


def test_declared_files_that_differ_are_named():
    def state(digest: str, mtime_ns: int = 0) -> str:
        return ReadsState.of({"*.csv": [FileState(path="a.csv", digest=digest, mtime_ns=mtime_ns)]}).to_json()

    identity = TaskIdentity(reads=state("2"))
    (cause,) = reads_causes(identity, record(reads=state("1")))
    assert cause.kind is CauseKind.READS
    assert cause.text.startswith("`a.csv` changed")
    assert list(reads_causes(identity, record(reads=state("2", mtime_ns=9)))) == []
    assert list(reads_causes(TaskIdentity(), record())) == []
    (cause,) = reads_causes(identity, record(reads="of another dpnb"))
    assert cause.text == "what the files that it declares held in run_1 cannot be read"
