"""The composition root: opens the folder where runs live and wires what works on it.

A workspace is a folder named ``.dpnb``. It is found like ``.git``: the nearest ancestor of the working directory that
holds one; else it is made in the project's root (the nearest ancestor with a project file), else in the working
directory. The environment variable ``DPNB_HOME`` names another. Its ledger is the file ``ledger.db`` in it, unless
``DPNB_DATABASE`` names a server's database by URL.

What runs say goes to the workspace's broker: one within this process, or that which ``DPNB_BROKER`` names, such as
``redis://localhost:6379/0``.
"""

from __future__ import annotations

import os
import threading
import time
import warnings
import weakref
from contextlib import suppress
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from dpnb.errors import EventError, LedgerReadOnlyError, WorkspaceError
from dpnb.registry import get_registry
from dpnb.results.run_filter import RunCriteria, naming_criteria

if TYPE_CHECKING:
    from collections.abc import Collection

    import pandas as pd

    from dpnb.events import Broker
    from dpnb.planner import EarlierRuns, Planner, RunHistory
    from dpnb.registry import TaskRegistry
    from dpnb.results import AttemptLogs, IOManager, RunLedger
    from dpnb.results.points_in_time import Span
    from dpnb.results.records import EventBatch
    from dpnb.run_events import Speaker

FOLDER = ".dpnb"
PROJECT_MARKS = (".git", "pyproject.toml", "setup.py", "environment.yml", "requirements.txt")


def find_home(start: Path | None = None) -> Path:
    """Return the workspace folder that belongs to `start` (the working directory), whether or not it exists yet."""
    named = os.environ.get("DPNB_HOME")
    if named and start is None:
        return Path(named).expanduser().absolute()
    here = (start or Path.cwd()).absolute()
    line = (here, *here.parents)
    for folder in line:
        if (folder / FOLDER).is_dir():
            return folder / FOLDER
    for folder in line:
        if any((folder / mark).exists() for mark in PROJECT_MARKS):
            return folder / FOLDER
    return here / FOLDER


