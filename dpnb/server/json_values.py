"""Values that JSON carries to anybody: no infinities, no half letters. What comes in otherwise is refused."""

from __future__ import annotations

import json
import math
from typing import Annotated, Any

from pydantic import AfterValidator, JsonValue


def portable(value: Any) -> Any:
    r"""Return recorded values as JSON holds them: infinities as null, halves of letters written out.

    Examples
    --------
    >>> portable({"mean": float("nan"), "name": chr(0xD800)})
    {'mean': None, 'name': '\\ud800'}
    """
    if isinstance(value, dict):
        return {portable(key): portable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [portable(item) for item in value]
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _require_portable(value: Any) -> Any:
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError:
        raise ValueError("a text holds half a letter") from None
    except ValueError:
        raise ValueError("a number is not finite") from None
    return value


type JsonObject = Annotated[dict[str, JsonValue], AfterValidator(_require_portable)]
type Text = Annotated[str, AfterValidator(_require_portable)]
