"""``dpnb schedule``: notebooks and pipelines that run by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import click

from dpnb.cli.console import err, out
from dpnb.cli.options import assignments, notebook_options, reuse_option, selection_options, workers_option
from dpnb.cli.recorded import require_folder
from dpnb.cli.schedule_run import run_command
from dpnb.cli.schedule_tables import fires_table, preview_table, schedules_table
from dpnb.errors import UnknownScheduleError
from dpnb.launch import get_schedule, schedule
from dpnb.results.leases import now_us
from dpnb.scheduler.frames import store_of
from dpnb.scheduler.options import Misfire, Overlap
from dpnb.scheduler.presence import present_schedulers
from dpnb.scheduler.triggers_at_hand import BY_TIME_ALONE
from dpnb.workspace import get_workspace

if TYPE_CHECKING:
    from pathlib import Path

    from dpnb.launch import Schedule

NOT_SERVED = "No scheduler is at work on this workspace: start one with `dpnb schedule run`."


@click.group("schedule")
def schedule_command() -> None:
    """Let notebooks and pipelines run by themselves.

    Schedules are kept in the workspace: the nearest folder .dpnb, or what DPNB_HOME names. They fire while something
    serves them: `dpnb schedule run`, or a notebook that has called dpnb.schedule.
    """


schedule_command.add_command(run_command)


@schedule_command.command("add")
@notebook_options
@selection_options
@workers_option
@reuse_option(meaning="Take over the results of tasks that have not changed since an earlier run.")
@click.option("--cron", metavar="EXPRESSION", help="When: five fields, or six with seconds, or @daily.")
@click.option("--zone", metavar="ZONE", help="Whose clocks count: Asia/Seoul; this machine's by default.")
@click.option("--every", metavar="SPAN", help="In place of --cron: 30s, 15min, 1d 6h.")
@click.option("--at", metavar="TIME", help="In place of --cron, once: 2026-12-01T09:00, on the clocks of --zone.")
@click.option("--files", metavar="PATTERN", help="In place of --cron: when such files are new or changed.")
@click.option(
    "--on-event",
    metavar="TOPIC",
    help="In place of --cron: when an event of such a topic, as 'data.*', is heard on DPNB_BROKER.",
)
@click.option("--name", metavar="NAME", help="What it is called; the notebook's name by default.")
@click.option("--start", metavar="TIME", help="Nothing is due before.")
@click.option("--end", metavar="TIME", help="Nothing is due after.")
@click.option("--misfire", type=click.Choice(get_args(Misfire.__value__)), help="What becomes of missed fires.")
@click.option("--overlap", type=click.Choice(get_args(Overlap.__value__)), help="While an earlier one goes on.")
@click.option("--jitter", metavar="SPAN", help="Start each fire up to so much later.")
@click.option("--retries", type=click.IntRange(min=0), help="Runs that a fire gets besides, if it does not succeed.")
@click.option("--retry-delay", metavar="SPAN", help="How long to wait before the first of them.")
@click.option("--pause-after", type=click.IntRange(min=1), metavar="N", help="Pause after N failures in a row.")
@click.option("--replace", is_flag=True, help="Take the place of a schedule of this name.")
def add_command(notebook: Path, parameters: dict[str, Any], workers: int | None, **given: Any) -> None:
    """Have NOTEBOOK executed headless, as `dpnb run` does, whenever it is due."""
    names = ("tags", "targets", "reuse", "timeout", "cell_timeout")
    options = {name: given.pop(name) for name in names}
    timing = {name: value for name, value in given.items() if value is not None}
    made = schedule(notebook, params=parameters, workers=workers, notebook_options=options, serve=False, **timing)
    out().print(f"Scheduled {made.name!r}: {made.record.description}.", markup=False, soft_wrap=True)
    _print_preview(made, 3)
    _say_whether_served()


@schedule_command.command("list")
def list_command() -> None:
    """List the schedules of this workspace."""
    require_folder(get_workspace())
    known = store_of().schedules() if get_workspace().has_ledger else []
    if not known:
        out().print("No schedule yet; `dpnb schedule add` makes one.")
        return
    out().print(schedules_table(known))
    _say_whether_served()


@schedule_command.command("preview")
@click.argument("name")
@click.option("-n", "--count", type=click.IntRange(min=1), default=10, show_default=True, help="How many.")
def preview_command(name: str, count: int) -> None:
    """Show when the schedule NAME is due next."""
    _print_preview(_found(name), count)


@schedule_command.command("pause")
@click.argument("name")
def pause_command(name: str) -> None:
    """Let the schedule NAME rest; what is due meanwhile is left out."""
    _found(name).pause()
    out().print(f"{name!r} rests.", markup=False)


@schedule_command.command("resume")
@click.argument("name")
def resume_command(name: str) -> None:
    """Go on with the schedule NAME from now."""
    made = _found(name).resume()
    out().print(f"{name!r} goes on: {made.record.description}.", markup=False)
    _say_whether_served()


@schedule_command.command("fire")
@click.argument("name")
@click.option(
    "-p",
    "--param",
    "parameters",
    multiple=True,
    callback=assignments,
    metavar="NAME=VALUE",
    help="A parameter that has another value this time.",
)
def fire_command(name: str, parameters: dict[str, Any]) -> None:
    """Have the schedule NAME fire now; whatever serves this workspace starts it."""
    fire = _found(name).fire(parameters)
    out().print(f"Fire {fire.fire!r} of {name!r} is {fire.state}.", markup=False, soft_wrap=True)
    _say_whether_served()


@schedule_command.command("remove")
@click.argument("name")
def remove_command(name: str) -> None:
    """Forget the schedule NAME; its fires and runs stay on record."""
    _found(name).remove()
    out().print(f"{name!r} is removed.", markup=False)


@schedule_command.command("fires")
@click.argument("name", required=False)
@click.option("-n", "--limit", type=click.IntRange(min=1), default=20, show_default=True, help="Show at most so many.")
def fires_command(name: str | None, limit: int) -> None:
    """List what has become of the schedules' fires, or of those of NAME, the latest first."""
    require_folder(get_workspace())
    found = store_of().fires(name, limit=limit + 1)[::-1] if get_workspace().has_ledger else []
    if not found:
        out().print("Nothing has fired yet.")
        return
    out().print(fires_table(found[:limit]))
    if len(found) > limit:
        out().print("Older fires are not shown; see --limit.")


def _found(name: str) -> Schedule:
    """Return a schedule; to look for it makes no workspace."""
    workspace = get_workspace()
    require_folder(workspace)
    if not workspace.has_ledger:
        raise UnknownScheduleError(name, known=())
    return get_schedule(name, workspace)


def _print_preview(made: Schedule, count: int) -> None:
    frame = made.preview(count)
    if frame.empty:
        by_time = made.record.kind in BY_TIME_ALONE
        told = "The time never makes it fire any more." if by_time else f"It fires {made.record.description}."
        out().print(told, markup=False, soft_wrap=True)
    else:
        out().print(preview_table(frame))


def _say_whether_served() -> None:
    now = now_us()
    if not any(one.is_there(now) for one in present_schedulers(get_workspace().ledger.database)):
        err().print(NOT_SERVED, style="yellow", soft_wrap=True)
