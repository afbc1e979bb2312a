"""The group of commands, each loaded when it is called, so that ``dpnb --help`` answers at once."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from dpnb import __version__
from dpnb.cli.exits import Exit
from dpnb.errors import DpnbError

COMMANDS = {
    "cancel": "End a run that is going, whichever process drives it.",
    "check": "Look whether what the runs stored is still there and whole.",
    "compare": "Compare two runs: tasks, parameters, code, timings and results.",
    "plan": "Show what a notebook's tasks would do, and start nothing.",
    "rebuild": "Make a damaged or missing ledger anew.",
    "resume": "Go on with a run that was interrupted, failed or cancelled.",
    "run": "Execute a notebook headless, and run its tasks.",
    "runs": "List the runs of this workspace; delete old ones.",
    "serve": "Offer the workspace, and notebooks as pipelines, over HTTP.",
    "schedule": "Let notebooks and pipelines run by themselves.",
    "show": "Show a run: its tasks, failures and results.",
}


class LazyGroup(click.Group):
    """Knows its commands by name and one line each; a command's module is imported when it is called."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Return the names, as help lists them."""
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"dpnb.cli.{cmd_name}"), f"{cmd_name}_command")
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what dpnb raises on purpose is a message, not a traceback."""
        try:
            return super().invoke(ctx)
        except DpnbError as error:
            from dpnb.cli.console import print_error

            print_error(error)
            ctx.exit(Exit.of(error))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="dpnb")
def app() -> None:
    """Turn the functions in your notebook's cells into data pipelines."""
