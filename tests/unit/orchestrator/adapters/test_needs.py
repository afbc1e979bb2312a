"""What Dask's scheduler is told of tasks."""

from __future__ import annotations

import warnings

import pytest

from dpnb.orchestrator.adapters.on_dask.needs import Needs
from dpnb.registry import TaskRegistry, task


def made(**options):
    registry = TaskRegistry()

    @task(registry=registry, **options)
    def train() -> None: ...

    return registry.get("train")


def test_a_task_that_asks_for_nothing_is_submitted_plainly():
    assert Needs(annotations={"gpu": {"priority": 3}}).of(made()) == {}


def test_what_is_said_of_a_name_goes_before_what_is_said_of_a_tag():
    needs = Needs(annotations={"gpu": {"resources": {"GPU": 1, "RAM": 2}, "priority": 1}, "train": {"priority": 5}})
    assert needs.of(made(tags=["gpu"])) == {"resources": {"GPU": 1, "RAM": 2}, "priority": 5}


def test_cpus_and_memory_are_told_where_workers_count_them():
    wide = made(cpus=2, memory_limit="1GB")
    assert Needs().of(wide) == {}
    assert Needs(offered=frozenset({"CPUS", "memory"})).of(wide) == {"resources": {"CPUS": 2.0, "memory": 1e9}}


def test_a_resource_that_nobody_offers_is_warned_of():
    needs = Needs(annotations={"train": {"resources": {"GPU": 1}}})
    with pytest.warns(UserWarning, match="'train' asks for the resource 'GPU'"):
        needs.warn_of_what_nobody_offers([made()])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Needs(annotations=needs.annotations, offered=frozenset({"GPU"})).warn_of_what_nobody_offers([made()])


def test_an_annotation_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match="'train' may be resources.* not 'colour'"):
        Needs(annotations={"train": {"colour": "red"}})
