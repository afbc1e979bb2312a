"""``dpnb schedule run``: serves a workspace's schedules until it is told to end."""

from __future__ import annotations

import asyncio
import logging
import signal
from contextlib import suppress

import click
from rich.text import Text

from dpnb.cli.console import err, out
from dpnb.cli.wording import plural
from dpnb.launch import make_scheduler
from dpnb.results.leases import now_us
from dpnb.workspace import get_workspace

EPILOG = """\b
Exit codes:
  0    it was told to end: SIGINT (Ctrl-C) or SIGTERM
  1    the workspace's database cannot be used
"""


@click.command("run", epilog=EPILOG)
@click.option(
    "--patience",
    type=click.FloatRange(min=0),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="How long the runs that go on are waited for in the end, before they are cancelled.",
)
def run_command(patience: float) -> None:
    """Serve the schedules of this workspace, until Ctrl-C or SIGTERM.

    Any number of these may serve one workspace, on one machine or, with a database that they share, on several: each
    fire starts one run. What was missed while none did is made up for as each schedule says.

    Told to end, it starts nothing any more and waits for what goes on; told once more, it cancels that at once.
    """
    handler = _Lines()
    logger = logging.getLogger("dpnb.scheduler")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    asyncio.run(_serve(patience))


async def _serve(patience: float) -> None:
    told, told_again = asyncio.Event(), asyncio.Event()

    def tell() -> None:
        (told_again if told.is_set() else told).set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows: there Ctrl-C raises KeyboardInterrupt
            loop.add_signal_handler(number, tell)
    scheduler = make_scheduler()
    await scheduler.start()
    known = len(scheduler.store.revisions())
    out().print(f"Serving {plural(known, 'schedule')} in {get_workspace().home}.", markup=False, soft_wrap=True)
    await told.wait()
    err().print("Ending; once more cancels what goes on.", style="dim")
    ending = asyncio.create_task(scheduler.stop(patience))
    again = asyncio.create_task(told_again.wait())
    await asyncio.wait({ending, again}, return_when=asyncio.FIRST_COMPLETED)
    if again.done():
        scheduler.cancel_running()
    again.cancel()
    await ending


class _Lines(logging.Handler):
    """Writes what the scheduler does, line by line."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line, with the time."""
        from dpnb.cli.wording import instant

        style = "yellow" if record.levelno >= logging.WARNING else ""
        err().print(Text.assemble((instant(now_us()), "dim"), " ", (record.getMessage(), style)), soft_wrap=True)
