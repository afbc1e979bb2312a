"""Finds what tasks had stored when the process that drove their run was killed, before the ledger could be told.

A worker's file is there at once, its row some milliseconds later: the ledger may still call the task pending. Its file
counts where it is whole, of the last owner's time and of the attempt that came next, and where it is known what the
task was given: every task before it has a result, so that its inputs can be told as the run would have told them.

What has read a stream counts only with the row of its attempt, and if that names the whole stream: it may have been
given chunks of an attempt that broke off.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from dpnb.errors import CorruptResultError, ResultNotFoundError
from dpnb.results.inputs import digest_of_inputs, digest_of_order, digest_of_output
from dpnb.results.records import TaskRunRecord, TaskState
from dpnb.results.result_ids import value_id
from dpnb.results.wiring import wiring_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dpnb.results.ledger import RunLedger
    from dpnb.results.ports import IOManager
    from dpnb.results.records import ResultRecord, RunRecord


class Adoption:
    """One run's search; its tasks are to be asked for in the plan's order.

    Parameters
    ----------
    ledger, store
        Where the run is recorded and stored.
    run
        The run, with its plan.
    tasks
        The rows of its tasks.
    lease
        The token of the owner that died.
    """

    def __init__(
        self, ledger: RunLedger, store: IOManager, run: RunRecord, tasks: Sequence[TaskRunRecord], lease: int
    ) -> None:
        self._ledger, self._store, self._lease = ledger, store, lease
        self._run_id = run.run_id
        self._wiring = wiring_of(run.plan)
        self._rows = {task.task: task for task in tasks}
        self._stored = set(store.list_tasks(run_id=run.run_id))
        self._adopted: dict[str, str] = {}  # digests

    def find(self, task: TaskRunRecord) -> tuple[TaskRunRecord, ResultRecord] | None:
        """Return a task's open row, with attempt and inputs, and what that attempt has stored; None without such."""
        counted = self._counted(task) if task.task in self._stored else None
        if counted is None:
            return None
        for attempt in _attempts(task):
            found = self._whole(task.task, value_id(attempt, lease=self._lease))
            if found is not None:
                output = self._adopted[task.task] = digest_of_output([found])
                return replace(counted, attempts=attempt, output=output), found
        return None

    def _counted(self, task: TaskRunRecord) -> TaskRunRecord | None:
        """Return the row with what came before the task; None where that is not known, or not what it should be."""
        wiring = self._wiring.get(task.task)
        is_running = task.state is TaskState.RUNNING
        reads_streams = wiring is not None and wiring.reads_streams
        if is_running and not reads_streams:
            return task
        inputs = self._inputs(task.task)
        if reads_streams:
            return task if is_running and inputs is not None and inputs == task.inputs else None
        return None if inputs is None else replace(task, inputs=inputs, after=self._after(task.task))

    def _after(self, task: str) -> str:
        wiring = self._wiring[task]
        given = {name for _, name in wiring.inputs}
        return digest_of_order([(name, self._execution(name)) for name in wiring.upstream if name not in given])

    def _execution(self, task: str) -> str:
        row = self._rows.get(task)
        return self._run_id if row is None else row.origin or self._run_id

    def _inputs(self, task: str) -> str | None:
        wiring = self._wiring.get(task)
        if wiring is None:
            return None
        outputs = {name: self._output(name) for name in wiring.upstream}
        if None in outputs.values():
            return None
        return digest_of_inputs([(parameter, outputs[name] or "") for parameter, name in wiring.inputs])

    def _output(self, task: str) -> str | None:
        """Return the digest of what a task has stored; None where it has no result, or perhaps a newer one."""
        if task in self._adopted:
            return self._adopted[task]
        row = self._rows.get(task)
        if row is None or not row.state.has_result or self._was_made_again(row):
            return None
        results = self._results.get(task, [])
        is_stream = task in self._wiring and self._wiring[task].is_stream
        return digest_of_output(results) if len(results) == ((row.chunks or 0) if is_stream else 1) else None

    def _was_made_again(self, row: TaskRunRecord) -> bool:
        named = {"run_id": self._run_id, "task_name": row.task}
        again = value_id(row.attempts + 1, lease=self._lease)
        return self._lease > 1 and self._store.exists(**named, task_result_id=again)

    @cached_property
    def _results(self) -> dict[str, list[ResultRecord]]:
        found: dict[str, list[ResultRecord]] = {}
        for result in self._ledger.results(self._run_id):
            found.setdefault(result.task, []).append(result)
        return {task: self._rows[task].counted(stored) for task, stored in found.items() if task in self._rows}

    def _whole(self, task: str, result_id: str) -> ResultRecord | None:
        named = {"run_id": self._run_id, "task_name": task, "task_result_id": result_id}
        try:
            found = self._store.describe(**named)
            self._store.verify(**named, digest=found.digest, sealed=False)
        except (CorruptResultError, ResultNotFoundError):
            return None
        return found


def _attempts(task: TaskRunRecord) -> tuple[int, ...]:
    """Return which attempts may have stored what counts, the likeliest first.

    A pending task's row counts an attempt as soon as it is handed out, if it is written after that.
    """
    last = task.attempts
    match task.state:
        case TaskState.RUNNING:
            return (last,)
        case TaskState.PENDING if last:
            return (last + 1, last)
        case _:
            return (last + 1,)
