from __future__ import annotations

import inspect
import pydoc
from typing import assert_type, get_type_hints

import pytest

from dpnb import TaskContext, TaskRegistry, task
from dpnb.errors import TaskDefinitionError
from dpnb.registry import TaskOptions, get_registry
from dpnb.registry.options import check_options


def test_a_bare_decorator_registers_in_the_default_registry(registry):
    @task
    def flights() -> int:
        return 3

    assert get_registry() is registry
    assert registry.get("flights").func is flights
    assert flights() == 3


def test_empty_brackets_do_the_same(registry):
    @task()
    def flights() -> int: ...

    assert "flights" in registry


def test_the_function_comes_back_unchanged():
    def flights(): ...

    before = dict(vars(flights))
    assert task(flights, registry=TaskRegistry()) is flights
    assert task(registry=TaskRegistry(), tags=["etl"])(flights) is flights
    assert vars(flights) == before


def test_another_registry_leaves_the_default_alone(registry):
    mine = TaskRegistry()

    @task(registry=mine, name="all flights", tags="etl")
    def flights(): ...

    assert mine.names() == ["all flights"]
    assert len(registry) == 0


def test_an_empty_registry_is_a_registry(registry):
    mine = TaskRegistry()
    assert not len(mine)
    task(lambda_free, registry=mine)
    assert mine.names() == ["lambda_free"]


def lambda_free(): ...


def test_nothing_is_registered_when_the_definition_is_wrong(registry):
    with pytest.raises(TaskDefinitionError):
        task(max_retries=-1)(lambda_free)
    assert len(registry) == 0


def test_a_name_in_place_of_the_function_says_what_to_write():
    with pytest.raises(TaskDefinitionError, match=r"@task\(name=…\)"):
        task("flights")  # type: ignore[call-overload]


def test_the_signature_shows_every_option_with_its_default():
    shown = inspect.signature(task).parameters
    assert list(shown)[:3] == ["func", "registry", "name"]
    assert set(shown) == {"func", "registry", *TaskOptions.__annotations__}
    kept = {name: p.default for name, p in shown.items() if name not in ("func", "registry")}
    checked = check_options("f", kept)  # the defaults shown are themselves allowed
    assert (checked["max_retries"], checked["retry_delay"], checked["tags"]) == (0, 1.0, ())
    assert shown["timeout"].annotation == "float | None"


def test_every_option_is_documented():
    documentation = inspect.getdoc(task) or ""
    assert all(f"\n{option}\n" in documentation for option in TaskOptions.__annotations__)
    assert "max_retries: 'int' = 0" in pydoc.render_doc(task)


async def test_type_checkers_keep_the_functions_own_types(registry):
    @task
    def flights(year: int) -> list[int]:
        return [year]

    @task(tags=["etl"], dependencies=[flights])
    async def delays(flights: list[int]) -> float:
        return sum(flights) / 2

    assert_type(flights(2013), list[int])
    assert assert_type(await delays([1, 3]), float) == 2.0


def test_annotations_of_the_decorator_resolve():
    assert get_type_hints(TaskOptions)["timeout"] == float | None


def test_the_context_is_a_protocol_that_fakes_can_meet():
    class Fake:
        run_id = task_name = ""
        attempt, cancelled, logger = 1, False, None

        def progress(self, fraction, note=""): ...

    assert isinstance(Fake(), TaskContext)
