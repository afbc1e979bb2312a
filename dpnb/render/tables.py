"""Tables, notes and code as HTML that keeps its sense wherever it is shown.

Every style is an attribute: no sheet, no script, no class. A sanitizer may take all of them away and a plain, readable
table is left, its states still told by icon and word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.render.markup import escape
from dpnb.render.palette import MONOSPACE, NOTES, RULE, look_of
from dpnb.render.plaintext import alignment

if TYPE_CHECKING:
    from dpnb.render.facts import Heading, Note, Preformatted, TableFacts

SEARCHABLE = "data-dpnb-search"
"""The attribute of a table above which a live page may put a search box; without one, nothing is missing."""

_MOST_SEARCHED = 2_000
"""Rows that a search finds though they are not shown; beyond, a notebook's file would grow by megabytes."""

_ALIGN = {"l": "left", "r": "right", "c": "center"}
_LONGEST_CELL = 400
_CELL = "padding: 4px 12px 4px 4px; vertical-align: middle; border: none"
_CAPTION = "margin: 8px 0 4px 0; font-size: 13px"
_TINTS = {"+": "rgba(46, 160, 67, 0.22)", "-": "rgba(248, 81, 73, 0.22)"}  # the page's own ink stays legible on them
_MUTED = "color: #7d8590"  # legible on white and on black


def html_table(table: TableFacts) -> str:
    """Return a ``<table>`` of at most `table.limit` rows; one that can be searched holds more, which are hidden."""
    aligns = [_ALIGN[letter] for letter in alignment(table)]
    head = "".join(
        f'<th style="{_CELL}; text-align: {align}; font-weight: 600">{escape(column)}</th>'
        for column, align in zip(table.columns, aligns, strict=True)
    )
    rows = "".join(_row(table, row, aligns) for row in table.rows[: table.limit])
    if table.is_searchable:
        beyond = (_row(table, row, aligns) for row in table.rows[table.limit : _MOST_SEARCHED])
        rows += "".join(row.replace("<tr ", '<tr hidden="" ', 1) for row in beyond)
    hidden = (table.total if table.total is not None else len(table.rows)) - min(len(table.rows), table.limit)
    more = _more(hidden, len(table.columns)) if hidden > 0 else ""
    caption = f'<p style="margin: 8px 0 4px 0; font-weight: 600">{escape(table.caption)}</p>' if table.caption else ""
    search = f' {SEARCHABLE}=""' if table.is_searchable else ""
    return (
        f'{caption}<table{search} style="border-collapse: collapse; margin: 4px 0 8px 0; font-size: 13px">'
        f'<thead><tr style="border-bottom: 1px solid {RULE}">{head}</tr></thead><tbody>{rows}{more}</tbody></table>'
    )


def _more(hidden: int, columns: int) -> str:
    return f'<tr><td colspan="{columns}" style="{_CELL}; text-align: left; {_MUTED}">… {hidden:,} more</td></tr>'


def _row(table: TableFacts, row: tuple[str, ...], aligns: list[str]) -> str:
    shown = [
        f'<td style="{_CELL}; text-align: {align}">{pill(cell) if index == table.states else _cell(cell)}</td>'
        for index, (cell, align) in enumerate(zip(row, aligns, strict=True))
    ]
    return f'<tr style="border-bottom: 1px solid {RULE}">{"".join(shown)}</tr>'


def _cell(cell: str) -> str:
    short = cell if len(cell) <= _LONGEST_CELL else cell[: _LONGEST_CELL - 1] + "…"
    return escape(short).replace("\n", "<br>")


def pill(state: str) -> str:
    """Return a state as icon and word on a tinted ground."""
    if not state:
        return ""
    look = look_of(state)
    return (
        f'<span style="background-color: {look.fill}; color: {look.ink}; border: 1px solid {look.accent}; '
        f'border-radius: 10px; padding: 1px 8px; white-space: nowrap">{look.glyph}&nbsp;{escape(look.word)}</span>'
    )


def html_note(note: Note) -> str:
    """Return a sentence on a tinted ground."""
    look = NOTES.get(note.level, NOTES["info"])
    word = f"<strong>{look.word}</strong> " if look.word else ""
    return (
        f'<p style="background-color: {look.fill}; color: {look.ink}; border-left: 4px solid {look.accent}; '
        f'border-radius: 4px; padding: 6px 12px; margin: 6px 0">{look.glyph}&nbsp;{word}{_cell_lines(note.text)}</p>'
    )


def _cell_lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def html_heading(heading: Heading) -> str:
    """Return a line in bold; not a heading element, which would enter the notebook's table of contents."""
    return f'<p style="margin: 10px 0 4px 0; font-size: 14px"><strong>{escape(heading.text)}</strong></p>'


def html_preformatted(block: Preformatted) -> str:
    """Return text in a fixed-width font, its lines kept."""
    caption = f'<p style="{_CAPTION}"><strong>{escape(block.caption)}</strong></p>' if block.caption else ""
    text = "\n".join(map(_diff_line, block.text.splitlines())) if block.is_diff else escape(block.text)
    return (
        f'{caption}<pre style="font-family: {MONOSPACE}; font-size: 12px; line-height: 1.45; margin: 4px 0 8px 0; '
        f'padding: 8px 12px; border-left: 3px solid {RULE}; overflow-x: auto">{text}</pre>'
    )


def _diff_line(line: str) -> str:
    tint = _TINTS.get(line[:1])
    return f'<span style="background-color: {tint}">{escape(line)}</span>' if tint else escape(line)
