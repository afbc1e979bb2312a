"""The pages' side of what is live: plain ES modules, handed over as the single module that a widget is.

The modules import one another by name, so that they can be tested as they are; here they are put together in the order
of their imports, and need neither a build step nor a network.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from importlib.resources.abc import Traversable

_IMPORT = re.compile(r"^import\s[^;]*?;\n", re.MULTILINE | re.DOTALL)
_EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)


def put_together(modules: Iterable[Traversable]) -> str:
    """Return modules as one; they share a scope, so that no two may give the same name to something."""
    return "".join(_EXPORT.sub("", _IMPORT.sub("", module.read_text("utf-8"))) for module in modules)
