"""Compares a store with its ledger, run by run, and puts right what can be: see `Workspace.check`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dpnb.errors import CorruptResultError, ResultNotFoundError, RunGoingError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dpnb.results.ledger import RunLedger
    from dpnb.results.ports import IOManager
    from dpnb.results.records import ResultRecord

_REMEDY = "get_run(run_id).resume() makes it again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that was not as it should be in a run, and what became of it."""

    run_id: str
    task: str
    result_id: str
    problem: str
    outcome: str


def check_runs(ledger: RunLedger, store: IOManager, *, thorough: bool) -> list[Finding]:
    """Check all runs that nobody drives; with `thorough` every byte is read, else what `load` would check."""
    findings = [*_tidied(store)]
    for run in ledger.runs():
        try:
            findings += check_run(ledger, store, run.run_id, thorough=thorough)
        except RunGoingError:
            continue
    return findings


def check_run(ledger: RunLedger, store: IOManager, run_id: str, *, thorough: bool) -> list[Finding]:
    """Check one run, as its owner meanwhile. Raises `RunGoingError`."""
    lease = ledger.take(run_id)
    try:
        results = ledger.results(run_id)
        lost = [(one, said) for one in results if (said := _problem(store, one, thorough=thorough)) is not None]
        reasons = {one.task: f"{problem}; {_REMEDY}" for one, (problem, _) in lost}
        rows = [replace(row, reason=reasons[row.task]) for row in ledger.task_runs(run_id) if row.task in reasons]
        ledger.forget_results([one for one, _ in lost], lease)
        ledger.record(rows, lease)
        return [
            *(_finding(one, problem, outcome) for one, (problem, outcome) in lost),
            *_unrecorded(store, run_id, {(one.task, one.result_id) for one in results}),
            *_tidied(store, run_id),
        ]
    finally:
        ledger.release(lease)


def _problem(store: IOManager, result: ResultRecord, *, thorough: bool) -> tuple[str, str] | None:
    """Return what is wrong with a result and what was done about it; None where nothing is."""
    named = {"run_id": result.run_id, "task_name": result.task, "task_result_id": result.result_id}
    try:
        store.verify(**named, digest=result.digest, sealed=not thorough)
    except ResultNotFoundError:
        return f"its result {result.result_id!r} is gone", "taken off the ledger"
    except CorruptResultError as error:
        return (
            f"its result {result.result_id!r} was damaged ({error.what})",
            f"set aside as {store.set_aside(**named)!r}",
        )
    return None


def _finding(result: ResultRecord, problem: str, outcome: str) -> Finding:
    return Finding(run_id=result.run_id, task=result.task, result_id=result.result_id, problem=problem, outcome=outcome)


def _unrecorded(store: IOManager, run_id: str, recorded: set[tuple[str, str]]) -> Iterator[Finding]:
    for task in store.list_tasks(run_id=run_id):
        for result_id in store.list_results(run_id=run_id, task_name=task):
            if (task, result_id) not in recorded:
                problem = "no row names this result: its attempt was not the one that counted"
                yield Finding(run_id=run_id, task=task, result_id=result_id, problem=problem, outcome="left alone")


def _tidied(store: IOManager, run_id: str | None = None) -> Iterator[Finding]:
    """Tell what was left half written of a run, or half deleted of any."""
    for path in store.tidy(run_id=run_id):
        problem = f"a process died while it {'deleted' if run_id is None else 'wrote'} {path!r}"
        yield Finding(run_id=run_id or "", task="", result_id="", problem=problem, outcome="removed")
