"""Values that JSON carries to anybody: no infinities, no half letters. What comes in otherwise is refused."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import AfterValidator, JsonValue

from dpnb.pages.portable import portable

__all__ = ["JsonObject", "Text", "portable"]


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
