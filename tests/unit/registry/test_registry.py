from __future__ import annotations

import sys
import threading
from dataclasses import replace

import pytest

from dpnb.errors import DuplicateTaskError, TaskDefinitionError, UnknownTaskError
from dpnb.registry import TaskRegistry, describe_task, get_registry


def _task(name, *, module="__main__", file="<cell>", value=1, **options):
    scope = {"__name__": module}
    exec(compile(f"def made(rows=(), *, value=None): return {value}", file, "exec"), scope)
    return describe_task(scope["made"], name=name, **options)


@pytest.fixture
def notices():
    return []


@pytest.fixture
def registry(notices):
    return TaskRegistry(notify=notices.append)


def test_tasks_come_in_the_order_of_registration(registry):
    for name in ("b", "a", "한글"):
        registry.register(_task(name))
    registry.register(_task("a", value=2))  # a cell run again keeps its place
    assert registry.names() == ["b", "a", "한글"]
    assert [task.name for task in registry] == ["b", "a", "한글"]
    assert len(registry) == 3
    assert "한글" in registry
    assert "c" not in registry


def test_get_returns_the_very_metadata(registry):
    task = registry.register(_task("flights"))
    assert registry.get("flights") is task


def test_an_unknown_name_suggests_the_closest(registry):
    registry.register(_task("flights"))
    with pytest.raises(UnknownTaskError, match="Unknown task 'fligths'.\n.*did you mean 'flights'") as unknown:
        registry.get("fligths")
    assert unknown.value.closest == ["flights"]
    with pytest.raises(LookupError, match="registered are 'flights'"):
        registry.get("zzz")
    with pytest.raises(UnknownTaskError, match="no task is registered yet"):
        TaskRegistry().get("flights")


def test_tasks_are_found_by_any_tag_and_by_glob(registry):
    registry.register(_task("load_flights", tags=["etl", "daily"]))
    registry.register(_task("load_planes", tags=["etl"]))
    registry.register(_task("report", tags=["daily"]))
    registry.register(_task("Load_x"))

    def names(**query):
        return [task.name for task in registry.find(**query)]

    assert names(tags="daily") == ["load_flights", "report"]
    assert names(tags=["etl", "daily"]) == ["load_flights", "load_planes", "report"]
    assert names(name="load_*") == ["load_flights", "load_planes"]
    assert names(tags="daily", name="load_*") == ["load_flights"]
    assert names(tags=[]) == []
    assert len(names()) == 4


def test_tags_are_listed_with_the_names_of_their_tasks(registry):
    registry.register(_task("b", tags=["etl", "daily"]))
    registry.register(_task("a", tags=["etl"]))
    assert registry.tags() == {"daily": ["b"], "etl": ["a", "b"]}
    assert list(registry.tags()) == ["daily", "etl"]


def test_the_same_code_again_says_nothing(registry, notices):
    registry.register(_task("flights"))
    registry.register(_task("flights"))
    assert notices == []


def test_changed_code_is_said_in_one_line(registry, notices):
    registry.register(_task("flights", file="one"))
    registry.register(_task("flights", file="two", value=2, timeout=3))
    assert notices == ["Task 'flights' is replaced, its code and timeout changed: one:1 → two:1."]


def test_a_silent_registry_says_nothing(capsys):
    quiet = TaskRegistry(notify=None)
    quiet.register(_task("flights"))
    quiet.register(_task("flights", value=2))
    assert capsys.readouterr().out == ""


def test_notices_are_printed_unless_told_otherwise(capsys):
    registry = TaskRegistry()
    registry.register(_task("flights"))
    registry.register(_task("flights", value=2))
    assert capsys.readouterr().out.startswith("Task 'flights' is replaced")


def test_a_notice_may_look_at_the_registry():
    seen = []
    mine = TaskRegistry(notify=lambda _: seen.append(mine.get("flights")))
    mine.register(_task("flights"))
    later = mine.register(_task("flights", value=2))
    assert seen == [later]


def test_one_name_from_two_modules_is_an_error_naming_both(registry):
    first = registry.register(_task("flights", module="etl", file="etl.py"))
    with pytest.raises(DuplicateTaskError, match=r"module 'etl' \(etl.py:1\) and module 'report' \(report.py:1\)"):
        registry.register(_task("flights", module="report", file="report.py", value=2))
    assert registry.get("flights") is first


def test_a_script_and_the_module_of_the_same_file_are_one_place(registry, tmp_path):
    script = tmp_path / "script.py"
    script.touch()
    registry.register(_task("flights", module="__main__", file=str(script)))
    again = registry.register(_task("flights", module="script", file=str(script)))
    assert registry.get("flights") is again


def test_nameless_sources_are_no_place(registry):
    registry.register(_task("flights", module="a", file="<string>"))
    with pytest.raises(DuplicateTaskError):
        registry.register(_task("flights", module="b", file="<string>"))


def test_unregistering_makes_room(registry):
    task = registry.register(_task("flights", module="etl"))
    assert registry.unregister("flights") is task
    registry.register(_task("flights", module="report"))
    with pytest.raises(UnknownTaskError):
        registry.unregister("planes")


def test_clearing_removes_everything(registry):
    registry.register(_task("flights"))
    registry.clear()
    assert (len(registry), registry.names(), registry.tags()) == (0, [], {})


def test_registries_are_independent(registry):
    registry.register(_task("flights"))
    assert len(TaskRegistry()) == 0
    assert get_registry() is get_registry()
    assert "flights" not in get_registry()


def test_only_definitions_are_registered(registry):
    with pytest.raises(TaskDefinitionError, match="not a TaskMetadata"):
        registry.register(len)


def test_an_iteration_sees_the_registry_as_it_was(registry):
    registry.register(_task("a"))
    for task in registry:
        registry.register(replace(task, name=f"{task.name}{len(registry)}"))
    assert registry.names() == ["a", "a1"]


def test_threads_register_find_and_remove_without_losing_a_task(registry):
    definition = _task("made", tags=["t"])
    failures = []

    def work(number):
        try:
            for turn in range(300):
                registry.register(replace(definition, name=f"{number}-{turn}"))
                registry.find(tags="t", name=f"{number}-*")
                registry.tags()
                if turn % 3 == 0:
                    registry.unregister(f"{number}-{turn}")
        except Exception as error:  # noqa: BLE001 - told by the assertion below
            failures.append(error)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert failures == []
    assert len(registry) == 4 * 200


def test_it_says_how_many_tasks_it_holds(registry):
    assert repr(registry) == "TaskRegistry(0 tasks)"
    registry.register(_task("a"))
    assert repr(registry) == "TaskRegistry(1 task)"
