"""A result's facts as one line of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dpnb.results.records import ResultFacts

_CHARACTERS = 120


def preview_of(facts: ResultFacts) -> str:
    """Return the first row of a frame as ``label → column: value, …``, or the short repr of anything else."""
    if not facts.preview:
        return _one_line(facts.text)
    pairs = zip(facts.columns, facts.preview[0], strict=False)
    cells = ", ".join(f"{column.name}: {cell}" if column.name else cell for column, cell in pairs)
    return _one_line(f"{facts.labels[0]} → {cells}" if facts.labels else cells)


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _CHARACTERS else f"{line[: _CHARACTERS - 1]}…"
