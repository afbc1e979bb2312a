"""A run as the ledger tells of it: what was planned, what became of its tasks, and what they left."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from dpnb.errors import LedgerReadOnlyError, RunNotFoundError, UnknownTaskError
from dpnb.orchestrator.attempt_log import AttemptLog
from dpnb.orchestrator.task_needs import with_needs
from dpnb.planner import OutlineTask, PlanOutline
from dpnb.results import attempts_frame, failures_frame, results_frame, tasks_frame
from dpnb.results.records import TaskRunRecord, TaskState

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from dpnb.results import AttemptRecord, RunRecord
    from dpnb.workspace import Workspace


class RecordedRun:
    """What is recorded of one run; a collection of its tasks' names."""

    def __init__(self, run_id: str, workspace: Workspace) -> None:
        self.run_id = run_id
        self._workspace = workspace

    @property
    def workspace(self) -> Workspace:
        """Where the run's ledger, results and logs are."""
        return self._workspace

    def _flush(self) -> None:
        """Have the ledger know all that has happened so far, where this process knows more."""

    @property
    def record(self) -> RunRecord:
        """The run's row in the ledger: when, where, by whom, with which parameters."""
        self._flush()
        record = self._workspace.ledger.run(self.run_id)
        if record is None:
            raise RunNotFoundError(self.run_id, known=[])
        return record

    @property
    def params(self) -> dict[str, Any]:
        """The run parameters; values that JSON cannot hold as their repr."""
        return self.record.params

    @property
    def metadata(self) -> dict[str, Any]:
        """What was to be remembered of the run."""
        return self.record.metadata

    @cached_property
    def outline(self) -> PlanOutline:
        """The plan's structure as it was when the run started; tasks alone where a damaged ledger has lost it."""
        record = self.record
        return PlanOutline.from_json(record.plan) if record.plan else _outline_of(record, self.task_records())

    @cached_property
    def outline_tasks(self) -> dict[str, OutlineTask]:
        """The tasks of the outline by name, in the plan's order."""
        return {task.name: task for task in self.outline.tasks}

    @property
    def missing(self) -> str:
        """What is not promised where the run's tasks run, of what they ask for; empty where nothing is missing.

        Examples
        --------
        >>> run.missing  # doctest: +SKIP
        'On loky.ProcessPoolExecutor: it cannot kill: timeouts are noticed, not enforced.'
        """
        from dpnb.run_events.placing import placing_of

        self._flush()
        return placing_of(self._workspace.ledger, self.run_id)

    # What its user says of it

    def note(self, text: str | None = None) -> str:
        """Return what is noted of the run; with `text`, note that in its place. An empty text takes the note away.

        Raises
        ------
        LedgerReadOnlyError
            The workspace may only be read.
        """
        if text is not None:
            if not isinstance(text, str):
                raise TypeError(f"a note is a text, not {text!r}")
            self._say(note=text)
        return self.record.note

    @property
    def is_pinned(self) -> bool:
        """Whether it is kept from being pruned."""
        return self.record.pinned

    def pin(self) -> Self:
        """Keep the run from being pruned, until `unpin`. Raises `LedgerReadOnlyError`."""
        self._say(pinned=True)
        return self

    def unpin(self) -> Self:
        """Let the run be pruned like any other. Raises `LedgerReadOnlyError`."""
        self._say(pinned=False)
        return self

    def _say(self, *, note: str | None = None, pinned: bool | None = None) -> None:
        ledger = self._workspace.ledger
        if ledger.is_read_only:
            raise LedgerReadOnlyError(str(self._workspace.home))
        if not ledger.annotate(self.run_id, note=note, pinned=pinned):
            raise RunNotFoundError(self.run_id, known=[])

    # What its tasks left

    def __contains__(self, task: object) -> bool:
        return task in self.outline_tasks

    def __iter__(self) -> Iterator[str]:
        return iter(self.outline_tasks)

    def __len__(self) -> int:
        return len(self.outline_tasks)

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)

    @property
    def tasks(self) -> pd.DataFrame:
        """One row per task in the plan's order.

        Columns are those that `dpnb.results.tasks_frame` lists, then memory_limit (Int64 bytes), cpus (float) and
        concurrency_group (str): what the task asked for.
        """
        self._flush()
        return with_needs(tasks_frame(self._workspace.ledger, self.run_id), self.outline_tasks)

    @property
    def results(self) -> pd.DataFrame:
        """One row per stored result; columns as `dpnb.results.results_frame` lists them.

        The executed copies of notebooks that run as tasks, and their HTML, are results too.
        """
        from dpnb.orchestrator.executed_notebook import notebook_results

        self._flush()
        where, beside = self._workspace.io_manager.location, notebook_results(self)
        return results_frame(
            self._workspace.ledger, self.run_id, base_path=where, beside=beside, beside_path=self._workspace.base_path
        )

    @property
    def attempts(self) -> pd.DataFrame:
        """One row per attempt; columns as `dpnb.results.attempts_frame` lists them."""
        self._flush()
        return attempts_frame(self._workspace.ledger, self.run_id)

    @property
    def failures(self) -> pd.DataFrame:
        """One row per failed attempt with its traceback; columns as `dpnb.results.failures_frame` lists them."""
        self._flush()
        return failures_frame(self._workspace.ledger, self.run_id)

    def logs(self, task: str, attempt: int | None = None) -> AttemptLog:
        """Return what a task printed, also while it runs: of the given attempt, or of its last one."""
        record = self._task_record(task)
        number = attempt if attempt is not None else max(record.attempts, 1)
        return AttemptLog(self._workspace.logs.read(run_id=self.run_id, task_name=task, attempt=number))

    def source(self, task: str) -> str:
        """Return a task's code at the time of the run, with all of yours that it reached: helpers, constants, classes.

        It is empty where none is recorded, as for runs of earlier versions of dpnb.
        """
        from dpnb.orchestrator.sources import source_text

        return source_text(self, task)

    def task_records(self) -> list[TaskRunRecord]:
        """Return the rows of the tasks in the plan's order, as records."""
        self._flush()
        return self._workspace.ledger.task_runs(self.run_id)

    def task_record(self, task: str) -> TaskRunRecord | None:
        """Return the row of one task as a record; None where none is recorded."""
        self._flush()
        return next(iter(self._workspace.ledger.task_runs(self.run_id, task)), None)

    def attempt_records(self, task: str) -> list[AttemptRecord]:
        """Return the rows of a task's attempts, as records."""
        self._flush()
        return self._workspace.ledger.attempts(self.run_id, task)

    def _task_record(self, task: str) -> TaskRunRecord:
        if task not in self:
            raise UnknownTaskError(task, known=list(self))
        unbegun = TaskRunRecord(run_id=self.run_id, task=task, position=0, state=TaskState.PENDING)
        return self.task_record(task) or unbegun


def _outline_of(record: RunRecord, tasks: list[TaskRunRecord]) -> PlanOutline:
    known = [
        OutlineTask(
            name=task.task,
            level=0,
            kind="function",
            signature="",
            signature_digest="",
            code_digest="",
            stream_output=task.chunks is not None,
        )
        for task in tasks
    ]
    return PlanOutline(dag_id=record.dag_id, tasks=tuple(known))
