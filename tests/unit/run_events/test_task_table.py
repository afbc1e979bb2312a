"""Copies of a table share what they have in common, and never see each other's changes."""

from __future__ import annotations

import pytest

from dpnb.run_events.task_table import BLOCK, TaskTable


def test_a_copy_has_the_change_and_the_original_has_not():
    before = TaskTable((f"t{n}", n) for n in range(3 * BLOCK))
    after = before.with_value(f"t{BLOCK}", -1).with_value("new", -2)
    assert dict(before) == {f"t{n}": n for n in range(3 * BLOCK)}
    assert (after[f"t{BLOCK}"], after["new"], len(after), list(after)[-1]) == (-1, -2, 3 * BLOCK + 1, "new")
    assert "new" not in before
    assert before.get("new") is None
    with pytest.raises(KeyError):
        before["new"]


def test_copies_that_grow_apart_keep_apart():
    root = TaskTable([("a", 0)])
    one = root.with_value("b", 1).with_value("c", 2)
    other = root.with_value("c", 3).with_value("d", 4)
    third = root.with_value("b", 5)
    assert dict(root) == {"a": 0}
    assert dict(one) == {"a": 0, "b": 1, "c": 2}
    assert dict(other) == {"a": 0, "c": 3, "d": 4}
    assert dict(third) == {"a": 0, "b": 5}
    assert list(other) == ["a", "c", "d"]
