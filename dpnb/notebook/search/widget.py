"""The model that brings the search to a page."""

from __future__ import annotations

from importlib.resources import files

import anywidget

from dpnb.notebook.page_modules import put_together

_FOLDER = files("dpnb.notebook")
MODULES = (_FOLDER / "panel" / "page" / "elements.js", _FOLDER / "search" / "page" / "search.js")


class TableSearch(anywidget.AnyWidget):
    """Has a page put a box above its searchable tables; it is never displayed itself."""

    _esm = put_together(MODULES)
    _css = (_FOLDER / "search" / "page" / "search.css").read_text("utf-8")


_brought: list[TableSearch] = []


def let_tables_be_searched() -> None:
    """Bring the search to the pages of this kernel, once."""
    if not _brought:
        _brought.append(TableSearch())
