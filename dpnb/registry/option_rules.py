"""What the checks of options share."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from dpnb.errors import TaskDefinitionError

_TEXT_HINT = "any text will do, but it cannot be empty or something else than text."


def wrong(subject: str, option: str, rule: str, value: object, hint: str) -> TaskDefinitionError:
    """Return the error that refuses a value: the option must be as `rule` says."""
    return TaskDefinitionError(subject, f"{option} must be {rule}, not {value!r}.", hint=hint)


def text(subject: str, option: str, value: Any, *, rule: str, hint: str = _TEXT_HINT) -> str:
    """Return a text that is not blank and can be stored; another is refused."""
    if not isinstance(value, str) or not value.strip():
        raise wrong(subject, option, rule, value, hint)
    try:
        value.encode()
    except UnicodeEncodeError as error:
        hint = "half of a surrogate pair got in; type the text again."
        raise wrong(subject, option, "valid Unicode", value, hint) from error
    return value


def one_or_many(subject: str, option: str, value: Any) -> list[Any]:
    """Return the things named, of which one may stand alone."""
    if isinstance(value, str) or callable(value):
        return [value]
    if isinstance(value, Mapping) or not isinstance(value, Iterable):
        raise wrong(subject, option, "a name or several", value, f'write {option}=["…", "…"].')
    return list(value)


def is_finite(value: Any) -> bool:
    """Tell whether it is a number that can be counted with; True and False are none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
