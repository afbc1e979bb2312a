"""The pages' own files: what a browser may load, and the single module that a widget is.

Modules import one another by paths that hold in the package, in tests and below the served ``assets/`` alike.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from dpnb.notebook.browser import assets as browser
from dpnb.notebook.page_parts import SHARED, SHARED_STYLES, joined, with_shared_styles
from dpnb.notebook.panel import assets as panel

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

MODULES = (
    "wording.js",
    "marks.js",
    "routes.js",
    "http_transport.js",
    "kernel_transport.js",
    "dialog.js",
    "notices.js",
    "filter_bar.js",
    "runs_table.js",
    "runs_view.js",
    "panel_model.js",
    "run_view.js",
    "result_source.js",
    "result_view.js",
    "diff.js",
    "parts.js",
    "compare_view.js",
    "schedules_view.js",
    "disk_view.js",
    "browser.js",
)
MEDIA_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
_PARTS, _PANEL, _PAGES = "notebook/page_parts", "notebook/panel/page", "pages/page"
_RESULTS = "notebook/browser/page"
_BENEATH = (
    *(f"{_PARTS}/{name}" for name in SHARED),
    *(f"{_PANEL}/{name}" for name in panel.MODULES),
    *(f"{_RESULTS}/{name}" for name in browser.VIEW),
)
_SHEETS = (f"{_PANEL}/panel.css", f"{_PAGES}/pages.css", f"{_RESULTS}/browser.css")


def _file(path: str) -> Traversable:
    return files("dpnb").joinpath(*path.split("/"))


@cache
def esm() -> str:
    """Return all modules of the notebook's widget as one; no two of them give the same name to something."""
    return joined(map(_file, [*_BENEATH, *(f"{_PAGES}/{name}" for name in (*MODULES, "widget.js"))]))


@cache
def css() -> str:
    """Return the style sheet of the notebook's widget."""
    return with_shared_styles(map(_file, _SHEETS))


@cache
def served_files() -> dict[str, bytes]:
    """Return by path below ``assets/`` what a browser may load: these files, and nothing else of the package."""
    paths = [*_BENEATH, f"{_PARTS}/{SHARED_STYLES}", *_SHEETS]
    paths += [f"{_PAGES}/{name}" for name in (*MODULES, "served.js", "icon.svg")]
    return {path: _file(path).read_bytes() for path in paths}


@cache
def index() -> str:
    """Return the page that loads them, with a place for its XSRF token."""
    return _file(f"{_PAGES}/index.html").read_text("utf-8")
