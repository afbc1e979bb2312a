"""How a comparison shows itself: what changed first, what is equal in a word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from dpnb.orchestrator.comparison.pairing import CHANGED, ONLY_A, ONLY_B, SAME
from dpnb.render import Heading, Note, Preformatted, TableFacts
from dpnb.render.quantities import duration, number, size
from dpnb.results.comparison.column_kinds import tuples
from dpnb.results.comparison.wording import before_and_after
from dpnb.results.short_text import short_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dpnb.orchestrator.comparison.runs import Comparison
    from dpnb.render import Part
    from dpnb.results.comparison import ValueComparison

_MOST_NAMES = 12
_MOST_DIFFS = 3
_MOST_LINES = 80  # of a diff
_MOST_COMPARED = 12  # results whose values are compared for the display
_COMPARED_BYTES = 500_000_000  # and how large they may be together
_LEAST_GAP_S, _LEAST_RATIO = 0.1, 1.2  # from here on a task took noticeably more, or less


def summary_of(found: Comparison) -> str:
    """Return what differs, on one line."""
    if found.is_equal:
        return "the same in everything but time"
    tasks = found.tasks
    said = [_plural((tasks["change"] == side).sum(), f"task {side}", "tasks " + side) for side in (ONLY_A, ONLY_B)]
    said.append(_plural((found.parameters["change"] != SAME).sum(), "parameter", "parameters"))
    for what in ("code", "files read", "result", "state"):
        count = sum(what in told.split(", ") for told in tasks["what"])
        said.append(_plural(count, f"task's {what}", f"tasks' {what}{'' if what in _MASS else 's'}"))
    told = [words for words in said if words]
    return f"different: {', '.join(told)}" if told else "different inputs"


_MASS = ("code", "files read")


def parts_of(found: Comparison) -> list[Part]:
    """Return the sections of the display."""
    head: list[Part] = [_headline(found), *_caveats(found), _runs_table(found)]
    return [
        *head,
        *_tasks(found),
        *_parameters(found),
        *_files(found),
        *_code(found),
        *_results(found),
        *_timings(found),
    ]


def _headline(found: Comparison) -> Note:
    if found.a.run_id == found.b.run_id and found.a.workspace.home == found.b.workspace.home:
        return Note(text="This is one run, compared with itself.", level="success")
    if found.is_equal:
        return Note(text="The two runs are the same in everything but time.", level="success")
    said = summary_of(found)
    return Note(text=f"{said[0].upper()}{said[1:]}.")


def _caveats(found: Comparison) -> Iterator[Note]:
    for side, status in zip(found.runs["run"], found.runs["status"], strict=True):
        if status == "running":
            yield Note(text=f"Run {side} is still going; this is how far it was.", level="warning")
    unknown = found.code["task"][found.code["change"] == "unknown"]
    if len(unknown):
        yield Note(text=f"Whether the code is the same is not known of {_names(unknown)}.", level="warning")


def _runs_table(found: Comparison) -> TableFacts:
    rows = tuple(
        (
            row.run,
            row.run_id,
            str(row.status),
            row.started.tz_convert(None).strftime("%Y-%m-%d %H:%M:%S UTC"),
            _seconds(row.duration),
            number(row.tasks),
            row.workspace,
        )
        for row in tuples(found.runs)
    )
    apart = len(set(found.runs["workspace"])) > 1
    wide = 7 if apart else 6
    columns = ("", "run", "status", "started", "duration", "tasks", "workspace")[:wide]
    return TableFacts(columns=columns, rows=tuple(row[:wide] for row in rows), states=2, align="lllrrrl"[:wide])


def _tasks(found: Comparison) -> Iterator[Part]:
    changed = found.tasks[found.tasks["change"] != SAME]
    if len(changed):
        rows = tuple(
            (row.task, str(row.change), row.what, _states(row.state_a, row.state_b), row.reason_b or row.reason_a)
            for row in tuples(changed)
        )
        wide = 5 if any(row[4] for row in rows) else 4
        columns = ("task", "change", "what", "state", "reason")[:wide]
        shown = tuple(row[:wide] for row in rows)
        yield TableFacts(columns=columns, rows=shown, caption="Tasks", states=1, align="l" * wide)
    same = found.tasks["task"][found.tasks["change"] == SAME]
    if len(same) and len(changed):
        yield Note(text=f"{_plural(len(same), 'task is', 'tasks are')} the same: {_names(same)}.", level="success")


def _states(a: Any, b: Any) -> str:
    told = ["" if pd.isna(state) else str(state).replace("_", " ") for state in (a, b)]
    return told[0] if told[0] == told[1] else f"{told[0] or '–'} → {told[1] or '–'}"


def _parameters(found: Comparison) -> Iterator[Part]:
    changed = found.parameters[found.parameters["change"] != SAME]
    if len(changed):
        rows = tuple(
            (
                row.parameter,
                str(row.change),
                "–" if row.change == ONLY_B else repr_of(row.a),
                "–" if row.change == ONLY_A else repr_of(row.b),
                row.tasks,
            )
            for row in tuples(changed)
        )
        columns = ("parameter", "change", "a", "b", "taken by")
        yield TableFacts(columns=columns, rows=rows, caption="Parameters", states=1, align="lllll")


def repr_of(value: Any) -> str:
    """Return a parameter's value as it would be written, shortened."""
    return short_text(repr(value))


