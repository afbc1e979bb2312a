"""What a server cannot do, and what it is asked for and does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.errors.root import DpnbError, closest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_MOST_NAMED = 3


class ServerError(DpnbError):
    """A server could not be made or started, or refuses a request."""


class ServerExtraError(ServerError, ImportError):
    """The packages that a server needs are not installed."""

    def __init__(self, package: str) -> None:
        super().__init__(
            f"A server needs the package {package!r}, which is not installed.",
            hint="install dpnb with its extra: pip install 'dpnb[server]'.",
        )
        self.package = package


class AddressError(ServerError, OSError):
    """A server cannot listen where it was told to."""

    def __init__(self, host: str, port: int, *, reason: str) -> None:
        super().__init__(
            f"Nothing can listen on {host!r}, port {port}: {reason}.",
            hint="another server may be there already; choose another port, or 0 for one that is free.",
        )
        self.host, self.port, self.reason = host, port, reason

    def __str__(self) -> str:  # OSError's own would speak of error numbers
        return str(self.args[0])


class PipelineNameError(ServerError, ValueError):
    """A pipeline cannot be offered under this name."""

    def __init__(self, name: object, rule: str) -> None:
        super().__init__(
            f"A pipeline cannot be called {name!r}: {rule}.",
            hint="its name is a part of its address: 1 to 100 printable characters, none of them / { } or %.",
        )
        self.name, self.rule = name, rule


class UnknownPipelineError(ServerError, LookupError):
    """The server offers no pipeline of that name."""

    def __init__(self, name: str, *, known: Iterable[str]) -> None:
        known = list(known)
        near = closest(name, known) or known[:8]
        offered = f"offered are {', '.join(map(repr, near))}" if near else "it offers none"
        super().__init__(f"Unknown pipeline {name!r}; {offered}.", hint="GET /pipelines lists them.")
        self.name, self.closest = name, near


class UnknownLaunchError(ServerError, LookupError):
    """The server's database knows no launch of that id."""

    def __init__(self, launch_id: str) -> None:
        super().__init__(f"Unknown launch {launch_id!r}.", hint="take the id from the answer to the request for a run.")
        self.launch_id = launch_id


class IdempotencyKeyError(ServerError, ValueError):
    """One key came with two different requests."""

    def __init__(self, key: str, *, pipeline: str) -> None:
        super().__init__(
            f"The idempotency key {key!r} came before with another request for the pipeline {pipeline!r}; "
            "nothing was started.",
            hint="give every request a key of its own, and repeat it only with the same body.",
        )
        self.key, self.pipeline = key, pipeline


class UndeliverableResultError(ServerError, ValueError):
    """A result is not of a kind that this format can carry."""

    def __init__(self, task: str, kind: str, form: str, *, reason: str) -> None:
        super().__init__(
            f"The result of task {task!r}, a {kind}, cannot be given as {form}: {reason}.",
            hint="ask for format=json, or look at the result's preview.",
        )
        self.task, self.kind, self.form, self.reason = task, kind, form, reason


class UnservedTasksError(ServerError):
    """A run is to go on, or to run again, at a server that has none of its tasks."""

    def __init__(self, run_id: str, tasks: Collection[str]) -> None:
        named = ", ".join(map(repr, list(tasks)[:_MOST_NAMED])) + (", …" if len(tasks) > _MOST_NAMED else "")
        super().__init__(
            f"This server has none of the tasks of run {run_id!r}: {named}.",
            hint=f"serve the notebook that defines them: dpnb serve NOTEBOOK.ipynb. Or, where they are defined: "
            f"get_run({run_id!r}).rerun().",
        )
        self.run_id, self.tasks = run_id, tuple(tasks)
