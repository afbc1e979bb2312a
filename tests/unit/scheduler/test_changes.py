from __future__ import annotations

from dpnb.scheduler.files.changes import FileChanges
from dpnb.scheduler.files.listing import Stamp


def stamp(version: int = 1) -> Stamp:
    return Stamp(modified_ns=version, size_bytes=version)


def paths(changes) -> list[tuple[str, bool]]:
    return [(change.path, change.is_new) for change in changes]


def test_files_that_were_there_are_no_news():
    changes = FileChanges({"a": stamp()}, debounce=1)
    assert changes.observe({"a": stamp()}, 0) == ()
    assert changes.observe({"a": stamp()}, 9) == ()
    assert changes.next_look(9) is None


def test_a_file_counts_once_it_rests():
    changes = FileChanges({}, debounce=1)
    assert changes.observe({"a": stamp(1)}, 0) == ()
    assert changes.next_look(0.25) == 0.75
    assert changes.observe({"a": stamp(2)}, 0.75) == ()
    assert changes.observe({"a": stamp(2)}, 1.5) == ()
    found = changes.observe({"a": stamp(2)}, 1.75)
    assert paths(found) == [("a", True)]
    assert found[0].stamp == stamp(2)
    assert changes.observe({"a": stamp(2)}, 9) == ()


def test_files_that_change_together_count_together():
    changes = FileChanges({"b": stamp(1)}, debounce=1)
    changes.observe({"b": stamp(2)}, 0)
    assert changes.observe({"b": stamp(2), "a": stamp()}, 1) == ()
    assert paths(changes.observe({"b": stamp(2), "a": stamp()}, 2)) == [("a", True), ("b", False)]


def test_a_file_that_never_rests_does_not_hold_up_the_others_for_ever():
    changes = FileChanges({}, debounce=1)
    found = {second: changes.observe({"a": stamp(), "log": stamp(second)}, second) for second in range(1, 20)}
    assert {second: paths(some) for second, some in found.items() if some} == {11: [("a", True)]}


def test_a_file_that_goes_is_no_news_and_neither_is_its_return_unchanged():
    changes = FileChanges({"a": stamp()}, debounce=0)
    assert changes.observe({}, 0) == ()
    assert changes.observe({"a": stamp()}, 1) == ()
    assert paths(changes.observe({"a": stamp(2)}, 2)) == [("a", False)]


def test_a_file_that_goes_before_it_rests_never_counts():
    changes = FileChanges({}, debounce=1)
    changes.observe({"a": stamp()}, 0)
    assert changes.observe({}, 2) == ()
    assert changes.next_look(2) is None
