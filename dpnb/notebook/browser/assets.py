"""The page's side of the browser, as the single module that widgets are."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from dpnb.notebook.page_parts import one_module, with_shared_styles

VIEW = (
    "sight.js",
    "wording.js",
    "bars.js",
    "filters.js",
    "head.js",
    "grid.js",
    "toolbar.js",
    "table.js",
    "tree.js",
    "browser.js",
)
"""What shows results, whoever answers for them."""
MODULES = (*VIEW, "source.js", "host.js")


@cache
def esm() -> str:
    """Return all modules as one."""
    return one_module(files(__package__) / "page", MODULES)


@cache
def css() -> str:
    """Return the style sheet."""
    return with_shared_styles([files(__package__) / "page" / "browser.css"])
