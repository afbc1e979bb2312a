"""What IPython knows about cells and reloaded modules, where one is running; it is never imported for it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

TIMED = "<timed exec>"  # what code is called that ran below ``%%time``


def cell_number(filename: str) -> int | None:
    """Return the execution count of the cell that a code object comes from."""
    numbers = getattr(getattr(_shell(), "compile", None), "_filename_map", {})
    number = numbers.get(filename)
    return number if isinstance(number, int) else None


def timed_cells() -> Iterator[str]:
    """Return the text below ``%%time`` of all cells that began so, newest first, as Python code."""
    shell = _shell()
    history = getattr(getattr(shell, "history_manager", None), "input_hist_raw", ())
    for text in reversed(history):
        if text.lstrip().startswith("%%time"):
            yield shell.transform_cell(text.lstrip().partition("\n")[2])


def reloaded_text(module: str, file: str) -> str | None:
    """Return the text that ``%autoreload`` has brought a module up to, in place; None where it does not watch it."""
    magics = getattr(getattr(_shell(), "magics_manager", None), "registry", {}).get("AutoreloadMagics")
    reloader = getattr(magics, "_reloader", None)
    if file in getattr(reloader, "failed", ()):
        return None
    text = getattr(getattr(reloader, "deduper_reloader", None), "source_by_modname", {}).get(module)
    return text if isinstance(text, str) else None


def _shell() -> Any:
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None else None