class Workspace:
    """A folder of runs: ledger, results, logs.

    Parameters
    ----------
    path
        The folder itself; found as the module describes where it is None. It is created when first written to.
    database
        The URL of a server's database that holds the ledger, in place of a file in the folder:
        ``"postgresql+psycopg://user@host/name"``. Where it is None, what the environment variable ``DPNB_DATABASE``
        says, if it is set.
    io_manager, registry
        Another store of results, another registry; the file system and the default registry otherwise.
    broker
        Where runs speak: a `dpnb.events.Broker`, or its URL as `dpnb.events.open_broker` takes it. What the environment
        variable ``DPNB_BROKER`` names where it is None, else a broker within this process.

    Examples
    --------
    >>> import tempfile
    >>> workspace = Workspace(tempfile.mkdtemp())
    >>> len(workspace.runs())
    0
    """

    def __init__(
        self,
        path: str | Path | None = None,
        *,
        database: str | None = None,
        io_manager: IOManager | None = None,
        registry: TaskRegistry | None = None,
        broker: Broker | str | None = None,
    ) -> None:
        self.home = find_home() if path is None else Path(path).expanduser().absolute()
        self.database = database if database is not None else os.environ.get("DPNB_DATABASE", "")
        self.registry = registry if registry is not None else get_registry()
        if io_manager is not None:
            self.__dict__["io_manager"] = io_manager
        self._chosen_broker = broker if broker is not None else os.environ.get("DPNB_BROKER") or None

    @property
    def base_path(self) -> Path:
        """The folder that holds one folder a run."""
        return self.home / "runs"

    @cached_property
    def io_manager(self) -> IOManager:
        """Where results are kept."""
        from dpnb.results import FilesystemIOManager

        return FilesystemIOManager(self.base_path)

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
        ledger = RunLedger(self.database or self.home / "ledger.db")
        ledger.listen("workspace", partial(_speak, weakref.ref(self)))  # it does not keep the workspace, nor a circle
        if not self.database and not ledger.has_runs() and (count := len(self.stored_runs())) and not ledger.has_runs():
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
        return open_broker(self._chosen_broker) if isinstance(self._chosen_broker, str) else self._chosen_broker

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
        """Return the runs that have left results in this folder; no ledger is asked."""
        return self.io_manager.list_runs() if self.base_path.is_dir() else []

    @naming_criteria
    def runs(self, **criteria: Unpack[RunCriteria]) -> pd.DataFrame:
        """Return one row per run, newest first; see `dpnb.runs` for the criteria.

        Returns
        -------
        Columns as `dpnb.results.runs_frame` lists them.

        Raises
        ------
        RunCriterionError
            A criterion makes no sense.
        """
        from dpnb.results import runs_frame
        from dpnb.results.reconcile import mark_interrupted
        from dpnb.results.run_filter import RunFilter

        where = RunFilter.of(**criteria)
        return runs_frame(self.ledger, mark_interrupted(self.ledger, self.io_manager), where)

    def durations_s(self, tasks: Collection[str], dag_id: str = "") -> dict[str, float]:
        """Return the seconds that tasks typically took in earlier runs; nothing where there were none.

        Only planning goes by it, so that a ledger that is new, locked or damaged is no reason to fail.
        """
        from dpnb.errors import LedgerError

        if not self.has_ledger:
            return {}
        with suppress(LedgerError):
            return self.ledger.durations_s(tasks, dag_id)
        return {}

    @property
    def history(self) -> RunHistory:
        """What this workspace's runs tell a planner."""
        from dpnb.planner import RunHistory

        return RunHistory(
            durations_s=self.durations_s, workers=_processors(), earlier=self.earlier_runs, now_us=_now_us
        )

    def earlier_runs(self, tasks: Collection[str]) -> EarlierRuns:
        """Return what earlier runs have stored of tasks, as it is now; looked up when it is asked for."""
        from dpnb.planner.history import NothingStored
        from dpnb.results.earlier_runs import RecordedRuns

        return RecordedRuns(self.ledger, tasks) if self.has_ledger else NothingStored()

    def check(self, *, thorough: bool = False) -> pd.DataFrame:
        """Compare the store with the ledger, put right what can be, and return what was found; empty where all is well.

        Runs whose process has died are closed. Of the runs that nobody drives, results that are gone or damaged are
        taken off the ledger, the damaged ones are set aside in their folders, and what dead processes left half written
        is removed. `Run.resume` makes such results again.

        Parameters
        ----------
        thorough
            Read every byte, also of large results that nothing has written to since they were saved.

        Returns
        -------
        findings × run_id, task, result_id, problem, outcome (str).

        Raises
        ------
        LedgerCorruptError
            The ledger itself is damaged; see `rebuild_ledger`.
        """
        import pandas as pd

        from dpnb.errors import LedgerCorruptError
        from dpnb.results.inspection import Finding, check_runs
        from dpnb.results.reconcile import mark_interrupted

        if problems := self.ledger.problems():
            raise LedgerCorruptError(self.ledger.database.name, reason="; ".join(problems[:3]))
        mark_interrupted(self.ledger, self.io_manager)
        columns = list(Finding.__slots__)
        found = check_runs(self.ledger, self.io_manager, thorough=thorough)
        return pd.DataFrame([[getattr(one, name) for name in columns] for one in found], columns=columns, dtype="str")

    def rebuild_ledger(self) -> Path | None:
        """Replace a damaged ledger by a new one; return where the old file is kept, beside it, if there was one.

        The new one holds what can still be read of the old, and what the results in the runs' folders tell of
        themselves: their names, facts and digests. No other process may use the workspace meanwhile.

        Raises
        ------
        LedgerInUseError
            Another process has the ledger open.
        WorkspaceError
            A server keeps the ledger.
        """
        from dpnb.results.rebuild import rebuild_ledger

        if self.database:
            raise WorkspaceError(str(self.home), reason="a server keeps its ledger, which only a copy of it can mend")

        if (opened := self.__dict__.pop("ledger", None)) is not None:
            opened.close()
        return rebuild_ledger(self.home / "ledger.db", self.io_manager)

    def delete_run(self, run_id: str) -> bool:
        """Delete a run's results, logs and rows; tell whether there was one.

        Raises
        ------
        RunGoingError
            A process drives the run.
        """
        from dpnb.results.deletion import delete_run

        is_known = delete_run(self.ledger, self.io_manager, run_id)
        self.io_manager.tidy()
        return is_known

    def disk_usage(self) -> pd.DataFrame:
        """Return what each run takes on the disk, newest first: every file once, however many names it has.

        A reused result is one file in two runs. The column ``added`` counts it for the older one alone, so that its
        sum is what all runs take together. Every file is looked at: some 30,000 a second.

        Returns
        -------
        Columns as `dpnb.results.housekeeping.disk_frame` lists them.
        """
        from dpnb.results.housekeeping import disk_frame, stored_runs

        return disk_frame(stored_runs(self.ledger, self.io_manager, self.base_path))

    def prune(
        self,
        keep: int | None = None,
        older_than: Span | None = None,
        *,
        keep_succeeded: int = 1,
        dry_run: bool = True,
    ) -> pd.DataFrame:
        """Delete old runs, or with `dry_run`, which is the default, only tell which these are; see `dpnb.prune`."""
        from dpnb.results.housekeeping import prune_frame, prune_runs
        from dpnb.results.pruning import PruneRule

        rule = PruneRule.of(keep, older_than, keep_succeeded)
        if not dry_run and self.ledger.is_read_only:
            raise LedgerReadOnlyError(str(self.home))
        return prune_frame(prune_runs(self.ledger, self.io_manager, self.base_path, rule, dry_run=dry_run))

    def __repr__(self) -> str:
        return f"Workspace({str(self.home)!r})"


