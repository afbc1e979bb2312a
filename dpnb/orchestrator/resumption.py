"""Decides what of a run's earlier time still counts when it is resumed.

::

    had no result ──────────────────────────────────────────▶ runs
    had one: gone, damaged, or the task has changed ────────▶ runs again, and says why
             comes after one of these by control flow only ─▶ runs again
             takes results of tasks that run ───────────────▶ is held: runs again if its inputs come out differently
             else ──────────────────────────────────────────▶ done

A task that is held keeps its row and its result until it really runs again: if this run is cut off before, nothing is
lost. Whether its inputs are the same is told by a digest in its row over those of the results that it was given.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dpnb.errors import CorruptResultError, ResultNotFoundError
from dpnb.orchestrator.assembly import StoredOutput
from dpnb.orchestrator.track import TaskTrack
from dpnb.results.inputs import digest_of_inputs
from dpnb.results.records import TaskRunRecord, TaskState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dpnb.orchestrator.reuse import Reuse
    from dpnb.planner import ExecutionPlan
    from dpnb.planner.node import Node
    from dpnb.results import IOManager, ResultRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What a driver takes over: tasks that are done, tracks of all, and what done and held tasks have stored.

    A new run takes over from other runs only.
    """

    done: dict[str, TaskState] = field(default_factory=dict)
    tracks: dict[str, TaskTrack] = field(default_factory=dict)
    results: dict[str, StoredOutput] = field(default_factory=dict)
    kept: dict[str, StoredOutput] = field(default_factory=dict)  # of tasks that are held
    lost: list[ResultRecord] = field(default_factory=list)  # rows whose files are gone or damaged
    reuse: Reuse | None = None  # what other runs have stored

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to run."""
        return len(self.done) == len(self.tracks)


def take_over(
    run_id: str,
    plan: ExecutionPlan,
    rows: Mapping[str, TaskRunRecord],
    results: Mapping[str, list[ResultRecord]],
    store: IOManager,
    change: Callable[[Node, TaskRunRecord], str],
) -> Earlier:
    """Return what of a run's tasks still counts; results that do not hold are set aside in the store.

    `change` says how a task differs from what it was when its result was stored; empty where it does not.
    """
    earlier = Earlier()
    forced: set[str] = set()  # tasks that had a result and run again whatever their inputs are
    for position, name in enumerate(plan.execution_order):
        node, row = plan.dag.nodes[name], rows.get(name) or _unbegun(run_id, name, position)
        cause = ""
        if row.state.has_result:
            cause = change(node, row) or _order_change(node, forced)
            cause = _damage(results.get(name, []), store, earlier.lost) or cause
            if len(results.get(name, [])) != ((row.chunks or 0) if node.task.stream_output else 1):
                cause = cause or "its result was not in the ledger"
        is_held = any(binding.task is not None and binding.task not in earlier.done for binding in node.bindings)
        if row.state.has_result and not cause and not is_held:
            cause = _input_change(node, row, earlier.results)
        if cause:
            forced.add(name)
        _admit(earlier, row, results.get(name, []), cause, is_held=is_held)
    return earlier


def _unbegun(run_id: str, task: str, position: int) -> TaskRunRecord:
    """Return the row of a task of a run that ended before it could write one."""
    return TaskRunRecord(run_id=run_id, task=task, position=position, state=TaskState.PENDING)


def _admit(earlier: Earlier, row: TaskRunRecord, results: list[ResultRecord], cause: str, *, is_held: bool) -> None:
    stands = row.state.has_result and not cause
    track = TaskTrack.resumed(row, kept=stands, again=f"ran again: {cause}" if cause else "")
    earlier.tracks[row.task] = track
    if stands and is_held:
        earlier.kept[row.task] = StoredOutput.of(results)
    elif stands:
        track.state = earlier.done[row.task] = row.state
        earlier.results[row.task] = StoredOutput.of(results)


def _input_change(node: Node, row: TaskRunRecord, results: Mapping[str, StoredOutput]) -> str:
    """Say that a task was given other results than those that stand: a resumption before this one was cut off."""
    given = [(binding.parameter, results[binding.task].digest) for binding in node.bindings if binding.task is not None]
    return "" if row.inputs in (None, digest_of_inputs(given)) else "its inputs changed"


def _order_change(node: Node, forced: set[str]) -> str:
    """Say which task runs again that this one only comes after: whether that made a difference nobody can tell."""
    taken = {binding.task for binding in node.bindings}
    again = [name for name in node.upstream if name in forced and name not in taken]
    return f"{again[0]!r}, which comes before it, runs again" if again else ""


def _damage(results: list[ResultRecord], store: IOManager, lost: list[ResultRecord]) -> str:
    """Say which of a task's results does not hold, after having it set aside; empty where all hold."""
    causes = []
    for result in results:
        named = {"run_id": result.run_id, "task_name": result.task, "task_result_id": result.result_id}
        try:
            store.verify(**named, digest=result.digest, sealed=True)
        except ResultNotFoundError:
            causes.append(f"its result {result.result_id!r} was gone")
        except CorruptResultError as error:
            aside = store.set_aside(**named)
            causes.append(f"its result {result.result_id!r} was damaged ({error.what}), it now lies in {aside!r}")
        else:
            continue
        lost.append(result)
    return causes[0] if causes else ""
