"""What a run leaves behind: results, logs, and the ledger that knows of them.

``ports.py`` states what is needed of a store, ``adapters/`` holds the stores, ``ledger.py`` the rows, and
``frames.py`` shows them as DataFrames.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dpnb.results.records import (
    AttemptRecord,
    ColumnFacts,
    ResultFacts,
    ResultRecord,
    RunRecord,
    RunStatus,
    TaskRunRecord,
    TaskState,
)

if TYPE_CHECKING:
    from dpnb.results.adapters.filesystem import FilesystemIOManager
    from dpnb.results.adapters.log_files import FileAttemptLogs
    from dpnb.results.adapters.memory import InMemoryIOManager
    from dpnb.results.frames import attempts_frame, failures_frame, results_frame, runs_frame, tasks_frame
    from dpnb.results.ledger import RunLedger
    from dpnb.results.ports import AttemptLogs, IOManager
    from dpnb.results.result_ids import attempt_and_chunk, chunk_id, value_id
    from dpnb.results.stream import Stream

__all__ = [
    "AttemptLogs",
    "AttemptRecord",
    "ColumnFacts",
    "FileAttemptLogs",
    "FilesystemIOManager",
    "IOManager",
    "InMemoryIOManager",
    "ResultFacts",
    "ResultRecord",
    "RunLedger",
    "RunRecord",
    "RunStatus",
    "Stream",
    "TaskRunRecord",
    "TaskState",
    "attempt_and_chunk",
    "attempts_frame",
    "chunk_id",
    "failures_frame",
    "results_frame",
    "runs_frame",
    "tasks_frame",
    "value_id",
]

_HOMES = {
    "AttemptLogs": "dpnb.results.ports",
    "FileAttemptLogs": "dpnb.results.adapters.log_files",
    "FilesystemIOManager": "dpnb.results.adapters.filesystem",
    "IOManager": "dpnb.results.ports",
    "InMemoryIOManager": "dpnb.results.adapters.memory",
    "RunLedger": "dpnb.results.ledger",
    "Stream": "dpnb.results.stream",
    "attempt_and_chunk": "dpnb.results.result_ids",
    "attempts_frame": "dpnb.results.frames",
    "chunk_id": "dpnb.results.result_ids",
    "failures_frame": "dpnb.results.frames",
    "results_frame": "dpnb.results.frames",
    "runs_frame": "dpnb.results.frames",
    "tasks_frame": "dpnb.results.frames",
    "value_id": "dpnb.results.result_ids",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'dpnb.results' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
