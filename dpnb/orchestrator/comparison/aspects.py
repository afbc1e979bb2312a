"""The aspects of two runs as tidy frames; `Comparison` lists their columns."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from dpnb.orchestrator.comparison.code import same_code
from dpnb.orchestrator.comparison.pairing import CHANGED, SAME, frame_of, names_of, sides_of
from dpnb.planner.node import Source
from dpnb.planner.task_identity import reads_from
from dpnb.registry.declared_reads import ReadsState, changes_between
from dpnb.registry.value_json import is_readable
from dpnb.results.comparison.equality import is_same
from dpnb.results.comparison.options import MatchOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from dpnb.orchestrator.comparison.snapshot import RunSnapshot
    from dpnb.results import TaskRunRecord

_EXACT = MatchOptions()


def runs_frame(a: RunSnapshot, b: RunSnapshot) -> pd.DataFrame:
    """Return one row for each of the two runs."""
    rows = []
    for side, one in (("a", a), ("b", b)):
        record = one.record
        took = None if record.finished_us is None else (record.finished_us - record.started_us) / 1e6
        about = (record.workers, record.user, record.host, str(one.run.workspace.home))
        rows.append((side, record.run_id, one.status, record.started_us, took, len(one.tasks), *about))
    columns = {"run": "str", "run_id": "str", "status": "status", "started": "instant", "duration": "duration"}
    return frame_of(rows, columns | {"tasks": "Int64", "workers": "Int64"} | _texts("user", "host", "workspace"))


def tasks_frame(a: RunSnapshot, b: RunSnapshot) -> pd.DataFrame:
    """Return one row per task of either run."""
    rows = []
    for name in names_of(a.tasks, b.tasks):
        one, other = a.tasks.get(name), b.tasks.get(name)
        what = ", ".join(_what_changed(a, b, name)) if one and other else ""
        change = sides_of(name, a.tasks, b.tasks) or (CHANGED if what else SAME)
        states = (one and one.state, other and other.state)
        attempts = (one and one.attempts, other and other.attempts)
        reasons = (one.reason if one else "", other.reason if other else "")
        files = _files_changed(one, other) if one and other else ""
        rows.append((name, change, what, *states, *attempts, *reasons, files))
    states_and_counts = {"state_a": "state", "state_b": "state", "attempts_a": "Int64", "attempts_b": "Int64"}
    first, last = {"task": "str", "change": "change", "what": "str"}, _texts("reason_a", "reason_b", "files")
    return frame_of(rows, first | states_and_counts | last)


def _what_changed(a: RunSnapshot, b: RunSnapshot, name: str) -> Iterator[str]:
    one, other = a.tasks[name], b.tasks[name]
    if one.state != other.state and not (one.state.has_result and other.state.has_result):
        yield "state"
    if same_code(a, b, name) is False:
        yield "code"
    if _arguments(one) != _arguments(other):
        yield "parameters"
    if _files_changed(one, other):
        yield "files read"
    if None not in (one.inputs, other.inputs) and one.inputs != other.inputs:
        yield "inputs"
    stored = a.results.get(name), b.results.get(name)
    if (stored[0] is None) != (stored[1] is None) or (stored[0] and stored[1] and not stored[0].is_same_as(stored[1])):
        yield "result"


def _files_changed(one: TaskRunRecord, other: TaskRunRecord) -> str:
    """Say which of the files that a task declares differ; when they were written is no difference."""
    if one.reads == other.reads:
        return ""
    nothing = ReadsState.of({})
    return "; ".join(changes_between(reads_from(one.reads) or nothing, reads_from(other.reads) or nothing))


def _arguments(task: TaskRunRecord) -> dict[str, str]:
    return {name: digest for name, (digest, _) in json.loads(task.arguments).items()} if task.arguments else {}


def parameters_frame(a: RunSnapshot, b: RunSnapshot) -> pd.DataFrame:
    """Return one row per run parameter of either run."""
    takers = _takers(a) | _takers(b)
    rows = []
    for name in names_of(a.params, b.params):
        one, other = a.params.get(name), b.params.get(name)
        change = sides_of(name, a.params, b.params) or (SAME if _is_same_value(one, other) else CHANGED)
        rows.append((name, change, one, other, ", ".join(takers.get(name, []))))
    return frame_of(rows, {"parameter": "str", "change": "change", "a": "object", "b": "object", "tasks": "str"})


def _is_same_value(a: Any, b: Any) -> bool:
    return type(a) is type(b) and (is_same(a, b, _EXACT) if is_readable(a) and is_readable(b) else repr(a) == repr(b))


def _takers(run: RunSnapshot) -> dict[str, list[str]]:
    takers: dict[str, list[str]] = {}
    for task in run.outlines.values():
        for binding in task.bindings:
            if binding.source in (Source.PARAM, Source.DEFAULT):
                takers.setdefault(binding.parameter, []).append(task.name)
    return takers


def timings_frame(a: RunSnapshot, b: RunSnapshot) -> pd.DataFrame:
    """Return one row per task of either run."""
    rows = []
    for name in names_of(a.tasks, b.tasks):
        one, other = a.tasks.get(name), b.tasks.get(name)
        took = one and one.duration_s, other and other.duration_s
        gap = None if None in took else took[1] - took[0]  # type: ignore[operator]
        ratio = took[1] / took[0] if gap is not None and took[0] else None  # type: ignore[operator]
        cpu = one and one.cpu_s, other and other.cpu_s
        memory = one and one.peak_memory_bytes, other and other.peak_memory_bytes
        rows.append((name, *took, gap, ratio, *cpu, *memory))
    durations = dict.fromkeys(("duration_a", "duration_b", "difference"), "duration")
    costs = {"cpu_a": "duration", "cpu_b": "duration", "peak_memory_a": "Int64", "peak_memory_b": "Int64"}
    return frame_of(rows, {"task": "str"} | durations | {"ratio": "float64"} | costs)


def _texts(*names: str) -> dict[str, str]:
    return dict.fromkeys(names, "str")
