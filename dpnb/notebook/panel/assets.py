"""The panel's modules and style sheet."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from dpnb.notebook.page_modules import put_together

MODULES = (
    "elements.js",
    "geometry.js",
    "clicks.js",
    "summary.js",
    "graph.js",
    "roster.js",
    "timeline.js",
    "details.js",
    "mounts.js",
    "panel.js",
)


@cache
def esm() -> str:
    """Return all modules as one."""
    return put_together(files(__package__) / "page" / name for name in MODULES)


@cache
def css() -> str:
    """Return the style sheet."""
    return (files(__package__) / "page" / "panel.css").read_text("utf-8")
