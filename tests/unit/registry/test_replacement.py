from __future__ import annotations

from typing import Any

from dpnb.registry import describe_task
from dpnb.registry.replacement import what_changed


def load(year: int = 2013) -> list[int]:
    return [year]


def test_nothing_differs_from_itself():
    assert what_changed(describe_task(load), describe_task(load)) == []


def test_options_are_named_one_by_one():
    one = describe_task(load, tags=["a"], timeout=3, max_retries=1)
    two = describe_task(load, tags=["b"], timeout=4, max_retries=1)
    assert what_changed(one, two) == ["tags", "timeout"]


def test_what_a_result_stands_on_is_named():
    one = describe_task(load, version="1", reads="a.csv")
    two = describe_task(load, version="2", reads="b.csv", cache="never", expires_after=60)
    assert what_changed(one, two) == ["version", "reads", "cache", "expires_after"]


def test_a_description_is_no_change():
    assert what_changed(describe_task(load), describe_task(load, description="other")) == []


def test_types_are_a_change_of_the_signature_only():
    def other(year: float = 2013) -> list[float]:
        return [year]

    other.__name__ = "load"
    assert "signature" in what_changed(describe_task(load), describe_task(other, name="load"))


def test_a_stream_is_named_by_its_option():
    def chunks():
        yield 1

    assert what_changed(describe_task(chunks), describe_task(chunks, stream_output=True)) == ["stream_output"]


def test_a_delay_function_counts_by_its_code():
    def delay(factor):
        namespace: dict[str, Any] = {}
        exec(f"delay = lambda attempt: attempt * {factor}", namespace)
        return namespace["delay"]

    one, same, other = (describe_task(load, retry_delay=delay(factor)) for factor in (1, 1, 2))
    assert what_changed(one, same) == []
    assert what_changed(one, other) == ["retry_delay"]
