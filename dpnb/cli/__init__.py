"""The terminal: ``dpnb run``, ``plan``, ``runs``, ``show``, ``compare`` and what looks after a workspace."""

from __future__ import annotations

import io
import os
import sys


def main() -> None:
    """Run the command line and exit."""
    _let_any_text_out()
    from dpnb.cli.app import app

    try:
        app(prog_name="dpnb")
    except OSError as error:  # a full disk, a folder that may not be read
        _silence(sys.stdout)
        where = f": {error.filename!r}" if error.filename else ""
        sys.stderr.write(f"Error: {error.strerror or error}{where}\n")
        raise SystemExit(1) from None


def _let_any_text_out() -> None:
    """Let question marks stand for what a terminal's encoding cannot hold, in place of an end with a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _silence(stream: object) -> None:
    """Send what a stream still holds nowhere: Python would try once more to write it, at its end, and complain."""
    if isinstance(stream, io.TextIOWrapper):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
