"""The parts of a workspace, wired: ledger, stores of results and logs, broker. Nothing else names adapters."""

from __future__ import annotations

import threading
import warnings
import weakref
from contextlib import suppress
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from dpnb.errors import EventError
from dpnb.registry import get_registry
from dpnb.workspace.secret import Secret
from dpnb.workspace.settings import Named, Settings
from dpnb.workspace.who import who

if TYPE_CHECKING:
    from dpnb.events import Broker
    from dpnb.registry import TaskRegistry
    from dpnb.results import AttemptLogs, IOManager, RunLedger
    from dpnb.results.records import EventBatch
    from dpnb.run_events import Speaker
    from dpnb.workspace.who import Who


class Wiring:
    """What works on one workspace's folder, each part opened when it is first used.

    The parameters are those of `Workspace`.
    """

    def __init__(
        self,
        path: str | Path | None = None,
        *,
        database: str | None = None,
        storage: str | None = None,
        io_manager: IOManager | None = None,
        registry: TaskRegistry | None = None,
        broker: Broker | str | None = None,
    ) -> None:
        self.settings = Settings.of(path).but(
            database=None if database is None else Secret(database),
            storage=None if storage is None else Named(Secret(storage)),
            broker=Secret(broker) if isinstance(broker, str) else None,
        )
        self.home = self.settings.home
        self.database = self.settings.database
        self.registry = registry if registry is not None else get_registry()
        if io_manager is not None:
            self.__dict__["io_manager"] = self._with_companions(io_manager)
        self._chosen_broker = (broker if not isinstance(broker, str) else None) or self.settings.broker or None

    @property
    def base_path(self) -> Path:
        """The folder that holds one folder a run: logs, and results where these are files."""
        from dpnb.results.store_urls import folder_of

        folder = folder_of(self.settings.storage.url)
        return Path(folder) if folder else self.home / "runs"

    @property
    def who(self) -> Who:
        """Who works on it from this process, and on which machine and notebook."""
        return who(self.settings)

    @cached_property
    def io_manager(self) -> IOManager:
        """Where results are kept. Raises `StoreUrlError` where a storage is named that there is not."""
        from dpnb.results import FilesystemIOManager
        from dpnb.results.store_urls import open_store

        if storage := self.settings.storage:
            return self._with_companions(open_store(str(storage.url), storage.plain_options))
        return FilesystemIOManager(self.base_path)

    def _with_companions(self, store: IOManager) -> IOManager:
        """Let a store away from this machine leave what lies beside results, such as notebooks, in this folder."""
        if getattr(store, "companions", self) is None:
            store.companions = self.base_path  # type: ignore[attr-defined]
        return store

    @property
    def keeps_results_elsewhere(self) -> bool:
        """Whether results lie in another place than the workspace's folder."""
        return self.io_manager.location != str(self.base_path)

    def place_of(self, run_id: str) -> str:
        """Return where a run's results lie, as a path or a URL."""
        from dpnb.results.segments import encode_segment

        if self.keeps_results_elsewhere:
            return f"{self.io_manager.location}/{encode_segment(run_id)}"
        return str(self.base_path / encode_segment(run_id))

    @cached_property
    def logs(self) -> AttemptLogs:
        """Where attempts' output is kept."""
        from dpnb.results import FileAttemptLogs

        return FileAttemptLogs(self.base_path)

    @cached_property
    def ledger(self) -> RunLedger:
        """The record of runs, task runs, attempts and results.

        Where it is empty, or was missing, while runs have left results, a warning says so and names the remedy.
        """
        from dpnb.results import RunLedger

        if self.database:
            self.home.mkdir(parents=True, exist_ok=True)
        ledger = RunLedger(str(self.database) if self.database else self.home / "ledger.db")
        ledger.listen("workspace", partial(_speak, weakref.ref(self)))  # it does not keep the workspace, nor a circle
        is_own = not self.database and not self.settings.storage  # else results may be those of other ledgers
        if is_own and not ledger.has_runs() and (count := len(self.stored_runs())) and not ledger.has_runs():
            runs = "1 run lies" if count == 1 else f"{count} runs lie"
            warnings.warn(
                f"The ledger {str(self.home / 'ledger.db')!r} was missing or empty, but {runs} in the folder 'runs' "
                "beside it. Workspace.rebuild_ledger(), or `dpnb rebuild` on the terminal, makes the ledger anew of "
                "what their results tell of themselves.",
                stacklevel=2,
            )
        return ledger

    @cached_property
    def broker(self) -> Broker:
        """Where the runs that this process drives speak; see `dpnb.run_events` for their events.

        Where none was chosen, all workspaces of this folder, within this process, have one together.

        Raises
        ------
        BrokerUnavailableError
            There is no such kind of broker, or its client library is not installed.

        Examples
        --------
        >>> subscription = Workspace("runs").broker.consumer().consume("run.*.finished")
        """
        from dpnb.events import open_broker

        if self._chosen_broker is None:
            with _brokers_lock:
                return _brokers.get(self.home) or _brokers.setdefault(self.home, open_broker("memory:"))
        return open_broker(str(self._chosen_broker)) if isinstance(self._chosen_broker, str) else self._chosen_broker

    @cached_property
    def speaker(self) -> Speaker:
        """What brings the events of runs to the broker; it counts what was told and what was dropped."""
        from dpnb.run_events import Speaker

        return Speaker(self.broker, self.ledger)

    def check_broker(self) -> None:
        """Raise `BrokerUnavailableError` where the broker that was chosen cannot be had; no server is asked."""
        if self._chosen_broker is not None:
            self.broker  # noqa: B018 - it is opened

    @property
    def has_broker(self) -> bool:
        """Whether runs speak on a broker: one was chosen, or somebody has asked for that within this process."""
        return self._chosen_broker is not None or self.home in _brokers

    def finish_speaking(self, timeout: float) -> None:
        """Give the broker `timeout` seconds to take what runs have said."""
        if "speaker" in self.__dict__:
            self.speaker.flush(timeout)

    @property
    def has_ledger(self) -> bool:
        """Whether there is a ledger already: asking what it knows makes none."""
        return bool(self.database) or (self.home / "ledger.db").exists()

    def stored_runs(self) -> list[str]:
        """Return the runs that have left results; no ledger is asked."""
        return self.io_manager.list_runs() if self.settings.storage or self.base_path.is_dir() else []


def _speak(workspace: weakref.ref[Wiring], batch: EventBatch) -> None:
    """Pass on what a run of a workspace has said, which is committed."""
    speaking = workspace()
    if speaking is not None and speaking.has_broker:
        with _lock, suppress(EventError):  # a broker that cannot be had is refused where a run starts
            speaking.speaker.hear(batch)


_lock = threading.Lock()
_brokers: weakref.WeakValueDictionary[Path, Broker] = weakref.WeakValueDictionary()  # of the folders' workspaces
_brokers_lock = threading.Lock()
