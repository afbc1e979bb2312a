from __future__ import annotations

import math

import pytest

from dpnb.orchestrator.priority import expected_durations_s, remaining_paths_s, topological_order


def test_known_durations_are_kept_and_the_unknown_take_their_mean():
    assert expected_durations_s(["a", "b", "c"], {"a": 1.0, "c": 4.0, "not here": 100.0}) == [1.0, 2.5, 4.0]


def test_without_any_duration_every_task_takes_a_second():
    assert expected_durations_s(["a", "b"], {}) == [1.0, 1.0]


@pytest.mark.parametrize("nonsense", [-1.0, math.nan, math.inf])
def test_nonsense_counts_as_unknown(nonsense):
    assert expected_durations_s(["a", "b"], {"a": nonsense, "b": 3.0}) == [3.0, 3.0]


def test_zero_is_a_duration():
    assert expected_durations_s(["a", "b"], {"a": 0.0, "b": 3.0}) == [0.0, 3.0]


def test_remaining_path_is_the_longest_of_all_that_follow():
    #  0 ─▶ 1 ─▶ 3      4
    #   └─▶ 2 ───┘
    assert list(remaining_paths_s([1, 2, 5, 4, 7], [[1, 2], [3], [3], [], []])) == [10, 6, 9, 4, 7]


def test_order_need_not_be_that_of_the_positions():
    assert topological_order([[], [0], [1]]) == [2, 1, 0]
    assert list(remaining_paths_s([1, 1, 1], [[], [0], [1]])) == [1, 2, 3]


def test_circle_is_refused():
    with pytest.raises(ValueError, match="2 tasks wait for each other in a circle"):
        topological_order([[], [2], [1]])
