"""A box above the tables of a notebook that can be searched, wherever a page is alive.

What is displayed, and saved, is a plain table. One model in the kernel, which has no view of its own, brings the page
the few lines that put a box above each table that is marked for it. So nothing is missing where no widget can be shown,
and nothing is broken where a notebook is opened without its kernel.
"""

from __future__ import annotations

from dpnb.notebook.search.widget import let_tables_be_searched

__all__ = ["let_tables_be_searched"]
