from __future__ import annotations

import functools
import inspect

from dpnb.registry.schema import read_schema


def test_parameters_keep_their_order_annotations_and_kinds():
    def task(a, /, b: int, *rows: str, c: float = 1.0, **more: int) -> list[int]: ...

    schema = read_schema(task)
    assert [p.name for p in schema.parameters] == ["a", "b", "c"]
    assert [p.required for p in schema.parameters] == [True, True, False]
    assert [p.positional_only for p in schema.parameters] == [True, False, False]
    assert schema.parameters[0].annotation is inspect.Parameter.empty
    assert schema.parameters[1].annotation == "int"  # string annotations stay as they were written
    assert schema.returns == "list[int]"


def test_a_wrapped_function_shows_the_signature_of_what_it_wraps():
    def inner(flights: list[int]) -> int: ...

    @functools.wraps(inner)
    def wrapper(*args, **kwargs): ...

    assert str(read_schema(wrapper)) == "(flights: list[int]) → int"


def test_a_schema_reads_like_a_signature():
    def task(flights, year: int = 2013): ...

    assert str(read_schema(task)) == "(flights, year: int = …)"


def test_names_that_do_not_exist_yet_are_no_error():
    def task(flights: DefinedInALaterCell) -> AlsoLater: ...  # type: ignore[name-defined]  # noqa: F821

    assert read_schema(task).returns == "AlsoLater"
