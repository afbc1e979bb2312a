"""Text and numbers as they may stand in SVG and HTML."""

from __future__ import annotations

import html
import re

# What XML 1.0 (section 2.2) forbids, and the control characters that it discourages.
# Marks that turn the direction of text (Unicode Annex #9) would reach beyond the name that they stand in.
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def escape(text: str) -> str:
    """Return `text` fit for text and attributes; characters that XML forbids are left out."""
    return html.escape(_FORBIDDEN.sub("", text))


def number(value: float) -> str:
    """Return a coordinate with at most one decimal."""
    return f"{value:.1f}".removesuffix(".0")


def class_word(text: str) -> str:
    """Return `text` as the rest of a CSS class or an id: user text never gets further than this."""
    return re.sub("[^a-z0-9]+", "-", text.lower()).strip("-")
