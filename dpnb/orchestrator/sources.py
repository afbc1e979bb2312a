"""The code that a run has recorded, as text to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.errors import UnknownTaskError
from dpnb.planner.doubts import doubt_text
from dpnb.registry.fingerprint import Fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dpnb.orchestrator.recorded_run import RecordedRun


def source_text(run: RecordedRun, task: str) -> str:
    """Return a task's function, then all that it reaches, each below a comment that tells what and where it is."""
    found = _fingerprint(run, task)
    return "\n\n".join([*_doubts(run, task), *pieces(found)]) if found is not None else ""


def source_diff(run: RecordedRun, other: RecordedRun, task: str) -> str:
    """Return how a task's code differs, part by part, as unified diffs; empty where one of the two is not known."""
    here, there = _fingerprint(run, task), _fingerprint(other, task)
    if here is None or there is None:
        return ""
    return "\n".join(change.diff or f"# {change}" for change in here.diff(there))


def _fingerprint(run: RecordedRun, task: str) -> Fingerprint | None:
    row = run.task_record(task)
    if row is None and task not in run:
        raise UnknownTaskError(task, known=list(run))
    text = run.workspace.ledger.source(row.source) if row is not None and row.source is not None else None
    return Fingerprint.from_json(text) if text is not None else None


def _doubts(run: RecordedRun, task: str) -> Iterator[str]:
    row = run.task_record(task)
    if row is not None and (doubt := doubt_text(row.code or "", run.run_id)):
        yield f"# {doubt}"


def pieces(fingerprint: Fingerprint) -> Iterator[str]:
    """Yield what stands in a fingerprint, piece by piece, the task's own function first."""
    for number, (path, part) in enumerate(fingerprint.parts.items()):
        where = f", {part.place}" if part.place else ""
        name = path if number else path.replace("helper `", "task `", 1)
        body = "" if part.text == path else f"\n{part.text.rstrip()}"
        yield f"# {name}{where}{body}"
