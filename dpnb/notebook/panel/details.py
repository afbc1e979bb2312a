"""What a panel tells of one task when it is clicked: sections of plain text, read from the run's record."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from dpnb.errors import DpnbError, UnknownTaskError
from dpnb.orchestrator.counted_results import counted_results
from dpnb.registry.places import short_place
from dpnb.render.quantities import duration, number, size
from dpnb.results.records import TaskState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dpnb.orchestrator import Run
    from dpnb.results import ResultRecord, TaskRunRecord

LOG_LINES = 200
HISTORY_RUNS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of what is told: rows of a table, a text that keeps its lines, or a row of durations.

    `kind` is ``facts`` (rows of name and value), ``table`` (the first row is its head), ``code``, ``log``,
    ``traceback`` or ``history`` (rows of run and seconds, oldest first).
    """

    title: str
    kind: str
    rows: tuple[tuple[str, ...], ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What is told of a task."""

    name: str
    state: str
    sections: tuple[Section, ...]

    def to_plain(self) -> dict[str, Any]:
        """Return the same as JSON can carry it."""
        return asdict(self)


def details_of(run: Run, task: str) -> Details:
    """Return what is known of a task of a run, which may be going. Raises `UnknownTaskError`."""
    if task not in run:
        raise UnknownTaskError(task, known=list(run))
    record = run.task_record(task)
    state = TaskState.PENDING if record is None else record.state
    sections = [_overview(run, task, record), _failure(run, task, record), _inputs(run, task), _attempts(run, task)]
    if record is not None:
        sections += [_result(run, record), _log(run, task), _history(run, task), _source(run, task)]
    return Details(name=task, state=str(state), sections=tuple(section for section in sections if section))


def _overview(run: Run, task: str, record: TaskRunRecord | None) -> Section:
    outline = run.outline_tasks[task]
    rows = {
        "why": "" if record is None else record.reason or _why(record),
        "signature": outline.signature,
        "about": outline.description,
        "tags": ", ".join(outline.tags),
        "needs": outline.needs,
        "defined in": short_place(outline.location),
    }
    if record is not None:
        rows |= {
            "started": _instant(record.started_us),
            "duration": duration(record.duration_s),
            "processor time": duration(record.cpu_s),
            "peak memory": size(record.peak_memory_bytes),
            "rows": number(record.rows),
            "size": size(record.size_bytes),
            "chunks": number(record.chunks),
            "all of it": f"run.browse({task!r})" if record.state.has_result else "",
        }
    return Section(title="Overview", kind="facts", rows=_told(rows))


def _why(record: TaskRunRecord) -> str:
    if record.state is TaskState.REUSED:
        return f"reused from {record.origin}" if record.origin else "reused"
    return ""


def _failure(run: Run, task: str, record: TaskRunRecord | None) -> Section | None:
    if record is None or record.state not in (TaskState.FAILED, TaskState.TIMED_OUT, TaskState.RETRYING):
        return None
    attempts = [attempt for attempt in run.attempt_records(task) if attempt.traceback or attempt.error_message]
    if not attempts:
        return None
    return Section(title="Error", kind="traceback", text=attempts[-1].traceback or attempts[-1].error_message)


def _inputs(run: Run, task: str) -> Section | None:
    params = run.params
    rows = []
    for parameter, source in run.outline_tasks[task].argument_texts().items():
        value = repr(params[parameter]) if source == "run parameter" and parameter in params else ""
        rows.append((parameter, f"{source}: {value}" if value else source))
    return Section(title="Inputs", kind="facts", rows=tuple(rows)) if rows else None


def _attempts(run: Run, task: str) -> Section | None:
    attempts = run.attempt_records(task)
    if not attempts:
        return None
    head = ("attempt", "state", "started", "duration", "processor time", "memory", "ended")
    rows = [
        (
            str(one.attempt),
            str(one.state),
            _instant(one.started_us),
            duration(one.duration_s),
            duration(one.cpu_s),
            size(one.peak_memory_bytes),
            one.exit_status or one.error_type,
        )
        for one in attempts
    ]
    return Section(title="Attempts", kind="table", rows=(head, *rows))


def _result(run: Run, record: TaskRunRecord) -> Section | None:
    stored = counted_results(record, run.workspace.ledger.results(run.run_id, record.task))
    if not stored:
        return None
    title = f"Result: {stored[0].facts.type}" + (f" · {len(stored):,} chunks" if record.chunks is not None else "")
    return _preview(title, stored[-1])


def _preview(title: str, stored: ResultRecord) -> Section:
    facts = stored.facts
    if not facts.preview:
        return Section(title=title, kind="code", text=facts.text)
    names = tuple(column.name for column in facts.columns[: len(facts.preview[0])])
    labelled: Sequence[tuple[str, ...]] = facts.preview
    if facts.labels:
        names = ("", *names)
        labelled = [(label, *cells) for label, cells in zip(facts.labels, facts.preview, strict=False)]
    return Section(title=title, kind="table", rows=(names, *labelled))


def _log(run: Run, task: str) -> Section | None:
    text = _or_none(lambda: run.logs(task).tail(LOG_LINES))
    return Section(title="Log", kind="log", text=text) if text else None


def _source(run: Run, task: str) -> Section | None:
    text = _or_none(lambda: run.source(task))
    return Section(title="Source as it ran", kind="code", text=text) if text else None


def _history(run: Run, task: str) -> Section | None:
    """Return how long the task took in this workspace's last runs, this one included."""
    ledger = run.workspace.ledger
    found = [
        (run_id, f"{record.duration_s:.6f}")
        for run_id, _ in ledger.newest_runs(HISTORY_RUNS, [task])
        for record in ledger.stored_task_runs(run_id, [task])
        if record.duration_s is not None and record.state is TaskState.SUCCEEDED
    ]
    return Section(title="Durations", kind="history", rows=tuple(found[::-1])) if len(found) > 1 else None


def _or_none[T](read: Callable[[], T]) -> T | None:
    """Return what is read; None where it is damaged or gone, which must not hide the rest."""
    try:
        return read()
    except (DpnbError, OSError):
        return None


def _told(rows: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((name, text) for name, text in rows.items() if text)


def _instant(instant_us: int | None) -> str:
    if instant_us is None:
        return ""
    return datetime.fromtimestamp(instant_us / 1e6, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")
