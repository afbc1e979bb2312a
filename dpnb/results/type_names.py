"""Types by the names that people know them by."""

from __future__ import annotations

import sys


def type_name(kind: type) -> str:
    """Return a type's shortest importable name: ``pandas.DataFrame``, ``int``, and ``Model`` for a cell's class.

    Examples
    --------
    >>> from pathlib import Path
    >>> type_name(int), type_name(Path)
    ('int', 'pathlib.Path')
    """
    module, name = kind.__module__, kind.__qualname__
    if module in ("builtins", "__main__"):
        return name
    package = module.partition(".")[0]
    return f"{package}.{name}" if getattr(sys.modules.get(package), name, None) is kind else f"{module}.{name}"
