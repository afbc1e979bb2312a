from __future__ import annotations

from dpnb.cli.wording import plural


def test_count_and_noun_agree():
    assert [plural(count, "task") for count in (0, 1, 2, 1200)] == ["0 tasks", "1 task", "2 tasks", "1,200 tasks"]
