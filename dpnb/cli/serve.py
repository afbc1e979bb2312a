"""``dpnb serve``: pipelines over HTTP."""

from __future__ import annotations

import os
import socket
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from dpnb.cli.console import err, out
from dpnb.cli.options import workers_option
from dpnb.errors import ServerExtraError
from dpnb.notebook.store import require_store
from dpnb.workspace import Workspace, find_home

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dpnb.orchestrator import Run
    from dpnb.server.access import Access
    from dpnb.server.serving import Server

EPILOG = """\b
Exit codes:
  0    it was stopped
  1    nothing can listen there, or nothing can be kept
  2    wrong usage, or a file is no notebook
"""
_ALL_ADDRESSES = ("0.0.0.0", "::")  # noqa: S104 - compared, and bound only by who asks for it


@click.command("serve", epilog=EPILOG)
@click.argument(
    "notebooks", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="[NOTEBOOK]…"
)
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="The address to listen on; 0.0.0.0 is all of them."
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8650, show_default=True, help="0 takes one that is free."
)
@click.option("--token", envvar="DPNB_TOKEN", help="The secret to be shown; made up where it is not given.")
@click.option("--base-url", default="", metavar="PATH", help="The path that all addresses begin with, behind a proxy.")
@click.option("--allow-host", "names", multiple=True, metavar="NAME", help="Another name under which it is addressed.")
@workers_option
def serve_command(notebooks: tuple[Path, ...], workers: int | None, **given: Any) -> None:
    """Offer this workspace over HTTP, and NOTEBOOKs as pipelines.

    A request starts a notebook by its file's name, as "dpnb run" does, in a kernel of its own. Runs, their results and
    what they say can be read, cancelled, run again; /openapi.json tells all. A browser that opens the address shows all
    runs and schedules, as dpnb.ui() does in a notebook.

    It listens on this machine alone, and answers only to who shows the token that it prints: a browser by the address,
    a program by the header "Authorization: Bearer TOKEN".

    Ctrl-C stops it, and cancels the runs that it has started and that are still going.
    """
    for package in ("fastapi", "uvicorn", "prometheus_client"):
        if find_spec(package) is None:
            raise ServerExtraError(package)
    from dpnb.server import Server, create_app

    workspace = Workspace(_home(notebooks))
    require_store(workspace)
    access = _access(given["host"], given["token"], given["names"])
    app = create_app(workspace, _pipelines(notebooks), access=access, workers=workers)
    server = Server(app, host=given["host"], port=given["port"], base_url=given["base_url"])
    _say_start(server, workspace, access if given["token"] is None else None, notebooks)
    if given["host"] not in ("127.0.0.1", "::1", "localhost"):
        err().print("Warning: others can reach this, and nothing is encrypted on the way.", style="yellow")
    _say_end(server.run())


def _home(notebooks: Sequence[Path]) -> Path:
    """Return the workspace's folder: what the notebooks themselves would find."""
    if os.environ.get("DPNB_HOME") or not notebooks:
        return find_home()
    homes = {find_home(notebook.absolute().parent) for notebook in notebooks}
    if len(homes) > 1:
        listed = " and ".join(sorted(map(str, homes)))
        raise click.UsageError(f"the notebooks belong to several workspaces, {listed}; let DPNB_HOME name one")
    return homes.pop()


def _pipelines(notebooks: Sequence[Path]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for notebook in notebooks:
        if notebook.stem in found:
            raise click.UsageError(f"two notebooks are called {notebook.stem!r}; rename one")
        found[notebook.stem] = notebook
    return found


def _access(host: str, token: str | None, names: Sequence[str]) -> Access:
    from dpnb.server.access import LOOPBACK, Access, new_token

    own = f"[{host}]" if ":" in host else host
    is_everywhere = host in _ALL_ADDRESSES
    hosts = (*LOOPBACK, socket.gethostname() if is_everywhere else own, *names)
    try:
        return Access(token=new_token() if token is None else token, hosts=hosts, any_address=is_everywhere)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--token") from None


def _say_start(server: Server, workspace: Workspace, made_up: Access | None, notebooks: Sequence[Path]) -> None:
    """Say what is served and where, one line for the address, never broken, so that it can be copied."""
    shown = server.url if made_up is None else f"{server.url}?token={made_up.token}"
    out().print(Text.assemble(("serving  ", "dim"), str(workspace.home)), soft_wrap=True)
    for notebook in notebooks:
        out().print(Text.assemble(("pipeline ", "dim"), notebook.stem, (f"  {notebook}", "dim")), soft_wrap=True)
    out().print(Text.assemble(("address  ", "dim"), shown), soft_wrap=True)
    out().print(Text("Ctrl-C stops it.", style="dim"))


def _say_end(going: Sequence[Run]) -> None:
    for run in going:
        status = run.status
        text = f"Run {run.run_id} was going; it is {status} now. `dpnb resume` goes on with it."
        err().print(Text(text), soft_wrap=True)
    err().print("Stopped.")
