from __future__ import annotations

import functools
from typing import Annotated, Any, Optional

import pytest

import dpnb
from dpnb.registry import HintResolver, TaskContext, describe_task, resolve_hints
from dpnb.registry.hints import admits_none, is_context


def _hints(func):
    return resolve_hints(describe_task(func))


class Flight: ...


def test_strings_and_forward_references_become_types():
    def task(a: int, b: list[Flight], c: "list['Flight']", d: None) -> Optional[Flight]: ...  # noqa: UP037, UP045

    hints = _hints(task)
    assert hints.parameters == {"a": int, "b": list[Flight], "c": list[Flight], "d": type(None)}
    assert hints.returns == Flight | None
    assert hints.unresolved == ()


def test_no_annotation_is_any():
    def task(a, b: Any): ...

    assert _hints(task).parameters == {"a": Any, "b": Any}
    assert _hints(task).returns is Any


def test_a_name_that_fails_does_not_lose_the_others():
    scope: dict[str, Any] = {"Flight": Flight}
    source = "def task(a: 'Missing', b: int, c: 'Flight.nothing', d: '1 +') -> 'Missing': ..."
    exec(compile(source, "cell", "exec", dont_inherit=True), scope)
    hints = _hints(scope["task"])
    assert hints.parameters == {"a": Any, "b": int, "c": Any, "d": Any}
    assert [(hint.parameter, hint.annotation) for hint in hints.unresolved] == [
        ("a", "Missing"),
        ("c", "Flight.nothing"),
        ("d", "1 +"),
        ("return", "Missing"),
    ]
    assert "NameError" in hints.unresolved[0].reason
    assert "AttributeError" in hints.unresolved[1].reason
    assert "SyntaxError" in hints.unresolved[2].reason


def test_a_class_of_a_later_cell_is_found_when_the_plan_is_made():
    scope: dict[str, Any] = {}
    exec("def task(rows: 'Row') -> 'list[Row]': ...", scope)
    metadata = describe_task(scope["task"])
    assert len(resolve_hints(metadata).unresolved) == 2
    exec("class Row: ...", scope)
    assert resolve_hints(metadata).parameters["rows"] is scope["Row"]


def test_what_the_function_closes_over_is_known():
    class Local: ...

    def task(rows: Local) -> list[Local]:
        return [rows, Local()]

    assert _hints(task).returns == list[Local]


def test_type_parameters_of_the_function_are_known():
    def first[T](rows: list[T]) -> T: ...

    hints = _hints(first)
    assert hints.returns is first.__type_params__[0]


def test_a_wrapper_from_another_module_does_not_hide_the_names():
    scope: dict[str, Any] = {"functools": functools}
    exec("def keep(f):\n @functools.wraps(f)\n def wrapper(*a): return f(*a)\n return wrapper", scope)

    @scope["keep"]
    def task(rows: Flight): ...

    assert _hints(task).parameters["rows"] is Flight


def test_a_resolver_keeps_modules_apart():
    resolver = HintResolver()
    for _ in range(2):
        scope: dict[str, Any] = {}
        exec("class Row: ...\ndef task(rows: 'list[Row]'): ...", scope)
        hint = resolver.resolve(describe_task(scope["task"])).parameters["rows"]
        assert hint.__args__ == (scope["Row"],)


@pytest.mark.parametrize(
    "hint",
    [
        TaskContext,
        TaskContext | None,
        Optional[TaskContext],  # noqa: UP045
        Annotated[TaskContext, "given by the run"],
        "TaskContext",
        "dpnb.TaskContext",
        "TaskContext | None",
        "None | dpnb.TaskContext",
        "Optional[TaskContext]",
        "typing.Optional[dpnb.TaskContext]",
        "'TaskContext'",
    ],
)
def test_these_ask_for_the_context(hint):
    assert is_context(hint)


@pytest.mark.parametrize("hint", [Any, int, list[TaskContext], "list[TaskContext]", "MyTaskContext", "TaskContextual"])
def test_these_do_not_ask_for_the_context(hint):
    assert not is_context(hint)


def test_a_context_is_known_by_its_name_where_that_was_not_imported():
    scope: dict[str, Any] = {}
    exec("def task(context: 'TaskContext'): ...", scope)
    hints = resolve_hints(describe_task(scope["task"]))
    assert hints.parameters["context"] is dpnb.TaskContext
    assert hints.unresolved == ()


@pytest.mark.parametrize("hint", [None, type(None), int | None, Optional[int]])  # noqa: UP045
def test_these_admit_none(hint):
    assert admits_none(hint)


@pytest.mark.parametrize("hint", [Any, object, int, int | str, list[None]])
def test_these_do_not_say_that_none_may_come(hint):
    assert not admits_none(hint)
