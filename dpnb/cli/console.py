"""Where the commands write: tables to standard output, everything that passes to standard error."""

from __future__ import annotations

import os
import sys
from functools import cache
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from dpnb.cli.hints import hint_for

if TYPE_CHECKING:
    from pathlib import Path

    from dpnb.errors import DpnbError

# No terminal says how wide a pipe or a log file is; wide enough that no table of ours is cut.
WIDTH_WITHOUT_TERMINAL = 160


@cache
def out() -> Console:
    """Return the console of results: plain text without a terminal."""
    return _console(stderr=False)


@cache
def err() -> Console:
    """Return the console of progress and errors."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else WIDTH_WITHOUT_TERMINAL
    return Console(stderr=stderr, width=width, highlight=False, soft_wrap=False)


def print_error(error: DpnbError, hint: str = "") -> None:
    """Write the message, and apart from it its hint, or else this one."""
    message, _, told = str(error).partition("\nHint: ")
    hint = hint_for(error) or told or hint
    err().print(Text.assemble(("Error: ", "bold red"), message), soft_wrap=True)
    if hint:
        err().print(Text.assemble(("Hint: ", "bold"), hint), soft_wrap=True)


def print_place(label: str, place: Path | str) -> None:
    """Write where something lies: one line, never broken, so that it can be copied."""
    out().print(Text.assemble((f"{label:<9}", "dim"), str(place)), soft_wrap=True)
