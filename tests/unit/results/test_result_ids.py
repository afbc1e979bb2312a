from __future__ import annotations

import pytest

from dpnb.results import attempt_and_chunk, chunk_id, value_id


@pytest.mark.parametrize("attempt", [1, 2, 999, 1000])
def test_a_values_id_tells_its_attempt(attempt):
    assert attempt_and_chunk(value_id(attempt)) == (attempt, None)


@pytest.mark.parametrize("attempt", [1, 2, 12])
@pytest.mark.parametrize("chunk", [0, 7, 99_999, 100_000])
def test_a_chunks_id_tells_attempt_and_place(attempt, chunk):
    assert attempt_and_chunk(chunk_id(chunk, attempt=attempt)) == (attempt, chunk)


def test_the_seeds_ids_stay():
    assert (value_id(1), chunk_id(0), chunk_id(3, attempt=2)) == ("result_001", "chunk_00000", "attempt_2_chunk_00003")


@pytest.mark.parametrize("result_id", ["mine", "result_x", "result_001 ", "chunk_", "", "결과"])
def test_any_other_id_counts_as_the_first_attempts_value(result_id):
    assert attempt_and_chunk(result_id) == (1, None)


def test_ids_of_chunks_sort_in_the_streams_order():
    ids = [chunk_id(chunk) for chunk in range(0, 99_999, 997)]
    assert sorted(ids) == ids
