"""How what was read differs from what was written, for serializers of the user's."""

from __future__ import annotations

from typing import Any

from dpnb.results.type_names import type_name


def difference_between(value: Any, again: Any) -> str:
    """Say how two values differ; empty where they do not.

    A value that says of itself that it is equal is taken at its word; others are compared part by part.
    """
    if type(value) is not type(again):
        return f"it would come back as a {type_name(type(again))}"
    from dpnb.results.comparison.dispatch import compare_values
    from dpnb.results.comparison.equality import is_equal

    if is_equal(value, again):
        return ""

    compared = compare_values(value, again)
    return "" if compared.is_equal else f"what came back differs: {compared.summary}"
