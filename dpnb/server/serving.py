"""Serves the application on an address of this machine until it is asked to stop, and ends what it started.

::

    bind ─▶ say where ─▶ serve ── SIGINT, SIGTERM ──▶ streams end ─▶ answers under way end ─▶ kernels, then runs end
                                     (once more: at once)

A port is bound before anything else happens, so that one that is taken is told as an error and nothing has begun.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from dpnb.errors import AddressError, RunCrashedError, RunTimeoutError
from dpnb.orchestrator.launching import live_runs

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from fastapi import FastAPI

    from dpnb.orchestrator import Run
    from dpnb.server.state import ServerState

PORT = 8650
_GRACE_S = 5  # for answers under way
_PATIENCE_S = 10.0  # for a run that was cancelled


class Server:
    """An application on an address.

    Parameters
    ----------
    app
        What `create_app` has made.
    host, port
        Where to listen; port 0 is one that is free.
    base_url
        The path that all its addresses begin with, for a proxy that passes a part of a site on: ``"/dpnb"``.

    Raises
    ------
    AddressError
        Nothing can listen there.
    """

    def __init__(self, app: FastAPI, *, host: str = "127.0.0.1", port: int = PORT, base_url: str = "") -> None:
        self._state: ServerState = app.state.dpnb
        self._base = "/" + base_url.strip("/") if base_url.strip("/") else ""
        self._socket = _bound(host, port)
        self._host, self.port = host, int(self._socket.getsockname()[1])
        whole = Starlette(routes=[Mount(self._base, app)]) if self._base else app
        config = uvicorn.Config(
            whole,
            access_log=False,  # what is asked for is the user's own business, and the log would grow for ever
            lifespan="off",
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=_GRACE_S,
            ws="none",
        )
        self._uvicorn = _Stopping(config, self._state.end_streams)

    @property
    def url(self) -> str:
        """The address of its first page, without the token."""
        shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self._host)  # noqa: S104 - compared, not bound
        name = shown or (f"[{self._host}]" if ":" in self._host else self._host)
        return f"http://{name}:{self.port}{self._base}/"

    def run(self) -> list[Run]:
        """Serve until SIGINT or SIGTERM; return the runs that were going then, and have been cancelled."""
        with self._socket:
            self._uvicorn.run(sockets=[self._socket])
        return self._end()

    def stop(self) -> None:
        """Ask for the end, from any thread."""
        self._uvicorn.should_exit = True

    def _end(self) -> list[Run]:
        """End the notebooks' kernels and this process's runs."""
        self._state.means.notebooks.stop()
        going = live_runs(self._state.means.workspace)
        for run in going:
            run.cancel()
        for run in going:
            with suppress(RunTimeoutError, RunCrashedError):  # the process's end kills what is left
                run.wait(_PATIENCE_S)
        return going


class _Stopping(uvicorn.Server):
    """uvicorn's server, whose end also ends streams; it raises no signal again: what it started is yet to be ended."""

    def __init__(self, config: uvicorn.Config, before_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._before_stop = before_stop

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - uvicorn's
        """Stop; at the second signal without patience."""
        self.force_exit = self.should_exit
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End streams, which would never end by themselves, then all else."""
        self._before_stop()
        await super().shutdown(sockets)


def _bound(host: str, port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        if os.name == "posix":  # elsewhere it would let two servers share a port
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(128)
    except (OSError, OverflowError) as error:
        bound.close()
        reason = getattr(error, "strerror", None) or str(error)
        raise AddressError(host, port, reason=reason) from error
    bound.setblocking(False)  # noqa: FBT003 - the standard library's
    return bound
