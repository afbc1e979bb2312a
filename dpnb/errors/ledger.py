"""The ledger and the workspace, where they cannot be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.errors.root import DpnbError

if TYPE_CHECKING:
    from collections.abc import Sequence


class LedgerError(DpnbError):
    """The ledger could not be opened or written."""


class LedgerCorruptError(LedgerError):
    """The ledger's file is damaged, or is no ledger."""

    def __init__(self, ledger: str, *, reason: str) -> None:
        super().__init__(
            f"The ledger {ledger!r} cannot be read: {reason}.",
            hint="Workspace().rebuild_ledger() makes a new one of what can be read and of the results in the runs' "
            "folders, which are not affected; or restore a copy of the file.",
        )
        self.ledger, self.reason = ledger, reason


class LedgerLockedError(LedgerError, TimeoutError):
    """Another process held the ledger longer than this one waits."""

    def __init__(self, ledger: str, *, waited_s: float) -> None:
        super().__init__(
            f"The ledger {ledger!r} stayed locked by another process for {waited_s:g} s.",
            hint="close database tools that hold it open in a transaction, then try again.",
        )
        self.ledger, self.waited_s = ledger, waited_s


class LedgerUnreachableError(LedgerError, ConnectionError):
    """The server that keeps the ledger does not answer, or has broken off."""

    def __init__(self, ledger: str, *, reason: str) -> None:
        super().__init__(
            f"The ledger {ledger!r} cannot be reached: {reason}.",
            hint="see that its server runs and that host, port, name and user are right. A run that it was away from "
            "for too long is interrupted, and can be resumed.",
        )
        self.ledger, self.reason = ledger, reason


class LedgerUrlError(LedgerError, ValueError):
    """A text is no database's URL, or what it takes is not installed."""

    def __init__(self, ledger: str, *, reason: str, hint: str = "") -> None:
        super().__init__(
            f"The ledger {ledger!r} cannot be opened: {reason}.",
            hint=hint
            or "give a URL such as 'postgresql://user@host:5432/name'; what is special in a password is "
            "written as in other URLs, '@' as '%40'.",
        )
        self.ledger, self.reason = ledger, reason


class LedgerInUseError(LedgerError):
    """A ledger was to be replaced while other processes have it open: they would go on writing into the old file."""

    def __init__(self, ledger: str, *, pids: Sequence[int]) -> None:
        processes = f"process{'' if len(pids) == 1 else 'es'} {', '.join(map(str, pids))}"
        super().__init__(
            f"The ledger {ledger!r} cannot be replaced: it is open in {processes}.",
            hint="shut down the kernels and end the programs that use this workspace, then try again.",
        )
        self.ledger, self.pids = ledger, tuple(pids)


class LedgerReadOnlyError(LedgerError):
    """A run was to be recorded in a workspace that may only be read."""

    def __init__(self, home: str) -> None:
        super().__init__(
            f"The workspace {home!r} may be read, but not written.",
            hint="name another one: Orchestrator(workspace=Workspace(path)), or the environment variable DPNB_HOME.",
        )
        self.home = home


class LeaseLostError(LedgerError):
    """A process was about to record facts of a run that belongs to another by now; nothing was recorded."""

    def __init__(self, run_id: str, *, token: int) -> None:
        super().__init__(
            f"Run {run_id!r} belongs to another process by now; lease {token} of this one is void.",
            hint="this process hung, slept or was cut off for too long; get_run() shows how the run goes on.",
        )
        self.run_id, self.token = run_id, token


class LedgerVersionError(LedgerError):
    """The ledger was written by a newer dpnb."""

    def __init__(self, ledger: str, *, found: int, known: int) -> None:
        super().__init__(
            f"The ledger {ledger!r} has schema version {found}; this dpnb knows versions up to {known}.",
            hint="upgrade dpnb, or open another workspace. Of a file there is a copy from before, "
            f"'ledger.v{known}.db' beside it, if a dpnb like this one has used it.",
        )
        self.ledger, self.found, self.known = ledger, found, known


class SettingsError(DpnbError, ValueError):
    """What a workspace is to be made of is said in a way that makes no sense; its value may be a secret."""

    def __init__(self, name: str, where: str, *, reason: str, hint: str = "") -> None:
        subject = f"The setting {name!r} of {where}" if name else f"The file {where!r}"
        super().__init__(
            f"{subject} is refused: {reason}.",
            hint=hint or "the docstring of dpnb.workspace.settings shows an example.",
        )
        self.name, self.where, self.reason = name, where, reason


class WorkspaceError(DpnbError):
    """The folder where runs live cannot be used at all."""

    def __init__(self, home: str, *, reason: str) -> None:
        super().__init__(
            f"The workspace {home!r} cannot be used: {reason}.",
            hint="let the environment variable DPNB_HOME name a folder that you may write to.",
        )
        self.home, self.reason = home, reason
