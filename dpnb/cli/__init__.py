"""The terminal: ``dpnb run``, ``plan``, ``runs`` and ``show``."""

from __future__ import annotations


def main() -> None:
    """Run the command line and exit."""
    from dpnb.cli.app import app

    app(prog_name="dpnb")
