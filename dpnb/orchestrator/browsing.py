"""Opens results for browsing: of a run's task as it is stored, or of any value at hand."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from dpnb.orchestrator.counted_results import counted_results
from dpnb.orchestrator.orchestrator import get_run
from dpnb.orchestrator.run import Run
from dpnb.results.browsing import Browsed
from dpnb.results.browsing.sources import StoredSource, ValueSource, source_of_stream
from dpnb.results.stream import Stream

if TYPE_CHECKING:
    from dpnb.results.browsing.sources import Source


def browse(what: Any, task: str | None = None) -> Browsed:
    """Return a view that pages through a result, a stream or any value, whatever its size.

    In a notebook, a cell that ends with it shows it: rows as you scroll, sorted and filtered by any columns, with each
    column's type, missing values and spread, and the pandas code of what you see. A stored result is not loaded: what
    is read of it comes from the disk page by page. Values that are no tables open level by level.

    Parameters
    ----------
    what
        A run, the id of one, ``"latest"``; or, without `task`, the value itself.
    task
        Whose result of that run.

    Raises
    ------
    RunNotFoundError, UnknownTaskError
        There is no such run, or it has no such task.
    TaskNotFinishedError, TaskFailedError
        The task has no result.
    TypeError
        A run was given, and no task.

    Examples
    --------
    >>> import pandas as pd
    >>> browse(pd.DataFrame({"day": [1, 2]}))
    <Browsed pandas.DataFrame>
    """
    if task is None and isinstance(what, Run):
        raise TypeError(f"a run has many results; name the task of one: {', '.join(map(repr, what))}")
    if task is None:
        return Browsed(source_of_stream(what) if isinstance(what, Stream) else ValueSource(what))
    return browse_task(what if isinstance(what, Run) else get_run(what), task)


def browse_task(run: Run, task: str) -> Browsed:
    """Return the view of a task's result; of a stream that grows, as far as it has come. Raises like ``run[task]``."""
    source, grows = _source(run, task)
    return Browsed(source, partial(_source, run, task) if grows else None)


def _source(run: Run, task: str) -> tuple[Source, bool]:
    """Return what a task has stored, and whether it is a stream to which more may come."""
    record = next((one for one in run.task_records() if one.task == task), None)
    is_stream = record is not None and run.outline_tasks[task].stream_output
    if record is not None and record.state.has_result and not is_stream:
        stored = counted_results(record, run.workspace.ledger.results(run.run_id, task))
        if stored:
            return StoredSource(run.workspace.io_manager, stored[-1]), False
    grows = is_stream and record is not None and not record.state.is_terminal and run.is_running
    value = run[task]
    return (source_of_stream(value) if isinstance(value, Stream) else ValueSource(value)), grows
