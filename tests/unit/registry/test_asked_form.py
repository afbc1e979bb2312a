from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any

import pytest

from dpnb.registry.asked_form import BY_ADDRESS, asked_form


@pytest.mark.parametrize(
    ("hint", "form"),
    [
        (Annotated[Any, BY_ADDRESS], "address"),
        (Annotated[list[int], BY_ADDRESS], "address"),
        (Annotated[list[int], "other"], "list"),
        (Iterator[int] | None, "iterator"),
        (AsyncIterator[int], "async iterator"),
        (list[int] | Iterator[int], ""),
        (Any, ""),
        (None, ""),
    ],
)
def test_a_hint_asks_for_one_form_or_none(hint, form):
    assert asked_form(hint) == form
