"""What the pages of several views share, and how a view's modules become the single one that widgets are.

The modules import one another by name, so that they can be tested as they are; here they are put together in the order
of their imports, and need neither a build step nor a network.
"""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from importlib.resources.abc import Traversable

SHARED = ("elements.js",)
SHARED_STYLES = "views.css"
_IMPORT = re.compile(r"^import\s[^;]*?;\n", re.MULTILINE | re.DOTALL)
_EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)


def one_module(page: Traversable, modules: Sequence[str]) -> str:
    """Return the shared modules and those of a page as one."""
    return joined([*(files(__package__) / name for name in SHARED), *(page / name for name in modules)])


def with_shared_styles(sheets: Iterable[Traversable]) -> str:
    """Return what all views look like, and then what makes each of these sheets its own."""
    return "".join(sheet.read_text("utf-8") for sheet in [files(__package__) / SHARED_STYLES, *sheets])


def joined(modules: Iterable[Traversable]) -> str:
    """Return modules, each of which imports only from those before it, as one.

    They share a scope, so that no two may give the same name to something.
    """
    return "".join(_EXPORT.sub("", _IMPORT.sub("", module.read_text("utf-8"))) for module in modules)
