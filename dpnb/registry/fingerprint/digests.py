"""Digests: 128 bits as hexadecimal text, the same in every process."""

from __future__ import annotations

import json
from typing import Any

from xxhash import xxh3_128_hexdigest


def text_digest(text: str) -> str:
    """Return the digest of a text; lone surrogates are allowed."""
    return xxh3_128_hexdigest(text.encode("utf-8", "surrogatepass"))


def digest(parts: Any) -> str:
    """Return the digest of JSON-able `parts`."""
    return text_digest(json.dumps(parts))
