from __future__ import annotations

import warnings
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Generator, Iterable, Iterator, Sequence
from typing import Any

import pytest

from dpnb import Stream, task
from dpnb.errors import PlanError, TypeMismatchWarning
from dpnb.planner import DAGBuilder, SchemaValidator


@pytest.fixture
def check(registry):
    """Check what `given` returns against what `takes` is annotated as; return the findings."""

    def check(returns, takes, *, kind="def", mode="strict", stream_output=False):
        body = "yield 1" if "gen" in kind else "..."
        scope: dict[str, Any] = {}
        exec(f"{kind.replace(' gen', '')} given(): {body}\ndef taker(given): ...", scope)
        scope["given"].__annotations__ = {} if returns is ... else {"return": returns}
        scope["taker"].__annotations__ = {} if takes is ... else {"given": takes}
        registry.clear()
        task(scope["given"], registry=registry, stream_output=stream_output)
        task(scope["taker"], registry=registry)
        return SchemaValidator(mode).find(DAGBuilder(registry).build(), {})

    return check


def test_types_that_fit_find_nothing(check):
    for returns, takes in [(int, float), (list[int], Sequence[int]), (..., int), (int, ...), (Any, str)]:
        findings = check(returns, takes)
        assert (findings.problems, findings.notes) == ((), ())


def test_a_mismatch_names_both_tasks_the_parameter_and_both_types(check):
    assert check(dict[str, int], list[int] | None).problems == (
        "Task 'taker' takes 'given' as list[int] | None, but 'given' returns dict[str, int].",
    )


def test_types_of_the_same_name_are_told_apart_by_their_modules(check):
    one, two = (type("Frame", (), {"__module__": module}) for module in ("pandas", "polars"))
    assert check(one, two).problems == (
        "Task 'taker' takes 'given' as polars.Frame, but 'given' returns pandas.Frame.",
    )


def test_control_flow_is_not_checked(registry, define):
    @task(registry=registry)
    def prepare() -> str: ...

    @task(registry=registry, dependencies=[prepare])
    def load(year: int = 2013) -> int: ...

    assert SchemaValidator().validate(DAGBuilder(registry).build()).notes == ()


def test_a_parameter_that_keeps_its_default_is_not_checked(registry):
    @task(registry=registry)
    def load(year: int = "2013") -> int: ...  # type: ignore[assignment]

    assert SchemaValidator().validate(DAGBuilder(registry).build()).notes == ()


def test_a_parameter_with_a_default_that_takes_a_result_is_checked(registry):
    @task(registry=registry)
    def year() -> str: ...

    @task(registry=registry)
    def load(year: int = 2013) -> int: ...

    with pytest.raises(PlanError, match="takes 'year' as int, but 'year' returns str"):
        SchemaValidator().validate(DAGBuilder(registry).build())


@pytest.mark.parametrize("kind", ["def gen", "async def gen"])
@pytest.mark.parametrize("returns", [Generator[int, None, None], Iterator[int], Iterable[int]])
@pytest.mark.parametrize(
    "takes", [list[int], Sequence[int], Iterable[float], Iterator[int], list, list[int] | None, ...]
)
def test_a_generators_chunks_are_taken_as_a_list(check, kind, returns, takes):
    assert check(returns, takes, kind=kind).problems == ()


@pytest.mark.parametrize("returns", [AsyncGenerator[int, None], AsyncIterator[int]])
@pytest.mark.parametrize(
    "takes", [list[int], Sequence[int], Iterator[int], AsyncIterator[int], Stream[int], Stream, ...]
)
def test_a_streams_chunks_are_taken_as_a_stream(check, returns, takes):
    assert check(returns, takes, kind="async def gen", stream_output=True).problems == ()


def test_a_generator_that_does_not_stream_gives_no_stream(check):
    [text] = check(Iterator[int], Stream[int], kind="def gen").problems
    assert text == "Task 'taker' takes 'given' as Stream[int], but 'given' yields, as a list, int."


def test_the_type_of_the_chunks_is_checked(check):
    [text] = check(Iterator[int], list[str], kind="def gen").problems
    assert text == "Task 'taker' takes 'given' as list[str], but 'given' yields, as a list, int."
    [text] = check(Iterator[int], Stream[str], kind="def gen", stream_output=True).problems
    assert text == "Task 'taker' takes 'given' as Stream[str], but 'given' streams int."
    [text] = check(Iterator[int], int, kind="def gen").problems
    assert "yields, as a list, int" in text


def test_a_generator_without_annotation_yields_anything(check):
    assert check(..., list[str], kind="def gen").problems == ()
    assert check(..., int, kind="def gen").problems != ()


def test_a_coroutine_gives_what_awaiting_it_gives(check):
    assert check(int, int, kind="async def").problems == ()
    assert check(Coroutine[Any, Any, int], int, kind="async def").problems == ()
    assert check(str, int, kind="async def").problems != ()


def test_unresolved_annotations_are_noted_and_fit(check):
    findings = check("Missing", int)
    assert findings.problems == ()
    assert findings.notes == (
        "Task 'given': its return annotation, Missing, is not checked (NameError: name 'Missing' is not defined).",
    )
    [note] = check(int, "list[Missing]").notes
    assert note.startswith("Task 'taker': the annotation of 'given', list[Missing], is not checked")


def test_what_cannot_be_compared_is_noted_with_the_reason(check):
    def again():
        class Flight: ...

        return Flight

    [note] = check(again(), again()).notes
    assert "cannot be told" in note
    assert "Flight was defined again" in note


def test_run_parameters_are_checked_by_value(registry):
    @task(registry=registry)
    def flights(year: int = 2013, months: list[int] | None = None): ...

    params = {"year": "2013", "months": [1]}
    dag = DAGBuilder(registry).build(params=params)
    with pytest.raises(PlanError) as refused:
        SchemaValidator().validate(dag, params)
    assert refused.value.problems == ("Task 'flights' takes 'year' as int, but the run parameter is str: '2013'.",)


def test_warn_warns_and_notes(check, registry):
    check(str, int)
    with pytest.warns(TypeMismatchWarning, match="takes 'given' as int, but 'given' returns str"):
        findings = SchemaValidator("warn").validate(DAGBuilder(registry).build())
    assert findings.problems == ()
    assert len(findings.notes) == 1


def test_off_compares_nothing(check, registry):
    assert check(str, int, mode="off") == check("Missing", int, mode="off")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert SchemaValidator("off").validate(DAGBuilder(registry).build()).notes == ()


def test_other_modes_are_refused():
    with pytest.raises(ValueError, match="'strict', 'warn' or 'off', not 'loose'"):
        SchemaValidator("loose")  # type: ignore[arg-type]
