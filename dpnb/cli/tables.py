"""The ledger's records as tables of the terminal."""

from __future__ import annotations

from collections import Counter
from itertools import zip_longest
from typing import TYPE_CHECKING, Literal

from rich import box
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from dpnb.cli.wording import instant, plural
from dpnb.render.palette import TERMINAL_STYLES, count_states, look_of
from dpnb.render.quantities import duration, number, size

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.table import Column

    from dpnb.planner import PlanOutline
    from dpnb.results import AttemptRecord, ColumnFacts, ResultFacts, ResultRecord, RunRecord, TaskRunRecord
    from dpnb.results.housekeeping import Pruned, StoredRun

NARROW_TEXT_CELLS = 10
NARROW_NAME_CELLS = 12

_FINDING = ("run_id", "task", "problem", "outcome")


def state_text(state: str) -> Text:
    """Return a state with its sign, in its colour."""
    look = look_of(state)
    return Text(f"{look.glyph} {look.word}", style=TERMINAL_STYLES.get(state, ""))


def states_text(states: Iterable[str]) -> Text:
    """Return how many are in which state, on one line."""
    counted = [
        Text(f"{count} {look_of(state).word}", TERMINAL_STYLES.get(state, ""))
        for state, count in count_states([*states])
    ]
    return Text(" · ").join(counted)


def name_text(name: str) -> Text:
    """Return a name as one line, which a column of names may shorten."""
    shown = "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in name)
    return Text(shown, no_wrap=True, overflow="ellipsis")


def runs_table(runs: Sequence[RunRecord]) -> Table:
    """Return one row per run; pins and notes only where a run has one."""
    pins, notes = any(run.pinned for run in runs), any(run.note for run in runs)
    table = empty_table(
        *("…run", "state", "started", ">duration", ">tasks"),
        *(["pinned"] if pins else []),
        *(["~note"] if notes else []),
        "~reason",
    )
    for run in runs:
        took = None if run.finished_us is None else (run.finished_us - run.started_us) / 1e6
        figures = (instant(run.started_us), duration(took), number(run.tasks))
        said = [
            *([Text("yes" if run.pinned else "")] if pins else []),
            *([Text(_first_line(run.note))] if notes else []),
            Text(_first_line(run.reason)),
        ]
        table.add_row(name_text(run.run_id), state_text(run.status), *figures, *said)
    return table


def disk_table(rows: Sequence[StoredRun]) -> Table:
    """Return one row per run, with what it takes, what of that it has added, and what its deletion would free."""
    table = empty_table("…run", "state", "started", ">files", ">size", ">added", ">would free")
    for use, run in rows:
        known = (Text(), "") if run is None else (state_text(run.status), instant(run.started_us))
        figures = (number(use.files), size(use.disk_bytes), size(use.added_bytes), size(use.freed_bytes))
        table.add_row(name_text(use.run_id), *known, *figures)
    return table


def prune_table(rows: Sequence[Pruned]) -> Table:
    """Return one row per run that goes; notes only where a run has one."""
    notes = any(row.run.note for row in rows)
    table = empty_table("…run", "state", "started", ">size", ">frees", "~reason", *(["~note"] if notes else []))
    for row in rows:
        said = [Text(_first_line(row.run.note))] if notes else []
        figures = (instant(row.run.started_us), size(row.disk_bytes), size(row.freed_bytes), row.reason)
        table.add_row(name_text(row.run.run_id), state_text(row.run.status), *figures, *said)
    return table


def tasks_table(tasks: Sequence[TaskRunRecord]) -> Table:
    """Return one row per task run, in the plan's order; the reason only where a task has one."""
    reasons = any(task.reason for task in tasks)
    table = empty_table("…task", "state", ">attempts", ">duration", ">rows", ">size", *(["~reason"] if reasons else []))
    for task in tasks:
        figures = (number(task.attempts), duration(task.duration_s), number(task.rows), size(task.size_bytes))
        reason = (Text(_first_line(task.reason)),) if reasons else ()
        table.add_row(name_text(task.task), state_text(task.state), *figures, *reason)
    return table


