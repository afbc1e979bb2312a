"""Every colour and every word for a state, in one place.

Cards, pills and notes bring their own background, so that their text keeps its contrast on any page; what lies on the
page itself (edges, rules) has a middle tone that shows on white and on black. No state is told by colour alone.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

INK = "#1f2328"  # names on cards
MUTED = "#57606a"  # what stands under them
EDGE = "#848d97"  # at least 3:1 on white and on black
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Noto Sans CJK KR', 'Malgun Gothic', sans-serif"
MONOSPACE = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Noto Sans Mono CJK KR', monospace"
RULE = "rgba(128, 128, 128, 0.32)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a state looks: `accent` draws borders and icons, `fill` lies behind text, `ink` writes on `fill`."""

    word: str
    glyph: str  # for plain text; pictures draw icons as paths
    accent: str
    fill: str
    ink: str
    dashed: bool = False


STATES: dict[str, Look] = {
    "succeeded": Look(word="succeeded", glyph="✓", accent="#1a7f37", fill="#eaf8ee", ink="#116329"),
    "reused": Look(word="reused", glyph="♻", accent="#8250df", fill="#f6f0ff", ink="#6639ba"),
    "failed": Look(word="failed", glyph="✕", accent="#cf222e", fill="#ffeeec", ink="#a40e26"),
    "timed_out": Look(word="timed out", glyph="⏱", accent="#bc4c00", fill="#fff1e5", ink="#953800"),
    "retrying": Look(word="retrying", glyph="↻", accent="#9a6700", fill="#fff8d6", ink="#7d4e00"),
    "running": Look(word="running", glyph="▶", accent="#0969da", fill="#e3f3ff", ink="#0550ae"),
    "cancelled": Look(word="cancelled", glyph="■", accent="#57606a", fill="#eaeef2", ink="#424a53"),
    "interrupted": Look(word="interrupted", glyph="↯", accent="#a0406a", fill="#fdeef4", ink="#872e56"),
    "skipped": Look(word="skipped", glyph="⊘", accent="#6e7781", fill="#f6f8fa", ink="#57606a", dashed=True),
    "pending": Look(word="pending", glyph="◌", accent="#6e7781", fill="#f6f8fa", ink="#57606a"),
    "stale": Look(word="stale", glyph="◐", accent="#9a6700", fill="#fff8d6", ink="#7d4e00"),
    "unsettled": Look(word="stale?", glyph="◔", accent="#9a6700", fill="#fffcf0", ink="#7d4e00", dashed=True),
    "fresh": Look(word="fresh", glyph="◇", accent="#1b7c83", fill="#e6f7f7", ink="#0f5c62"),
}
"""Looks by state, in the order in which counts are told."""

CHANGES: dict[str, Look] = {
    "same": Look(word="same", glyph="=", accent="#6e7781", fill="#f6f8fa", ink="#57606a"),
    "changed": Look(word="changed", glyph="≠", accent="#9a6700", fill="#fff8d6", ink="#7d4e00"),
    "added": Look(word="added", glyph="+", accent="#1a7f37", fill="#eaf8ee", ink="#116329"),
    "removed": Look(word="removed", glyph="−", accent="#cf222e", fill="#ffeeec", ink="#a40e26"),
    "only in a": Look(word="only in a", glyph="−", accent="#cf222e", fill="#ffeeec", ink="#a40e26"),
    "only in b": Look(word="only in b", glyph="+", accent="#1a7f37", fill="#eaf8ee", ink="#116329"),
}
"""Looks of what became of something between two runs, `a` and `b`."""

TERMINAL_STYLES: dict[str, str] = {
    "succeeded": "green",
    "reused": "magenta",
    "failed": "bold red",
    "timed_out": "bold red",
    "retrying": "yellow",
    "running": "blue",
    "cancelled": "dim",
    "interrupted": "bold red",
    "skipped": "dim",
    "pending": "dim",
    "stale": "yellow",
    "unsettled": "yellow",
    "fresh": "cyan",
    "changed": "yellow",
    "added": "green",
    "removed": "red",
    "only in a": "red",
    "only in b": "green",
}
"""Styles by state for terminals, in their own colours, which their users have made readable."""

URGENCY = (
    "failed",
    "timed_out",
    "interrupted",
    "cancelled",
    "running",
    "retrying",
    "skipped",
    "pending",
    "stale",
    "unsettled",
    "succeeded",
    "reused",
    "fresh",
)
"""Which state speaks for a group of tasks, and which tasks come first where not all can be shown."""

NOTES: dict[str, Look] = {
    "info": Look(word="", glyph="ℹ", accent="#0969da", fill="#e3f3ff", ink="#0b3a6b"),
    "success": Look(word="", glyph="✓", accent="#1a7f37", fill="#eaf8ee", ink="#0f4d22"),
    "warning": Look(word="Warning:", glyph="⚠", accent="#9a6700", fill="#fff8d6", ink="#5c3a00"),
    "error": Look(word="Error:", glyph="✕", accent="#cf222e", fill="#ffeeec", ink="#82071e"),
}

NO_STATE = Look(word="", glyph="•", accent="#6e87a8", fill="#f4f7fb", ink="#4a5a70")


def look_of(state: str) -> Look:
    """Return the look of a state; a word that is not in the palette is shown as it stands, in neutral colours."""
    if not state:
        return NO_STATE
    return (
        STATES.get(state) or CHANGES.get(state) or replace(STATES["pending"], word=state.replace("_", " "), glyph="•")
    )


def urgency(state: str) -> int:
    """Return the place of a state in `URGENCY`; words that are not in it come last."""
    return URGENCY.index(state) if state in URGENCY else len(URGENCY)


def count_states(states: Iterable[str] | Counter[str]) -> tuple[tuple[str, int], ...]:
    """Return how often each state occurs, in the palette's order, unknown words last; empty states are left out."""
    order = {state: rank for rank, state in enumerate(STATES)}
    counts = (item for item in Counter(states).items() if item[0])
    return tuple(sorted(counts, key=lambda item: (order.get(item[0], len(order)), item[0])))


def tell_counts(counts: Iterable[tuple[str, int]]) -> str:
    """Return counts by state in words: ``118 succeeded, 2 failed``."""
    return ", ".join(f"{count:,} {look_of(state).word}" for state, count in counts)
