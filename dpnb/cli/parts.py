"""What objects show in a notebook, as tables and lines of the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from rich import box
from rich.table import Table
from rich.text import Text

from dpnb.cli.console import out
from dpnb.cli.tables import state_text
from dpnb.render import Heading, Note, Preformatted, TableFacts
from dpnb.render.plaintext import alignment, text_note

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import RenderableType

    from dpnb.render import Part

_ALIGN: dict[str, Literal["left", "center", "right"]] = {"l": "left", "c": "center", "r": "right"}


def print_parts(parts: Iterable[Part]) -> None:
    """Write what stands below each other in a display; pictures are left out."""
    for part in parts:
        match part:
            case TableFacts():
                if part.caption:
                    out().print(part.caption, style="bold", markup=False)
                out().print(_table(part))
            case Heading():
                out().print(part.text, style="bold", markup=False)
            case Note():
                out().print(text_note(part), markup=False, soft_wrap=True)
            case Preformatted():
                out().print(part.caption, style="bold", markup=False)
                out().print(part.text, markup=False, soft_wrap=True)


def _table(facts: TableFacts) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for at, (name, align) in enumerate(zip(facts.columns, alignment(facts), strict=True)):
        is_whole = align == "r" or at == facts.states  # what gives way on a narrow terminal is text
        table.add_column(Text(name), justify=_ALIGN[align], overflow="fold", no_wrap=is_whole)
    for row in facts.rows[: facts.limit]:
        table.add_row(*(_cell(facts, at, cell) for at, cell in enumerate(row)))
    hidden = (facts.total if facts.total is not None else len(facts.rows)) - min(len(facts.rows), facts.limit)
    if hidden > 0:
        table.add_row(Text(f"… {hidden:,} more", style="dim"))
    return table


def _cell(facts: TableFacts, at: int, cell: str) -> RenderableType:
    return state_text(cell) if at == facts.states and cell else Text(cell)