def _files(found: Comparison) -> Iterator[Part]:
    changed = found.tasks[found.tasks["files"] != ""]
    if len(changed):
        rows = tuple((row.task, row.files.replace("; ", "\n")) for row in tuples(changed))
        yield TableFacts(columns=("task", "files"), rows=rows, caption="Files read", align="ll")


def _code(found: Comparison) -> Iterator[Part]:
    changed = found.code[found.code["change"] == CHANGED]
    if not len(changed):
        return
    yield Heading(text=f"Code of {_plural(len(changed), 'task', 'tasks')}")
    told: dict[str, list[str]] = {}
    for row in tuples(changed):  # a helper that many tasks share is shown once
        told.setdefault(row.diff, []).append(row.task)
    for diff, tasks in list(told.items())[:_MOST_DIFFS]:
        if diff:
            yield Preformatted(text=_first_lines(diff), caption=_names(tasks))
        else:
            yield Note(text=f"{_names(tasks)}: the sources of one of the runs are not recorded.")
    if len(told) > _MOST_DIFFS:
        yield Note(text=f"{len(told) - _MOST_DIFFS} more in comparison.code['diff'].")


def _first_lines(text: str) -> str:
    lines = text.splitlines()
    hidden = len(lines) - _MOST_LINES
    return "\n".join([*lines[:_MOST_LINES], *([f"… {hidden} more lines"] if hidden > 0 else [])])


def _results(found: Comparison) -> Iterator[Part]:
    shown = found.results[(found.results["change"] != SAME) | (found.results["problem"] != "")]
    if not len(shown):
        return
    budget = _COMPARED_BYTES
    rows = []
    for at, row in enumerate(tuples(shown)):
        said = row.problem
        if not said and row.change == CHANGED:
            budget -= row.bytes_a + row.bytes_b
            said = _difference(found, row.task) if at < _MOST_COMPARED and budget >= 0 else f"comparison[{row.task!r}]"
        facts = (before_and_after(str, row.type_a, row.type_b), before_and_after(number, row.rows_a, row.rows_b))
        rows.append((row.task, str(row.change), *facts, before_and_after(size, row.bytes_a, row.bytes_b), said))
    columns = ("task", "change", "type", "rows", "size", "difference")
    yield TableFacts(columns=columns, rows=tuple(rows), caption="Results", states=1, align="lllrrl")
    first = next((row[0] for row in rows if row[1] == CHANGED), None)
    if first is not None:
        yield Note(text=f"Look: comparison[{first!r}], comparison[{first!r}].changes.")


def _difference(found: Comparison, task: str) -> str:
    try:
        return _told(found[task])
    except Exception as error:  # noqa: BLE001 - a display tells what is wrong, it never fails
        return str(error).partition("\n")[0] or type(error).__name__


def _told(compared: ValueComparison) -> str:
    return compared.summary if not compared.is_equal else "no difference of value, though of the stored bytes"


def _timings(found: Comparison) -> Iterator[Part]:
    gap, ratio = found.timings["difference"].dt.total_seconds().abs(), found.timings["ratio"]
    noticeable = (gap >= _LEAST_GAP_S) & ((ratio >= _LEAST_RATIO) | (ratio <= 1 / _LEAST_RATIO))
    shown = found.timings.assign(gap=gap)[noticeable].sort_values("gap", ascending=False, kind="stable")
    if not len(shown):
        yield Note(text="No task took noticeably more or less time.")
        return
    rows = tuple(
        (row.task, _seconds(row.duration_a), _seconds(row.duration_b), _signed(row.difference), f"{row.ratio:.2f}×")
        for row in tuples(shown)
    )
    columns = ("task", "a", "b", "difference", "ratio")
    yield TableFacts(columns=columns, rows=rows, caption="Timings", align="lrrrr", limit=10)


def _seconds(gap: Any) -> str:
    return "" if pd.isna(gap) else duration(gap.total_seconds())


def _signed(gap: Any) -> str:
    return f"{'−' if gap.total_seconds() < 0 else '+'}{duration(abs(gap.total_seconds()))}"


def _names(names: Any) -> str:
    known = list(names)
    more = f" and {len(known) - _MOST_NAMES} more" if len(known) > _MOST_NAMES else ""
    return ", ".join(known[:_MOST_NAMES]) + more


def _plural(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}" if count else ""
