"""What dpnb's objects look like in a terminal's IPython: their plain text, with states and headings in its colours.

The text is the same that a notebook's file keeps for plain readers. Rich finds out whether there are colours to be had:
none reach a file, a pipe, or a terminal whose user has set ``NO_COLOR``.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from dpnb.render.palette import NOTES, TERMINAL_STYLES, look_of

if TYPE_CHECKING:
    from rich.text import Text

SHOWN = (
    ("dpnb.orchestrator.comparison.runs", "Comparison"),
    ("dpnb.orchestrator.run", "Run"),
    ("dpnb.planner.explanation", "Explanation"),
    ("dpnb.planner.plan", "ExecutionPlan"),
    ("dpnb.registry.metadata", "TaskMetadata"),
    ("dpnb.registry.registry", "TaskRegistry"),
)
"""The module and the name of each type that is shown so."""


def register(shell: Any) -> None:
    """Have a terminal's shell show dpnb's objects so. May be called again."""
    formatter = shell.display_formatter.ipython_display_formatter
    for module, name in SHOWN:
        formatter.for_type_by_name(module, name, show)


def show(shown: Any) -> None:
    """Print an object."""
    from rich.console import Console

    text = coloured(shown._repr_mimebundle_()["text/plain"])
    Console(highlight=False).print("", text, sep="\n", soft_wrap=True)


def coloured(plain: str) -> Text:
    """Return an object's plain text with its colours; no word of it is taken for markup."""
    from rich.text import Text

    text = Text(plain)
    if (end := plain.find("\n")) > 0:
        text.stylize("bold", 0, end)
    text.highlight_regex(r"(?m)^[─ ]+$", "dim")
    for style, pattern in _patterns():
        text.highlight_regex(pattern, style)
    text.highlight_regex(r"(?m)^ *\+.*$", "green")  # of a diff
    text.highlight_regex(r"(?m)^ *-(?!-).*$", "red")
    return text


@cache
def _patterns() -> tuple[tuple[str, str], ...]:
    """Return the style of each state with what it is found by: its sign, and its word behind that, near or far."""
    looks = [
        (style, re.escape(look_of(state).glyph), re.escape(look_of(state).word))
        for state, style in TERMINAL_STYLES.items()
    ]
    signs = [(style, f"{glyph}( {word})?") for style, glyph, word in looks if not glyph.isascii()]
    words = [(style, f"(?m)(?<=  ){word}(?= ·|  | *$)") for style, _, word in looks]
    notes = [("bold red" if level == "error" else "yellow", _note(level)) for level in ("warning", "error")]
    return (*signs, *words, *notes)


def _note(level: str) -> str:
    look = NOTES[level]
    return f"{re.escape(look.glyph)} {re.escape(look.word)}"
