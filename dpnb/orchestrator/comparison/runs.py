"""``compare(run_a, run_b)``: what two runs have in common, and what they have not."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from dpnb.errors import UnknownTaskError
from dpnb.orchestrator.comparison.pairing import SAME, names_of
from dpnb.orchestrator.comparison.snapshot import RunSnapshot
from dpnb.orchestrator.orchestrator import get_run
from dpnb.orchestrator.run import Run
from dpnb.results.comparison.options import MatchOptions
from dpnb.results.comparison.stored import compare_stored

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from dpnb.render import Part
    from dpnb.results.comparison import ValueComparison
    from dpnb.workspace import Workspace


def compare(
    run_a: Run | str,
    run_b: Run | str,
    *,
    keys: Mapping[str, Any] | None = None,
    rtol: float = 0.0,
    atol: float = 0.0,
    workspace: Workspace | None = None,
) -> Comparison:
    """Compare two runs: tasks, parameters, code, timings and results.

    Parameters
    ----------
    run_a, run_b
        Runs, of whatever workspaces, or their ids; ``"latest"`` is the one that was started last.
    keys
        By task, the column or columns (or names of index levels) that identify the rows of its frame; an empty list
        pairs rows by position. Inferred for other tasks.
    rtol, atol
        Numbers are equal if ``abs(a - b) <= max(rtol * max(abs(a), abs(b)), atol)`` (PEP 485).
    workspace
        Where runs that are given by id are; the default workspace where it is None.

    Raises
    ------
    RunNotFoundError
        The workspace has no run of that id.
    UnknownTaskError
        `keys` names a task that neither run has.

    Examples
    --------
    >>> comparison = compare("latest", earlier)  # doctest: +SKIP
    >>> comparison.tasks  # doctest: +SKIP
    >>> comparison["delays"].changes  # doctest: +SKIP
    """
    options = MatchOptions(rtol=rtol, atol=atol)
    found = Comparison(_run(run_a, workspace), _run(run_b, workspace), options, dict(keys or {}))
    for task in keys or {}:
        if task not in found:
            raise UnknownTaskError(task, known=list(found))
    return found


def _run(given: Run | str, workspace: Workspace | None) -> Run:
    if isinstance(given, Run):
        return given
    if isinstance(given, str):
        return get_run(given, workspace)
    raise TypeError(
        f"compare() takes runs or their ids, not {type(given).__qualname__!r}; "
        "dpnb.results.comparison.compare_values() compares two values"
    )


class Comparison:
    """Two runs, `a` and `b`, as the ledger knew them when they were compared.

    `runs`, `tasks`, `parameters`, `code`, `timings` and `results` are DataFrames. ``comparison["task"]`` compares the
    results of a task, and loads them unless their digests are equal; `values` does so by another key or tolerance. In
    all of them, ``change`` is ``same``, ``changed``, ``only in a``, ``only in b`` or ``unknown``.
    """

    def __init__(self, run_a: Run, run_b: Run, options: MatchOptions, keys: Mapping[str, Any]) -> None:
        self.a = run_a
        self.b = run_b
        self._options = options
        self._keys = keys
        self._of_a = RunSnapshot.of(run_a)
        self._of_b = RunSnapshot.of(run_b)
        self._compared: dict[str, ValueComparison] = {}

    @cached_property
    def runs(self) -> pd.DataFrame:
        """The two runs.

        Returns
        -------
        a, b × run (str), run_id (str), status (category), started (UTC), duration (timedelta; missing while it goes),
        tasks, workers (Int64), user, host, workspace (str).
        """
        from dpnb.orchestrator.comparison.aspects import runs_frame

        return runs_frame(self._of_a, self._of_b)

    @cached_property
    def tasks(self) -> pd.DataFrame:
        """The tasks of both runs, in the order of `a`, then those that only `b` has.

        Returns
        -------
        tasks × task (str), change (category), what (str: which of state, code, parameters, files read, inputs, result
        differ), state_a, state_b (category), attempts_a, attempts_b (Int64), reason_a, reason_b (str), files (str:
        which of the files that it declares differ). A result counts as differing where its stored bytes do; that it
        was reused is no difference.
        """
        from dpnb.orchestrator.comparison.aspects import tasks_frame

        return tasks_frame(self._of_a, self._of_b)

    @cached_property
    def parameters(self) -> pd.DataFrame:
        """The run parameters that either run was given.

        Returns
        -------
        parameters × parameter (str), change (category), a, b (object: the values, None where it was not given), tasks
        (str: those that take it). Values that were recorded as text only are compared as text.
        """
        from dpnb.orchestrator.comparison.aspects import parameters_frame

        return parameters_frame(self._of_a, self._of_b)

    @cached_property
    def code(self) -> pd.DataFrame:
        """The code of each task, with all that it reaches.

        Returns
        -------
        tasks × task (str), change (category), what (str: the parts that differ), diff (str: unified, without comments,
        docstrings and formatting; empty where a run has not recorded the sources), defined_in_a, defined_in_b (str).
        """
        from dpnb.orchestrator.comparison.code import code_frame

        return code_frame(self._of_a, self._of_b)

    @cached_property
    def timings(self) -> pd.DataFrame:
        """How long tasks took, and what they used.

        Returns
        -------
        tasks × task (str), duration_a, duration_b, difference (timedelta: b − a), ratio (float64: b / a), cpu_a, cpu_b
        (timedelta), peak_memory_a, peak_memory_b (Int64 bytes); all of the last attempts.
        """
        from dpnb.orchestrator.comparison.aspects import timings_frame

        return timings_frame(self._of_a, self._of_b)

    @cached_property
    def results(self) -> pd.DataFrame:
        """What tasks stored, by digests and by the facts that were noted then; nothing is loaded.

        Returns
        -------
        tasks with a result × task (str), change (category), type_a, type_b (str), rows_a, rows_b, bytes_a, bytes_b
        (Int64), chunks_a, chunks_b (Int64, of streams), problem (str: what is gone or damaged).
        """
        from dpnb.orchestrator.comparison.stored_results import results_frame

        return results_frame(self._of_a, self._of_b)

    def values(
        self, task: str, *, key: Any = None, rtol: float | None = None, atol: float | None = None
    ) -> ValueComparison:
        """Compare the results of a task; they are loaded unless their digests are equal.

        Parameters
        ----------
        key, rtol, atol
            In place of what `compare` was given, see there.

        Raises
        ------
        UnknownTaskError
            Neither run has such a task.
        ResultError
            A result that differs is gone or damaged, or its store is not trusted.
        ComparisonKeyError
            `key` is not in both frames.
        """
        if task not in self:
            raise UnknownTaskError(task, known=list(self))
        options = MatchOptions.of(
            self._keys.get(task) if key is None else key,
            self._options.rtol if rtol is None else rtol,
            self._options.atol if atol is None else atol,
        )
        return compare_stored(
            self._of_a.results.get(task), self._of_b.results.get(task), options, title=f"Results of task {task!r}"
        )

    def __getitem__(self, task: str) -> ValueComparison:
        if task not in self._compared:
            self._compared[task] = self.values(task)
        return self._compared[task]

    def __contains__(self, task: object) -> bool:
        return task in self._of_a.tasks or task in self._of_b.tasks

    def __iter__(self) -> Iterator[str]:
        return iter(names_of(self._of_a.tasks, self._of_b.tasks))

    def __len__(self) -> int:
        return len(names_of(self._of_a.tasks, self._of_b.tasks))

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)

    @property
    def is_equal(self) -> bool:
        """Whether the runs are the same in everything but time."""
        return all((frame["change"] == SAME).all() for frame in (self.tasks, self.parameters))

    @property
    def summary(self) -> str:
        """What differs, on one line."""
        from dpnb.orchestrator.comparison.display import summary_of

        return summary_of(self)

    def parts(self) -> list[Part]:
        """Return what is shown: what changed first, all that is equal in one line."""
        from dpnb.orchestrator.comparison.display import parts_of

        return parts_of(self)

    def __repr__(self) -> str:
        return f"<Comparison of {self.a.run_id} and {self.b.run_id}: {self.summary}>"

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        from dpnb.render import mimebundle

        return mimebundle(f"Run {self.a.run_id} (a) and run {self.b.run_id} (b)", self.parts())
