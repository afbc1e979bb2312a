"""A result as one looks through it in a notebook: a table of any length, or a tree, alive while the kernel is.

::

    page: browser.js ──ask──▶ source.js ══messages══▶ ResultBrowser ─▶ Desk (threads) ─▶ Browsed.answer
                                                                            │
          table, tree ◀──────────────────────────────answers────────────────┘

What lies in the output, and in the saved file, is plain HTML: the first rows, as they were recorded. The widget has no
view of its own. Its page's script finds that HTML by its key and takes its place; where there is no kernel, no widget
or no trust, the HTML stays. So a notebook that is opened again never shows an error where a result was.
"""

from __future__ import annotations

from dpnb.notebook.browser.showing import show_browsed
from dpnb.notebook.browser.widget import ResultBrowser

__all__ = ["ResultBrowser", "show_browsed"]
