"""Digests: 128 bits as hexadecimal text, the same in every process."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def text_digest(text: str) -> str:
    """Return the digest of a text; lone surrogates are allowed."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def digest(parts: Any) -> str:
    """Return the digest of JSON-able `parts`."""
    return text_digest(json.dumps(parts))
