from __future__ import annotations

import collections
import typing
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence, Sized
from typing import Annotated, Any, Final, Generic, Literal, NewType, Optional, ParamSpec, Protocol, TypedDict, TypeVar

import pandas as pd
import pytest

from dpnb.planner.compatibility import TypeJudge
from dpnb.planner.fit import Fit

NO, UNKNOWN, YES = Fit.INCOMPATIBLE, Fit.UNKNOWN, Fit.COMPATIBLE

Element = TypeVar("Element")
Bound = TypeVar("Bound", bound=str)
Either = TypeVar("Either", int, str)
Params = ParamSpec("Params")
UserId = NewType("UserId", int)

type Rows = list[int]
type Listed[T] = list[T]
type Json = dict[str, Json] | list[Json] | str | int | None
type Nested = dict[str, Nested] | str


class Animal: ...


class Cat(Animal): ...


class Box(Generic[Element]): ...  # noqa: UP046 - the old spelling is still written


class IntBox(Box[int]): ...


class IntRows(list[int]): ...


class Saves(Protocol):
    def save(self) -> int: ...


@typing.runtime_checkable
class Closes(Protocol):
    def close(self) -> None: ...


class Named(Protocol):
    name: str


class Store:
    def save(self) -> int:
        return 1


class Annotates:
    name: str


class Proxy:
    def __getattr__(self, name: str) -> Any: ...


class Flight(TypedDict):
    delay: int


class Detailed(Flight):
    carrier: str


class Partial(TypedDict, total=False):
    delay: int


class TextDelay(TypedDict):
    delay: str


CASES: dict[str, list[tuple[Any, Any, Fit]]] = {
    "classes": [
        (int, int, YES),
        (int, str, NO),
        (bool, int, YES),
        (Cat, Animal, YES),
        (Animal, Cat, NO),
        (int, object, YES),
        (object, int, NO),
        (pd.DataFrame, pd.DataFrame, YES),
        (pd.DataFrame, pd.Series, NO),
        (None, type(None), YES),
        (None, int, NO),
    ],
    "anything": [
        (Any, int, YES),
        (int, Any, YES),
        (list[Any], list[int], YES),
        (dict[str, Any], dict[str, int], YES),
        (list[int], list[Any], YES),
        ("Unresolved", int, YES),
        (typing.Never, int, YES),
        (int, typing.Never, NO),
        (typing.Self, int, YES),
    ],
    "the numeric tower": [
        (int, float, YES),
        (bool, float, YES),
        (int, complex, YES),
        (float, complex, YES),
        (float, int, NO),
        (list[int], list[float], YES),
        (dict[str, list[int]], Mapping[str, Sequence[float]], YES),
    ],
    "unions": [
        (int, int | None, YES),
        (int, Optional[int], YES),  # noqa: UP045
        (int | None, int, NO),
        (int | str, int | str | None, YES),
        (int | bytes, int | str, NO),
        (list[int] | None, Sequence[float] | None, YES),
        (int, str | bytes, NO),
    ],
    "generics": [
        (list[int], list, YES),
        (list, list[int], YES),
        (list[int], list[str], NO),
        (list[int], Sequence[int], YES),
        (list[int], Iterable[str], NO),
        (typing.List[int], list[int], YES),  # noqa: UP006
        (list[int], typing.List, YES),  # noqa: UP006
        (list[int], Sized, YES),
        (Sized, Iterable, NO),
        (dict[str, int], Iterable[str], YES),
        (dict[str, int], Iterable[int], NO),
        (dict[str, int], Mapping[str, str], NO),
        (collections.defaultdict[str, int], dict[str, int], YES),
        (Generator[int, None, None], Iterable[int], YES),
        (Generator[int, None, None], Iterable[str], NO),
        (str, Sequence[str], YES),
        (str, Sequence[int], NO),
        (str, list[str], NO),
        (bytes, Iterable[int], YES),
        (range, Iterable[float], YES),
        (pd.Series, list[int], NO),
        (type[Cat], type[Animal], YES),
        (type[Animal], type[Cat], NO),
    ],
    "generic classes of the user": [
        (Box[int], Box[int], YES),
        (Box[int], Box[str], NO),
        (Box, Box[int], YES),
        (IntBox, Box[int], YES),
        (IntBox, Box[str], NO),
        (IntRows, list[int], YES),
        (IntRows, Sequence[str], NO),
    ],
    "tuples": [
        (tuple[int, str], tuple[int, str], YES),
        (tuple[int, str], tuple[str, int], NO),
        (tuple[int, str], tuple[int], NO),
        (tuple[int, int], tuple[int, ...], YES),
        (tuple[int, str], tuple[int, ...], NO),
        (tuple[int, ...], tuple[int, int], UNKNOWN),
        (tuple[str, ...], tuple[int, int], NO),
        (tuple[int, str], Sequence[int | str], YES),
        (tuple[int, str], Sequence[int], NO),
        (tuple[()], tuple[()], YES),
        (tuple[()], tuple[int, ...], YES),
        (tuple[int], tuple[()], NO),
        (tuple, tuple[int, str], YES),
        (tuple[int], tuple, YES),
    ],
    "literals": [
        (Literal[1], int, YES),
        (Literal[1], float, YES),
        (Literal[1, "a"], int, NO),
        (Literal[1], Literal[1, 2], YES),
        (Literal[3], Literal[1, 2], NO),
        (Literal[True], Literal[1], NO),
        (int, Literal[1], NO),
        (typing.LiteralString, str, YES),
    ],
    "protocols": [
        (Store, Saves, YES),
        (Animal, Saves, NO),
        (Store, Closes, NO),
        (Annotates, Named, YES),
        (Animal, Named, UNKNOWN),  # its __init__ may set it
        (Proxy, Saves, UNKNOWN),
        (Saves, Saves, YES),
        (int, typing.SupportsInt, YES),
        (dict, typing.SupportsInt, NO),
        (Store | None, Saves | None, YES),
    ],
    "typed dictionaries": [
        (Flight, Flight, YES),
        (Detailed, Flight, YES),
        (Flight, Detailed, NO),
        (Flight, TextDelay, NO),
        (Flight, Partial, YES),
        (Partial, Flight, NO),
        (Flight, dict, YES),
        (Flight, Mapping[str, int], YES),
        (Flight, Mapping[str, str], NO),
        (dict, Flight, YES),  # it does not say which keys it has
        (dict[str, Any], Flight, YES),
        (dict[str, int], Flight, YES),
        (dict[str, str], Flight, NO),
        (dict[int, int], Flight, NO),
        (int, Flight, NO),
        (list[Flight], Sequence[Flight], YES),
    ],
    "aliases, wrappers and variables": [
        (Rows, list[int], YES),
        (list[str], Rows, NO),
        (Listed[int], list[int], YES),
        (Listed[int], Listed[str], NO),
        (Json, Json, YES),
        (Nested, Json, YES),
        (Json, Nested, NO),
        (Annotated[int, "unit"], int, YES),
        (int, Annotated[int, "unit"], YES),
        (Annotated[str, ["not", "hashable"]], int, NO),
        (Annotated[int, {}], Annotated[float, []], YES),
        (Final[int], int, YES),
        (UserId, int, YES),
        (UserId, float, YES),
        (UserId, UserId, YES),
        (int, UserId, NO),
        (int, Element, YES),
        (Element, int, YES),
        (int, Bound, NO),
        (Bound, str, YES),
        (str, Either, YES),
        (bytes, Either, NO),
    ],
    "callables": [
        (Callable[[int], int], Callable[[int], int], YES),
        (Callable[[int], int], Callable[[int], str], NO),
        (Callable[[int], int], Callable, YES),
        (Callable[Params, int], Callable[[int], int], UNKNOWN),
    ],
    "what is no type": [(3, int, UNKNOWN), (int, 3, UNKNOWN), (int, [1], UNKNOWN), ([], {}, UNKNOWN)],
}


