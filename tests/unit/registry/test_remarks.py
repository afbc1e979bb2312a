from __future__ import annotations

import socket

import pytest

from dpnb import TaskRegistry, task

CONNECTION = socket.socket()
CONNECTION.close()
FACTOR = 2


@pytest.fixture
def tasks():
    return TaskRegistry()


def text_of(registry: TaskRegistry) -> str:
    return registry._repr_mimebundle_()["text/plain"]


def test_the_same_under_two_names_is_told(tasks):
    @task(registry=tasks, tags=["etl"])
    def 늦은(flights: list[int]) -> list[int]:
        """Late ones."""
        return [one for one in flights if one > FACTOR]

    @task(registry=tasks)
    def late(flights):
        return [one for one in flights if one > FACTOR]  # as above

    assert "`늦은` and `late` do the same with the same inputs." in text_of(tasks)
    assert "same as late" in text_of(tasks)


def test_what_differs_in_anything_that_counts_is_not_the_same(tasks):
    def made(value):
        def load(flights):
            return [value, flights]

        return load

    @task(registry=tasks)
    def one(flights, factor=1):
        return flights * factor

    @task(registry=tasks)
    def other(flights, factor=2):
        return flights * factor

    @task(registry=tasks, inputs={"flights": "planes"})
    def third(flights, factor=1):
        return flights * factor

    for value in (1, 2, [1], [1]):
        task(made(value), registry=tasks, name=f"load {id(value)} {len(tasks)}")
    assert "do the same" not in text_of(tasks)


def test_what_cannot_be_tracked_is_told_unless_a_version_stands_for_it(tasks):
    @task(registry=tasks)
    def fetched():
        return CONNECTION.recv(1)

    @task(registry=tasks, version="1")
    def versioned():
        return CONNECTION.recv(2)

    text = text_of(tasks)
    assert "`fetched` uses what cannot be tracked: `CONNECTION`" in text
    assert "`versioned` uses" not in text
    assert "cannot be tracked" in tasks.get("fetched")._repr_mimebundle_()["text/plain"]


def test_a_registry_without_anything_odd_has_no_column_for_it(tasks):
    @task(registry=tasks)
    def load(): ...

    assert "remarks" not in text_of(tasks).splitlines()[2]


def test_a_task_shows_what_was_asked_for_it(tasks):
    @task(registry=tasks, tags="etl", max_retries=2, concurrency_group="db:2", name="<b>delays</b>")
    def delays(flights: list[int], year: int = 2013) -> float:
        """Mean delays."""
        return 0.0

    bundle = tasks.get("<b>delays</b>")._repr_mimebundle_()
    for told in ("does", "Mean delays.", "(flights: list[int], year: int = …) → float", "db:2", "max_retries", "2"):
        assert told in bundle["text/plain"]
    assert "retry_delay" not in bundle["text/plain"], "it was not given"
    assert "<b>" not in bundle["text/html"]


def test_a_page_may_search_the_table_of_a_registry(tasks):
    task(lambda_free, registry=tasks)
    assert "<table data-dpnb-search=" in tasks._repr_mimebundle_()["text/html"]


def lambda_free(): ...
