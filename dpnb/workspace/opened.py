"""A workspace as it is used: what it knows of runs, and what is done with them all."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Unpack

from dpnb.errors import LedgerReadOnlyError, WorkspaceError
from dpnb.results.run_filter import RunCriteria, naming_criteria
from dpnb.workspace.wiring import Wiring

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    import pandas as pd

    from dpnb.planner import EarlierRuns, RunHistory
    from dpnb.results.points_in_time import Span


class Workspace(Wiring):
    """A folder of runs: ledger, results, logs.

    Parameters
    ----------
    path
        The folder itself, or a file ``dpnb.toml`` that names it and the rest (see `dpnb.workspace.settings`); found as
        the module describes where it is None. The folder is created when first written to.
    database
        The URL of a server's database that holds the ledger, in place of a file in the folder:
        ``"postgresql://user@host/name"``. This, `storage` and `broker` are as the settings say where they are None.
    storage
        Where results are kept, by URL: ``"file:/mnt/shared/dpnb"``, any URL of fsspec such as ``"s3://bucket/prefix"``,
        ``"mongodb://host/database"``, as `dpnb.results.open_store` takes it; else the folder ``runs`` in the workspace.
        Logs stay in the workspace, unless it is a folder.
    io_manager, registry
        Another store of results, made with options of its own; another registry, the default registry otherwise.
    broker
        Where runs speak: a `dpnb.events.Broker`, or its URL as `dpnb.events.open_broker` takes it; else a broker within
        this process.

    Raises
    ------
    SettingsError
        The file or a variable says what makes no sense.

    Examples
    --------
    >>> import tempfile
    >>> workspace = Workspace(tempfile.mkdtemp())
    >>> len(workspace.runs())
    0
    """

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

        return RunHistory(durations_s=self.durations_s, workers=processors(), earlier=self.earlier_runs, now_us=now_us)

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

        is_known = delete_run(self.ledger, self.io_manager, run_id, self.base_path)
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


def now_us() -> int:
    """Return the time in microseconds since 1970 UTC."""
    return time.time_ns() // 1000


def processors() -> int:
    """Return how many workers a run has where nothing else is said."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
