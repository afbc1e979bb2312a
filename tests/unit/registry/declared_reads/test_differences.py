from __future__ import annotations

from dpnb.registry.declared_reads import FileState, ReadsState, changes_between


def of(**patterns: list[FileState]) -> ReadsState:
    return ReadsState.of({name.replace("_", "*"): files for name, files in patterns.items()})


def file(path: str, digest: str = "1", size_bytes: int = 2_100_000, problem: str = "") -> FileState:
    return FileState(path=path, digest=digest, size_bytes=size_bytes, problem=problem)


def test_nothing_is_said_of_equal_states():
    assert changes_between(of(_=[file("a")]), of(_=[file("a", size_bytes=3)])) == ()


def test_each_file_has_a_line_in_the_order_of_paths():
    before = of(_=[file("a.csv"), file("b.csv"), file("c.csv"), file("e.csv")])
    after = of(_=[file("b.csv", "2", 2_300_000), file("c.csv", "2"), file("d.csv", "4", 90), file("e.csv")])
    assert changes_between(before, after) == (
        "`a.csv` removed (2.1 MB)",
        "`b.csv` changed (2.1 MB → 2.3 MB)",
        "`c.csv` changed (2.1 MB as before, other content)",
        "`d.csv` added (90 B)",
    )


def test_what_cannot_be_read_says_why():
    before = of(_=[file("a.csv"), file("b.csv", problem="a link to nothing", digest="")])
    after = of(_=[file("a.csv", problem="not allowed to be read", digest=""), file("b.csv")])
    assert changes_between(before, after) == (
        "`a.csv` changed (2.1 MB → not allowed to be read)",
        "`b.csv` changed (a link to nothing → 2.1 MB)",
    )


def test_a_file_that_two_patterns_find_is_told_once():
    before = of(_=[file("a.csv")], a_=[file("a.csv")])
    after = of(_=[file("a.csv", "2")], a_=[file("a.csv", "2")])
    assert len(changes_between(before, after)) == 1


def test_patterns_that_come_and_go_are_told():
    assert changes_between(of(a_=[file("a")]), of(_=[file("a")])) == ("reads `*` now", "reads `a*` no more")
    assert changes_between(ReadsState(), of(b_=[], a_=[])) == ("reads `a*` now", "reads `b*` now")
