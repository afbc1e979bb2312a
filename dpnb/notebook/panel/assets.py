"""The page's side of the panel: plain ES modules beside this one, handed over as the single module that widgets are."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from dpnb.notebook.page_parts import one_module, with_shared_styles

MODULES = (
    "geometry.js",
    "clicks.js",
    "summary.js",
    "graph.js",
    "roster.js",
    "awaited.js",
    "timeline.js",
    "details.js",
    "mounts.js",
    "rerun.js",
    "panel.js",
)
ENTRY = "widget.js"


@cache
def esm() -> str:
    """Return all modules as one."""
    return one_module(files(__package__) / "page", [*MODULES, ENTRY])


@cache
def css() -> str:
    """Return the style sheet."""
    return with_shared_styles([files(__package__) / "page" / "panel.css"])
