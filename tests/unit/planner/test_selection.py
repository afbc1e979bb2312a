from __future__ import annotations

import pytest

from dpnb.planner import Selection
from dpnb.planner.selection import choose


@pytest.fixture
def ask(registry, define):
    define("load_flights", tags=["etl", "daily"])
    define("load_planes", tags=["etl"])
    define("report", tags=["daily"])
    define("한글[1]")

    def ask(**asked):
        return choose(Selection.of(**asked), {task.name: task for task in registry})

    return ask


EVERYTHING = ["load_flights", "load_planes", "report", "한글[1]"]


@pytest.mark.parametrize(
    ("asked", "selected"),
    [
        ({}, EVERYTHING),
        ({"tags": "etl"}, ["load_flights", "load_planes"]),
        ({"tags": ["etl", "daily"]}, ["load_flights", "load_planes", "report"]),
        ({"targets": "report"}, ["report"]),
        ({"targets": ["load_*", "report"]}, ["load_flights", "load_planes", "report"]),
        ({"targets": "한글[1]"}, ["한글[1]"]),
        ({"targets": "한글[[]1]"}, ["한글[1]"]),
        ({"tags": "etl", "targets": "report"}, ["load_flights", "load_planes", "report"]),
        ({"exclude": "load_*"}, ["report", "한글[1]"]),
        ({"tags": "etl", "exclude": ["load_planes"]}, ["load_flights"]),
        ({"exclude": "nothing_like_*"}, EVERYTHING),
        ({"exclude": []}, EVERYTHING),
    ],
)
def test_these_are_selected(ask, asked, selected):
    choice = ask(**asked)
    assert choice.selected == selected
    assert choice.problems == []


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({"tags": "dayly"}, "No task has the tag 'dayly'; did you mean 'daily'?"),
        ({"tags": "zz"}, "No task has the tag 'zz'; tags are 'daily', 'etl'."),
        ({"tags": ["etl", "zz"]}, "No task has the tag 'zz'; tags are 'daily', 'etl'."),
        ({"targets": "reprot"}, "target 'reprot' is no registered task; did you mean 'report'?"),
        (
            {"targets": "save_*"},
            "target 'save_*' fits no registered task; tasks are 'load_flights', 'load_planes', 'report', '한글[1]'.",
        ),
        ({"exclude": "reprot"}, "exclude 'reprot' is no registered task; did you mean 'report'?"),
        ({"targets": "report", "exclude": "re*"}, "Task 'report' is both a target and excluded."),
        ({"exclude": "*"}, "Nothing is selected: every task that was asked for is excluded."),
        ({"tags": "etl", "exclude": "load_*"}, "Nothing is selected: every task that was asked for is excluded."),
        ({"tags": []}, "An empty selection selects nothing; tags are 'daily', 'etl'; give None for every task."),
        ({"targets": ()}, "An empty selection selects nothing; tags are 'daily', 'etl'; give None for every task."),
    ],
)
def test_these_are_problems(ask, asked, problem):
    [text] = ask(**asked).problems
    assert text == problem


def test_nothing_registered_says_what_to_do():
    [text] = choose(Selection(), {}).problems
    assert text == "No task is registered yet; run the cells that define them."


def test_reasons_name_tag_target_and_glob():
    selection = Selection.of(tags=["etl"], targets=["load", "l*"])
    assert selection.reasons("load", ["etl"]) == ["it has the tag 'etl'", "it is a target", "its name fits 'l*'"]
    assert selection.reasons("report", ["daily"]) == []
    assert Selection().reasons("report", []) == ["every task is selected"]