def _speak(workspace: weakref.ref[Workspace], batch: EventBatch) -> None:
    """Pass on what a run of a workspace has said, which is committed."""
    speaking = workspace()
    if speaking is not None and speaking.has_broker:
        with _lock, suppress(EventError):  # a broker that cannot be had is refused where a run starts
            speaking.speaker.hear(batch)


_open: dict[Path, Workspace] = {}
_lock = threading.Lock()
_brokers: weakref.WeakValueDictionary[Path, Broker] = weakref.WeakValueDictionary()  # of the folders' workspaces
_brokers_lock = threading.Lock()


def get_workspace() -> Workspace:
    """Return the workspace of the working directory (or of ``DPNB_HOME``), opened once per process."""
    home = find_home()
    with _lock:
        if home not in _open:
            _open[home] = Workspace(home)
        return _open[home]


def get_planner() -> Planner:
    """Return a planner of the default registry, which checks types strictly and knows the default workspace's runs."""
    from dpnb.planner import DAGBuilder, Planner, RunHistory

    history = RunHistory(durations_s=_durations_s, workers=_processors(), earlier=_earlier_runs, now_us=_now_us)
    return Planner(DAGBuilder(get_registry()), history=history)


def _durations_s(tasks: Collection[str], dag_id: str) -> dict[str, float]:
    return get_workspace().durations_s(tasks, dag_id)


def _earlier_runs(tasks: Collection[str]) -> EarlierRuns:
    return get_workspace().earlier_runs(tasks)


def _now_us() -> int:
    return time.time_ns() // 1000


def _processors() -> int:
    """Return how many workers a run has where nothing else is said."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@naming_criteria
def runs(workspace: Workspace | None = None, **criteria: Unpack[RunCriteria]) -> pd.DataFrame:
    """Return one row per run, newest first: of all runs, or of those that meet every criterion given.

    Parameters
    ----------
    workspace
        Where to look; the default workspace where it is None.
    tag
        The run's plan had a task with this tag, or with any of several. Whether the plan was selected by it is not
        asked: a run of everything counts too.
    status
        ``"failed"``, or any of several.
    since
        It started then or later: a datetime, a date, text such as ``"2026-11-01"`` or ``"2026-11-01 12:30"``, on this
        machine's clock where no time zone is named; or how long ago: a timedelta, ``"7d"``, ``"12h"``, ``"30min"``.
    task
        It had a task of this name, or one that fits this glob, or any of several.
    params
        It was given run parameters of these values, which are compared as they are stored: as JSON, else as their
        repr. What tasks took from their own defaults does not count.
    pinned
        Whether it is pinned.
    limit
        No more than so many, the newest ones.

    Returns
    -------
    pandas.DataFrame
        Columns as `dpnb.results.runs_frame` lists them.

    Raises
    ------
    RunCriterionError
        A criterion makes no sense: a status that does not exist, a time that is none.

    Examples
    --------
    >>> runs(status="failed", since="7d", params={"year": 2013})  # doctest: +SKIP
    """
    return (workspace or get_workspace()).runs(**criteria)


def prune(
    keep: int | None = None,
    older_than: Span | None = None,
    *,
    keep_succeeded: int = 1,
    dry_run: bool = True,
    workspace: Workspace | None = None,
) -> pd.DataFrame:
    """Delete old runs; with `dry_run`, which is the default, only tell which these are.

    A run goes if it is not among the newest `keep`, and if it ended longer than `older_than` ago; one of the two may be
    left out. It stays nevertheless while a process drives it, if it is pinned (`Run.pin`), and if it is the last of its
    DAG that succeeded. What is deleted is gone; runs that reused its results have them still.

    Parameters
    ----------
    keep
        How many of the newest runs stay, in the order of `runs()`.
    older_than
        How long ago a run that goes has ended, at least: a timedelta, ``"30d"``, ``"12h"``.
    keep_succeeded
        How many of the last successes of each DAG stay, however old; 0 for none.
    dry_run
        Whether to delete nothing.
    workspace
        Where; the default workspace where it is None.

    Returns
    -------
    pandas.DataFrame
        One row per run; columns as `dpnb.results.housekeeping.prune_frame` lists them.

    Raises
    ------
    RunCriterionError
        Neither `keep` nor `older_than` is given, or one of them makes no sense.
    LedgerReadOnlyError
        The workspace may only be read.

    Examples
    --------
    >>> prune(keep=10, older_than="30d")  # doctest: +SKIP
    >>> prune(keep=10, older_than="30d", dry_run=False)  # doctest: +SKIP
    """
    return (workspace or get_workspace()).prune(keep, older_than, keep_succeeded=keep_succeeded, dry_run=dry_run)