def results_table(results: Sequence[ResultRecord]) -> Table:
    """Return one row per stored value, and one for all chunks of a stream."""
    chunks = Counter(result.task for result in results if result.chunk is not None)
    table = empty_table("…task", "result", "~type", ">shape", ">size")
    for result in results:
        if result.chunk is None or chunks[result.task] == 1:
            shape = " × ".join(map(number, result.facts.shape or ()))
            table.add_row(
                name_text(result.task), result.result_id, name_text(result.facts.type), shape, size(result.size_bytes)
            )
        elif result.chunk == 0:
            whole = [each for each in results if each.task == result.task]
            named = f"{result.result_id} …"
            kind = f"{plural(len(whole), 'chunk')} of {result.facts.type}"
            rows = [each.facts.rows for each in whole]
            total = "" if None in rows else plural(sum(row or 0 for row in rows), "row")
            table.add_row(
                name_text(result.task), named, name_text(kind), total, size(sum(each.size_bytes for each in whole))
            )
    return table


def plan_table(plan: PlanOutline) -> Table:
    """Return one row per task in execution order, with what is expected of it and the source of each argument."""
    freshness = ("freshness", "~because") if plan.reuse is not None else ()
    table = empty_table(">level", "…task", *freshness, "kind", "~tags", "~arguments", "~after")
    level = -1
    for task in plan.tasks:
        given = ", ".join(f"{parameter} ← {source}" for parameter, source in task.argument_texts().items())
        data = {binding.task for binding in task.bindings}
        only_order = ", ".join(name for name in task.upstream if name not in data)
        number_once = "" if task.level == level else str(task.level)
        level = task.level
        about = map(Text, (task.kind, ", ".join(task.tags), given, only_order))
        told = (state_text(task.freshness), Text(task.because)) if freshness else ()
        table.add_row(number_once, name_text(task.name), *told, *about)
    return table


def findings_table(found: pd.DataFrame) -> Table:
    """Return one row per finding of `Workspace.check`."""
    table = empty_table("…run", "…task", "~problem", "~outcome")
    for run_id, task, problem, outcome in zip(*(found[name] for name in _FINDING), strict=True):
        table.add_row(name_text(run_id), name_text(task), Text(problem), Text(outcome))
    return table


def attempts_table(attempts: Sequence[AttemptRecord]) -> Table:
    """Return one row per try."""
    table = empty_table(">attempt", "state", "started", ">duration", ">CPU", ">peak memory", "~error")
    for each in attempts:
        costs = (duration(each.duration_s), duration(each.cpu_s), size(each.peak_memory_bytes))
        error = Text(each.error_type or each.exit_status)
        table.add_row(number(each.attempt), state_text(each.state), instant(each.started_us), *costs, error)
    return table


def preview_table(facts: ResultFacts) -> Table:
    """Return a frame's first rows, as they were recorded when it was saved."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    if facts.labels:
        table.add_column(_column_head(facts.index))
    for column in facts.columns[: len(facts.preview[0])]:
        table.add_column(_column_head([column]))
    for label, row in zip_longest(facts.labels, facts.preview):
        table.add_row(*([] if label is None else [Text(label, "bold")]), *map(Text, row))
    return table


def _column_head(columns: Sequence[ColumnFacts]) -> Text:
    """Return the names of one column, or of an index's levels, above their dtypes."""
    name = ", ".join(filter(None, (column.name for column in columns)))
    dtype = ", ".join(column.dtype for column in columns)
    return Text.assemble(name, "\n" if name else "", (dtype, "dim"))


class FittedTable(Table):
    """Gives way where the terminal is narrow: first in its texts, then in its names, last in states and figures."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield its lines, once it is settled how wide its names may be."""
        narrow = [_width(each) if each.no_wrap else min(_width(each), NARROW_TEXT_CELLS) for each in self.columns]
        excess = sum(narrow) + 3 * len(narrow) + 1 - options.max_width  # between two columns stand three blanks
        for column, width in zip(self.columns, narrow, strict=True):
            if column.overflow == "ellipsis":
                column.max_width = max(width - max(excess, 0), NARROW_NAME_CELLS)
        yield from super().__rich_console__(console, options)


def _width(column: Column) -> int:
    return max(cell_len(str(cell)) for cell in (column.header, *column.cells))


def empty_table(*columns: str) -> Table:
    """Return an empty table; a column that begins with ``>`` stands right, ``~`` is of texts, ``…`` of names."""
    table = FittedTable(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for column in columns:
        justify: Literal["left", "right"] = "right" if column[0] == ">" else "left"
        overflow: Literal["ellipsis", "fold"] = "ellipsis" if column[0] == "…" else "fold"
        table.add_column(column.lstrip(">~…"), justify=justify, overflow=overflow, no_wrap=column[0] != "~")
    return table


def _first_line(text: str) -> str:
    return text.partition("\n")[0]
