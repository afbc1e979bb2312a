"""The page's side of the panel: plain ES modules beside this one, handed over as the single module that widgets are.

The modules import one another by name, so that they can be tested as they are; here they are put together in the order
of their imports, and need neither a build step nor a network.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

MODULES = (
    "elements.js",
    "geometry.js",
    "clicks.js",
    "summary.js",
    "graph.js",
    "roster.js",
    "timeline.js",
    "details.js",
    "panel.js",
)
_IMPORT = re.compile(r"^import\s[^;]*?;\n", re.MULTILINE | re.DOTALL)
_EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)


@cache
def esm() -> str:
    """Return all modules as one; they share a scope, so that no two may give the same name to something."""
    folder = files(__package__) / "page"
    return "".join(_EXPORT.sub("", _IMPORT.sub("", (folder / name).read_text("utf-8"))) for name in MODULES)


@cache
def css() -> str:
    """Return the style sheet."""
    return (files(__package__) / "page" / "panel.css").read_text("utf-8")
