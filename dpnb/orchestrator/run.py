"""A run as its user sees it, live or reopened: both read the same ledger."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dpnb.errors import (
    LeaseLostError,
    ResultNotFoundError,
    RunCrashedError,
    RunNotFoundError,
    RunTimeoutError,
    TaskFailedError,
    TaskNotFinishedError,
)
from dpnb.orchestrator.counted_results import counted_results
from dpnb.orchestrator.driven_elsewhere import ask_elsewhere, await_elsewhere, wait_elsewhere
from dpnb.orchestrator.eta import remaining_time
from dpnb.orchestrator.interrupts import await_end, end_after_interrupt
from dpnb.orchestrator.recorded_run import RecordedRun
from dpnb.results import Stream
from dpnb.results.leases import now_us
from dpnb.results.reconcile import is_orphaned, mark_interrupted
from dpnb.results.records import RunStatus, TaskRunRecord, TaskState

if TYPE_CHECKING:
    import concurrent.futures
    from collections.abc import Generator, Iterable, Mapping
    from datetime import timedelta

    from dpnb.orchestrator.context import ExecutionContext
    from dpnb.orchestrator.driver import RunDriver
    from dpnb.orchestrator.executable import ProgressMade
    from dpnb.orchestrator.executed_notebook import ExecutedNotebook
    from dpnb.orchestrator.ports import Executor
    from dpnb.planner.reuse import UntrackedMode
    from dpnb.registry import TaskRegistry
    from dpnb.results import ResultRecord, RunRecord
    from dpnb.results.browsing import Browsed
    from dpnb.run_events import RunEvents, RunSnapshot
    from dpnb.workspace import Workspace


class Run(RecordedRun):
    """One execution of a plan.

    ``run["task"]`` is a task's result; `tasks`, `results`, `attempts` and `failures` are DataFrames; `logs` is what a
    task printed. `wait` or ``await run`` hold until it ends; `resume` goes on with it where it broke off, `rerun` runs
    the same again as a new run. A cell that ends with a run shows it; `watch` shows its panel.
    """

    def __init__(self, run_id: str, workspace: Workspace, *, driver: RunDriver | None = None) -> None:
        super().__init__(run_id, workspace)
        self._driver = driver
        if driver is None and workspace.ledger.run(run_id) is None:
            raise RunNotFoundError(run_id, known=[record.run_id for record in workspace.ledger.runs()])

    # What it is doing

    @property
    def status(self) -> RunStatus:
        """``running``, ``succeeded``, ``failed``, ``cancelled``, or ``interrupted`` (its process died)."""
        if self._driver is not None and self._driver.finished.is_set() and self._driver.crash is not None:
            if isinstance(self._driver.crash, LeaseLostError):
                self._driver = None  # the run is another's
                return self.status
            return RunStatus.FAILED  # perhaps the ledger could not be told
        record = self.record
        if self._driver is None and not record.status.is_terminal:
            ledger = self._workspace.ledger
            if is_orphaned(record, ledger.lease(self.run_id)):
                closed = mark_interrupted(ledger, self._workspace.io_manager)
                return RunStatus.INTERRUPTED if self.run_id in closed else self.record.status
        return record.status

    @property
    def is_running(self) -> bool:
        """Whether the run has not ended yet."""
        return not self.status.is_terminal

    @property
    def eta(self) -> timedelta | None:
        """How long it will still take, by what its tasks took before; None where that is not known, or it has ended."""
        record = self.record
        if record.status.is_terminal:
            return None
        return remaining_time(self.outline, self.task_records(), self._durations_s, record.workers, now_us())

    @property
    def progress(self) -> dict[str, ProgressMade]:
        """What running tasks last said of their progress, by ``TaskContext.progress`` or a bar of tqdm.

        Each has a `fraction` from 0 to 1 and a `note`. Only the process that drives the run hears of it.

        Examples
        --------
        >>> run.progress["crawl"].note  # doctest: +SKIP
        'pages: 20/50'
        """
        return dict(self._driver.progress) if self._driver is not None else {}

    @cached_property
    def _durations_s(self) -> dict[str, float]:
        return self._workspace.durations_s(list(self), self.outline.dag_id)

    @property
    def known_params(self) -> dict[str, Any]:
        """The run parameters' values; those of a run of another process as what was stored of them gives them."""
        context = self._context
        return dict(context.params if context is not None else self.outline.params)

    def events(self, *, after: str = "", follow: bool = True) -> RunEvents:
        """Return what the run says from its beginning, for ``async for`` and for ``for``; it ends with `RunFinished`.

        Of a run that is going, here or in another process, the loop goes on as it speaks; it may take its time. The
        ledger keeps the events, so that they are the same whenever and wherever they are read.

        Parameters
        ----------
        after
            The id of the last event that is known already.
        follow
            Whether to wait for what comes.

        Raises
        ------
        ValueError
            `after` is no id of such an event.

        Examples
        --------
        >>> for event in run.events():  # doctest: +SKIP
        ...     print(event.topic)
        run.run_20131101_120000_1a2b3c.started
        run.run_20131101_120000_1a2b3c.task.flights.running
        """
        from dpnb.run_events import RunEvents

        return RunEvents(self._workspace.ledger, self.run_id, self._end, after=after, follow=follow)

    def snapshot(self) -> RunSnapshot:
        """Return how the run stands, as its events tell; see `dpnb.run_events.RunSnapshot`."""
        from dpnb.run_events import RunSnapshot

        self._flush()
        return RunSnapshot.of(self.events(follow=False))

    def _end(self) -> RunRecord | None:
        """Return how the run ended, though the ledger may not have been told; None as long as it has not."""
        status = self.status
        if not status.is_terminal:
            return None
        record = self._workspace.ledger.run(self.run_id)
        if record is None or record.status is status:
            return record
        crash = self._driver.crash if self._driver is not None else None
        reason = f"the run could not go on: {crash!r}" if crash is not None else "the process that drove it has ended"
        return replace(record, status=status, reason=reason, finished_us=now_us())

    # Watching, waiting and stopping

    def watch(self) -> None:
        """Show the run's panel in the notebook: its tasks in colours that change, a timeline, each task's details.

        One can cancel it there, and rerun or resume one that has ended. In the place of a run that was going, a static
        picture is left once it has ended. A cell that ends with a run that is going shows the same; where there is no
        notebook, the run is shown as text, as it stands.

        Examples
        --------
        >>> Orchestrator().start_pipeline(plan).watch()  # doctest: +SKIP
        """
        from dpnb.orchestrator.watching import watch

        watch(self)

    def wait(self, timeout: float | None = None) -> Run:
        """Return this run once it has ended; a failed run returns as well, see `raise_for_failures`.

        An interrupt cancels the run and waits for its end; a second one kills what is still running, later ones
        change nothing. So it is with ``await run``. Where another process drives the run, an interrupt ends the waiting
        alone.

        Parameters
        ----------
        timeout
            Seconds to wait at most.

        Raises
        ------
        RunTimeoutError
            The run goes on after `timeout` seconds.
        RunCrashedError
            The run could not be carried on or recorded, because the disk is full for instance.
        """
        if self._driver is None:
            wait_elsewhere(self, timeout)
            return self
        try:
            if not self._driver.finished.wait(timeout):
                raise RunTimeoutError(self.run_id, timeout or 0.0)
        except KeyboardInterrupt:
            end_after_interrupt(self._driver)
            raise
        if self._driver.crash is not None:
            raise RunCrashedError(self.run_id, repr(self._driver.crash)) from self._driver.crash
        return self

    def __await__(self) -> Generator[Any, None, Run]:
        return self._wait_async().__await__()

    async def _wait_async(self) -> Run:
        if self._driver is None:
            await await_elsewhere(self)
            return self
        await await_end(self._driver)
        return self.wait()

    def cancel(self, *, at_once: bool = False) -> Run:
        """Ask for the run's end: running tasks are asked, then made to stop.

        With `at_once`, and at the second call, they are killed. Returns at once; `wait` for the end. A run that has
        ended is left as it is. One that another process drives is asked through the ledger, and hears of it within a
        second or two.

        Raises
        ------
        LedgerReadOnlyError, LedgerLockedError
            Another process drives the run, and the ledger cannot be written.
        """
        if self._driver is not None:
            self._driver.cancel(at_once=at_once)
        elif self.is_running:
            ask_elsewhere(self, at_once=at_once)
        return self

    def resume(
        self,
        workers: int | None = None,
        executor: Executor | concurrent.futures.Executor | None = None,
        registry: TaskRegistry | None = None,
    ) -> Run:
        """Go on with a run that was interrupted, failed or cancelled; return at once, like `start_pipeline`.

        Only what had not been committed runs: what failed, was cut off or never began; what lost its result, or has
        one that is damaged (it is set aside); what has other code by now; and of what came after these, whatever is
        given another input than it had. The column ``reason`` of `tasks` says so. Attempts go on counting.

        Parameters
        ----------
        workers, executor
            As `Orchestrator` takes them.
        registry
            Where the tasks' functions are found; the workspace's registry where it is None.

        Raises
        ------
        RunGoingError
            A process drives the run, this one or another.
        PlanMismatchError
            A task of the run is not registered, or fits the stored plan no more.
        LedgerReadOnlyError
            The workspace may only be read.
        """
        from dpnb.orchestrator.launching import driver_of
        from dpnb.orchestrator.orchestrator import Orchestrator

        Orchestrator(workers=workers, executor=executor, workspace=self._workspace).resume(self.run_id, registry)
        self._driver = driver_of(self.run_id, self._workspace)
        return self

    def rerun(
        self,
        tasks: str | Iterable[str] = "stale",
        *,
        downstream: bool = True,
        params: Mapping[str, Any] | None = None,
        untracked: UntrackedMode = "strict",
        workers: int | None = None,
    ) -> Run:
        """Run the same again as a new run, and return it at once, like `start_pipeline`.

        What was asked for is planned anew: with the tasks as they are registered now, and this run's parameters. Of
        what is reused the new run has its own results, so that it stays whole when this one is deleted.

        Parameters
        ----------
        tasks
            ``"stale"``: results of earlier runs that still stand are reused, what is stale or failed runs; a task whose
            upstream ran again and came to the same is reused too. ``"all"``: everything runs. ``"failed"``, or names
            (globs, one or several): these tasks run, and those that take what `params` gives; all others' results are
            taken over from this run as they are.
        downstream
            Whether with ``"failed"`` or names also all that depends on those tasks runs.
        params
            Run parameters that are new, or have other values than in this run.
        untracked
            Whether a task counts as stale (``"strict"``) or not (``"warn"``) where something that its code depends on
            cannot be tracked.
        workers
            As `Orchestrator` takes it; for another executor or registry see `Orchestrator.rerun`.

        Raises
        ------
        PlanError
            The tasks as they are registered now cannot be planned, or a run parameter is known as text only.
        UnknownTaskError
            A name is none of the plan's tasks.
        """
        from dpnb.orchestrator.orchestrator import Orchestrator

        orchestrator = Orchestrator(workers=workers, workspace=self._workspace)
        return orchestrator.rerun(self, tasks, downstream=downstream, params=params, untracked=untracked)

    def delete(self) -> None:
        """Delete the run: its results, logs and rows. Raises `RunGoingError` while it is going."""
        self._workspace.delete_run(self.run_id)

    def raise_for_failures(self) -> Run:
        """Return this run if it has succeeded. Raises `TaskFailedError` for the first task that failed."""
        for record in self.task_records():
            if record.state in (TaskState.FAILED, TaskState.TIMED_OUT):
                raise self._failure(record)
        return self

    # What it left

    def __getitem__(self, task: str) -> Any:
        """Return a task's result: the value itself, or the `Stream` of its chunks.

        Raises
        ------
        UnknownTaskError
            The run has no such task.
        TaskNotFinishedError
            The task has no result yet.
        TaskFailedError
            It failed, was skipped or cancelled, and has none.
        """
        record = self._task_record(task)
        stored = self._stored(record)
        if self.outline_tasks[task].stream_output and (record.state.has_result or stored):
            return Stream.stored(self._workspace.io_manager, self.run_id, task, tuple(r.result_id for r in stored))
        if record.state.has_result and stored:
            return self._load(stored[-1])
        if not record.state.is_terminal and self.is_running:
            raise TaskNotFinishedError(task, record.state)
        if record.state.has_result:
            raise ResultNotFoundError(self.run_id, task, "result_001")
        raise self._failure(record)

    def notebook(self, task: str, attempt: int | None = None) -> ExecutedNotebook:
        """Return the notebook that a task of `dpnb.notebook_task` has executed, also while it runs.

        Parameters
        ----------
        task
            The task's name.
        attempt
            Which attempt's; that of the last one where it is None. Of a failed one it is the copy as far as it came.

        Raises
        ------
        UnknownTaskError
            The run has no such task.
        NoExecutedNotebookError
            The task has left none.

        Examples
        --------
        >>> run.notebook("report").page  # doctest: +SKIP
        """
        from dpnb.orchestrator.executed_notebook import find_notebook

        return find_notebook(self, self._task_record(task).task, attempt)

    def browse(self, task: str) -> Browsed:
        """Return a view that pages through a task's result without loading it; see `dpnb.browse`.

        It raises what ``run[task]`` raises.
        """
        from dpnb.orchestrator.browsing import browse_task

        return browse_task(self, task)

    def inputs(self, task: str, registry: TaskRegistry | None = None) -> dict[str, Any]:
        """Return what a task was called with, by parameter, loaded anew; those left to their defaults are missing.

        See `debug` for `registry` and what is raised.
        """
        from dpnb.orchestrator.debugging import find_call

        return find_call(self, task, registry, self._context).inputs

    def debug(self, task: str, registry: TaskRegistry | None = None) -> Any:
        """Call a task again in this process with exactly what it was given, and return what it returns.

        What it raises comes from your own frames, so that ``%debug`` and ``pdb.pm()`` land there. Nothing is stored.
        The function is called as it is now; a warning says where its code has changed since the run. What a generator
        yields comes as a list.

        Parameters
        ----------
        task
            The name of a task of this run, usually one that failed.
        registry
            Where its function is found; the workspace's registry where it is None.

        Raises
        ------
        UnknownTaskError
            The run has no such task, or this process has not defined it.
        DebugError
            It cannot be called as it was: a run parameter is known as text only, or it has other parameters now.

        Examples
        --------
        >>> run.debug("parse")  # doctest: +SKIP
        Traceback (most recent call last):
        KeyError: 'tailnum'
        """
        __tracebackhide__ = True
        from dpnb.orchestrator.debugging import call_again, find_call

        return call_again(find_call(self, task, registry, self._context))

    def diff_source(self, other: Run | str, task: str | None = None) -> str:
        """Return how the code differs in another run, as a unified diff; empty where it does not.

        Parameters
        ----------
        other
            A run, or the id of a run in this workspace.
        task
            The task that is compared; all that both runs have where it is None.
        """
        from dpnb.orchestrator.sources import source_diff

        there = other if isinstance(other, Run) else Run(other, self._workspace)
        names = [task] if task is not None else [name for name in self if name in there]
        return "\n".join(filter(None, [source_diff(self, there, name) for name in names]))

    # Inside

    @property
    def _context(self) -> ExecutionContext | None:
        """What this process knows of the run beyond the ledger, where it drives or drove it."""
        return self._driver.context if self._driver is not None else None

    def _flush(self) -> None:
        if self._driver is not None:
            self._driver.flush()

    def _stored(self, record: TaskRunRecord) -> list[ResultRecord]:
        return counted_results(record, self._workspace.ledger.results(self.run_id, record.task))

    def _load(self, stored: ResultRecord) -> Any:
        """Load what the ledger knows, and nothing else that may lie in its place."""
        return self._workspace.io_manager.load(
            run_id=self.run_id, task_name=stored.task, task_result_id=stored.result_id, digest=stored.digest
        )

    def _failure(self, record: TaskRunRecord) -> TaskFailedError:
        attempts = self.attempt_records(record.task)
        error = TaskFailedError(
            record.task,
            self.run_id,
            state=record.state,
            reason=record.reason,
            traceback=attempts[-1].traceback if attempts and not record.state.has_result else "",
        )
        if self._driver is not None and record.task in self._driver.errors:
            error.__cause__ = self._driver.errors[record.task]
        return error

    def __repr__(self) -> str:
        return f"<Run {self.run_id}: {self.status}>"

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        from dpnb.orchestrator.run_display import display_run

        return display_run(self)
