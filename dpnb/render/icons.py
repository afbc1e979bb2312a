"""Icons for states and kinds, drawn as paths: no font need have the glyph, and every state has a shape of its own.

An icon lives in a box from -8 to 8. Its disc takes the state's accent; what is drawn on it is white.
"""

from __future__ import annotations

from dataclasses import dataclass

from dpnb.render.markup import class_word
from dpnb.render.palette import look_of

_RING = "M0-4.9A4.9 4.9 0 1 1-.01-4.9Z"
_SQUARE = "M-3-3H3V3H-3Z"
_DOT = "M0-3A3 3 0 1 1-.01-3Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Icon:
    """Paths on a disc: `strokes` are drawn as lines, `fills` as areas; a hollow disc is only its rim."""

    strokes: str = ""
    fills: str = ""
    hollow: bool = False
    dashed: bool = False


ICONS: dict[str, Icon] = {
    "succeeded": Icon(strokes="M-3.6.3L-1.1 2.9 3.8-2.7"),
    "reused": Icon(
        strokes="M-4.2.4A4.2 4.2 0 0 1 2.2-3.6M4.2-.4A4.2 4.2 0 0 1-2.2 3.6",
        fills="M1.6-6L4.9-2.6.5-1.7ZM-1.6 6L-4.9 2.6-.5 1.7Z",
    ),
    "failed": Icon(strokes="M-2.9-2.9L2.9 2.9M2.9-2.9L-2.9 2.9"),
    "timed_out": Icon(strokes=f"{_RING}M0-2.6V.2L1.9 1.4"),
    "retrying": Icon(strokes="M2.6-3.2A4.1 4.1 0 1 0 4.1.4", fills="M5.2-5.5L4.5-.4.6-3.2Z"),
    "running": Icon(fills="M-2.2-3.9L4.2 0-2.2 3.9Z"),
    "cancelled": Icon(fills=_SQUARE),
    "interrupted": Icon(fills="M1.4-5.4L-3.4.9H-.5L-1.4 5.4 3.4-.9H.5Z"),
    "skipped": Icon(strokes="M-4.3 4.3L4.3-4.3", hollow=True),
    "pending": Icon(fills=_DOT, hollow=True, dashed=True),
    "stale": Icon(fills="M0-7A7 7 0 0 0 0 7Z", hollow=True),
    "unsettled": Icon(
        strokes="M-2.3-1.9A2.3 2.3 0 1 1 .9.1Q0 .5 0 1.6", fills="M-.1 3.1A1.1 1.1 0 1 1-.11 3.1Z", hollow=True
    ),
    "fresh": Icon(fills="M0-4.6L4.6 0 0 4.6-4.6 0Z"),
}
_UNKNOWN = Icon(fills=_DOT)

MARKS: dict[str, tuple[str, str]] = {
    "stream": ("stream", "M-6-3.4q3-2.6 6 0t6 0M-6 .4q3-2.6 6 0t6 0M-6 4.2q3-2.6 6 0t6 0"),
    "async": ("async", "M-6 0A3 3 0 0 1 0 0 3 3 0 0 0 6 0 3 3 0 0 0 0 0 3 3 0 0 1-6 0"),
    "async-stream": (
        "async stream",
        "M-5-2.4A2.5 2.5 0 0 1 0-2.4 2.5 2.5 0 0 0 5-2.4 2.5 2.5 0 0 0 0-2.4 2.5 2.5 0 0 1-5-2.4M-6 4.2q3-2.6 6 0t6 0",
    ),
}
"""By kind: what the mark means, and its path."""

_KINDS = {"generator": "stream", "coroutine": "async", "async generator": "async-stream", "function": ""}


def kind_of(kind: str) -> str:
    """Return the kind as a CSS-able word: ``stream``, ``async``, ``async-stream``, ``group``, or nothing special."""
    return _KINDS.get(kind, class_word(kind))


def symbol(state: str) -> str:
    """Return the SVG symbol that draws a state's icon, to be used as ``#i-{state}``."""
    icon, look = ICONS.get(state, _UNKNOWN), look_of(state)
    drawn_in = look.accent if icon.hollow else "#ffffff"
    rim = ' stroke-dasharray="2.6 2.1"' if icon.dashed else ""
    disc = (
        f'<circle r="7.1" fill="#ffffff" stroke="{look.accent}" stroke-width="1.7"{rim}/>'
        if icon.hollow
        else f'<circle r="8" fill="{look.accent}"/>'
    )
    fills = f'<path d="{icon.fills}" fill="{drawn_in}"/>' if icon.fills else ""
    strokes = (
        f'<path d="{icon.strokes}" fill="none" stroke="{drawn_in}" stroke-width="1.7" '
        'stroke-linecap="round" stroke-linejoin="round"/>'
        if icon.strokes
        else ""
    )
    return f'<g id="i-{class_word(state)}">{disc}{fills}{strokes}</g>'
