"""Looks into a result page by page, whatever its size: the rows that are asked for, sorted and filtered, and no others.

::

    stored result ─▶ Source ─▶ Table (columns, read in parts) ─▶ Pager ──▶ plain JSON
    any value ─────▶        └▶ Tree (dictionaries, lists, …) ──▶        ◀── requests
                     not to be unpickled: the stored preview

Requests and answers are plain data, so that a widget and a server can carry them alike. Nothing here knows Jupyter.

A mapped result is touched only where it is read. What goes over a whole column, as sorting does, takes it in parts and
gives the pages of the map back: 10 million rows are sorted in 16 bytes a row. `engines` tells who sorts and filters.
"""

from __future__ import annotations

from dpnb.results.browsing.browsed import Browsed
from dpnb.results.browsing.pager import Pager
from dpnb.results.browsing.tables import Table, table_of
from dpnb.results.browsing.tree import Tree
from dpnb.results.browsing.views import Filter, Sort, View

__all__ = ["Browsed", "Filter", "Pager", "Sort", "Table", "Tree", "View", "table_of"]