@pytest.mark.parametrize("group", CASES)
def test_answers_on(group):
    judge = TypeJudge()
    given = {(repr(p), repr(e)): judge.judge(p, e) for p, e, _ in CASES[group]}
    assert given == {(repr(p), repr(e)): answer for p, e, answer in CASES[group]}


@pytest.mark.parametrize("group", CASES)
def test_every_hint_fits_itself_and_anything(group):
    judge = TypeJudge()
    for hint in (hint for produced, expected, _ in CASES[group] for hint in (produced, expected)):
        if hint is not typing.Never:
            assert judge.judge(hint, hint) is YES
        assert judge.judge(hint, Any) is YES


def test_an_undecided_answer_has_its_reason():
    judge = TypeJudge()
    assert judge.judge(Callable[Params, int], Callable[[int], int]) is UNKNOWN
    assert judge.reason(Callable[Params, int], Callable[[int], int]).startswith("BeartypeDoor")
    assert judge.reason(int, str) == ""


def _flight():
    class Flight: ...

    return Flight


def test_a_class_whose_cell_was_run_again_is_not_held_against_it():
    earlier, later = _flight(), _flight()
    judge = TypeJudge()
    assert judge.judge(earlier, later) is UNKNOWN
    assert "Flight was defined again" in judge.reason(earlier, later)
    nested = list.__class_getitem__(earlier), list.__class_getitem__(later)
    assert judge.judge(*nested) is UNKNOWN
    assert "Flight was defined again" in judge.reason(*nested)


def test_each_pair_is_judged_once(monkeypatch):
    judge = TypeJudge()
    decided = []
    decide = judge._decide

    def counting(produced, expected):
        decided.append((produced, expected))
        return decide(produced, expected)

    monkeypatch.setattr(judge, "_decide", counting)
    for _ in range(3):
        judge.judge(list[int], Sequence[int])
    assert decided == [(list[int], Sequence[int])]


def test_a_class_that_raises_when_asked_is_not_held_against_it():
    class Meta(type):
        def __subclasscheck__(cls, other):
            raise RuntimeError("ask me not")

    class Odd(metaclass=Meta): ...

    judge = TypeJudge()
    assert judge.judge(int, Odd) is UNKNOWN
    assert "ask me not" in judge.reason(int, Odd)
