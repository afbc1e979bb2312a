"""The terminal: ``dpnb run``, ``plan``, ``runs`` and ``show``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and exit."""
    # jsonschema, which nbformat loads, would compile a grammar of IRIs for 1.6 s, and no notebook holds one. None makes
    # its import fail, for which jsonschema is prepared; this process is ours.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    from dpnb.cli.app import app

    app(prog_name="dpnb")
