from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Iterable
from typing import Annotated, Any, Literal, NewType, Optional, TypeVar, Union

import pytest

from dpnb.registry import type_text
from dpnb.registry.type_names import without_addresses

type Names = list[str]
Element = TypeVar("Element")
UserId = NewType("UserId", int)


class Flight: ...


@pytest.mark.parametrize(
    ("hint", "text"),
    [
        (int, "int"),
        (None, "None"),
        (inspect.Parameter.empty, ""),
        (Any, "Any"),
        (list[int], "list[int]"),
        (typing.List, "list"),  # noqa: UP006 - the old spelling is the case
        (typing.Dict[str, int], "dict[str, int]"),  # noqa: UP006
        (Optional[int], "int | None"),  # noqa: UP045
        (Union[int, str], "int | str"),  # noqa: UP007
        (int | None, "int | None"),
        (Literal[1, "a"], "Literal[1, 'a']"),
        (Callable[[int, str], bool], "Callable[[int, str], bool]"),
        (Callable[..., int], "Callable[..., int]"),
        (tuple[int, ...], "tuple[int, ...]"),
        (Annotated[int, object()], "int"),
        (Iterable[Flight], "Iterable[Flight]"),
        (Names, "Names"),
        (Element, "Element"),
        (UserId, "UserId"),
        ("pd.DataFrame ", "pd.DataFrame"),
        (typing.ForwardRef("Flight"), "Flight"),
    ],
)
def test_hints_are_written_as_a_person_would(hint, text):
    assert type_text(hint) == text


def test_qualified_text_tells_classes_of_one_name_apart():
    assert type_text(list[Flight], qualified=True) == f"list[{__name__}.Flight]"


def test_builtins_and_classes_of_the_notebook_have_no_module():
    here = types.GenericAlias(dict, (str, type("Row", (), {"__module__": "__main__"})))
    assert type_text(here, qualified=True) == "dict[str, Row]"


def test_local_classes_lose_the_function_around_them():
    class Local: ...

    assert type_text(Local) == "Local"


def test_addresses_are_taken_out_of_what_has_no_name():
    class Odd:
        def __repr__(self) -> str:
            return f"<odd at {id(self):#x}>"

    assert type_text(Odd()) == "<odd>"
    assert without_addresses("<a at 0x7f00AA> <b at 0x1>") == "<a> <b>"
