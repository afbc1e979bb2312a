from __future__ import annotations

import functools
import inspect

import pytest

from dpnb.errors import TaskDefinitionError
from dpnb.registry import TaskKind
from dpnb.registry.callables import kind_of, layers, plain_function


class Model:
    def method(self): ...

    @classmethod
    def of_class(cls): ...

    @staticmethod
    def static(): ...

    def __call__(self): ...


def _double(rows):
    return rows * 2


def plain(): ...


async def coroutine(): ...


def generator():
    yield 1


async def async_generator():
    yield 1


def _keeping(func):
    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        return func(*args, **kwargs)

    return wrapper


@pytest.mark.parametrize(
    ("candidate", "reason"),
    [
        (lambda: 1, "lambda"),
        (Model, "a class"),
        (Model.method, "a method of 'Model'"),
        (Model().method, "a method bound to an object"),
        (Model.of_class, "a method bound to an object"),
        (Model.static, "a method of 'Model'"),
        (Model.__dict__["of_class"], "belongs to a class"),
        (Model.__dict__["static"], "belongs to a class"),
        (property(_double), "belongs to a class"),
        (len, "built in"),
        ([].append, "built in"),
        (str.upper, "built in"),
        (functools.partial(_double, 1), "functools.partial"),
        (functools.lru_cache(_double), "not a function"),
        (Model(), "'Model' that can be called"),
        ("flights", "@task was given a value"),
        (["etl"], "@task was given a value"),
        (3, "not a function"),
    ],
)
def test_what_is_no_plain_function_is_refused_with_the_reason_and_a_hint(candidate, reason):
    with pytest.raises(TaskDefinitionError, match=reason) as refused:
        plain_function(candidate)
    assert refused.value.hint


def test_a_method_defined_within_a_function_is_still_a_method():
    class Local:
        def method(self): ...

    with pytest.raises(TaskDefinitionError, match="a method of .*Local"):
        plain_function(Local.method)


def test_a_function_defined_within_a_function_is_a_function():
    def local(): ...

    assert plain_function(local) is local


@pytest.mark.parametrize(
    ("func", "kind"),
    [
        (plain, TaskKind.FUNCTION),
        (coroutine, TaskKind.COROUTINE),
        (generator, TaskKind.GENERATOR),
        (async_generator, TaskKind.ASYNC_GENERATOR),
    ],
)
def test_kinds_are_told_also_through_wrappers(func, kind):
    assert kind_of(func) is kind
    assert kind_of(_keeping(_keeping(func))) is kind


def test_a_coroutine_around_a_function_is_a_coroutine():
    @functools.wraps(plain)
    async def wrapper(): ...

    assert kind_of(wrapper) is TaskKind.COROUTINE


def test_a_function_marked_as_coroutine_function_is_one():
    assert kind_of(inspect.markcoroutinefunction(_keeping(plain))) is TaskKind.COROUTINE


def test_wrappers_that_wrap_each_other_end():
    def one(): ...
    def two(): ...

    vars(one)["__wrapped__"], vars(two)["__wrapped__"] = two, one
    assert list(layers(one)) == [one, two]
