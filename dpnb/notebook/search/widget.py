"""The model that brings the search to a page."""

from __future__ import annotations

from importlib.resources import files

import anywidget

from dpnb.notebook.page_parts import one_module

_PAGE = files(__package__) / "page"


class TableSearch(anywidget.AnyWidget):
    """Has a page put a box above its searchable tables; it is never displayed itself."""

    _esm = one_module(_PAGE, ["search.js"])
    _css = (_PAGE / "search.css").read_text("utf-8")


_brought: list[TableSearch] = []


def let_tables_be_searched() -> None:
    """Bring the search to the pages of this kernel; each time anew, since a page may have missed what came before.

    A page that hears of a model before it knows what a model is closes it, for all others too. One that has both the
    former model and the new one for a moment puts no second box above a table.
    """
    former = _brought[:]
    _brought[:] = [TableSearch()]
    for search in former:
        search.layout.close()
        search.close()
