"""What a run leaves behind: results, logs, and the ledger that knows of them.

``ports.py`` states what is needed of a store, ``adapters/`` holds the stores, ``ledger.py`` the rows, and
``frames.py`` shows them as DataFrames.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.lazy_exports import lazy_exports
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
    from dpnb.results.adapters.fsspec_store import FsspecIOManager
    from dpnb.results.adapters.log_files import FileAttemptLogs
    from dpnb.results.adapters.memory import InMemoryIOManager
    from dpnb.results.adapters.mongo_store import MongoIOManager
    from dpnb.results.formats import StoredPicture, register_serializer
    from dpnb.results.frames import attempts_frame, failures_frame, results_frame, runs_frame, tasks_frame
    from dpnb.results.ledger import RunLedger
    from dpnb.results.ports import AttemptLogs, IOManager
    from dpnb.results.result_ids import attempt_and_chunk, chunk_id, value_id
    from dpnb.results.store_urls import open_store, register_store
    from dpnb.results.stream import Stream

__all__ = [
    "AttemptLogs",
    "AttemptRecord",
    "ColumnFacts",
    "FileAttemptLogs",
    "FilesystemIOManager",
    "FsspecIOManager",
    "IOManager",
    "InMemoryIOManager",
    "MongoIOManager",
    "ResultFacts",
    "ResultRecord",
    "RunLedger",
    "RunRecord",
    "RunStatus",
    "StoredPicture",
    "Stream",
    "TaskRunRecord",
    "TaskState",
    "attempt_and_chunk",
    "attempts_frame",
    "chunk_id",
    "failures_frame",
    "open_store",
    "register_serializer",
    "register_store",
    "results_frame",
    "runs_frame",
    "tasks_frame",
    "value_id",
]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "adapters.filesystem": ["FilesystemIOManager"],
        "adapters.fsspec_store": ["FsspecIOManager"],
        "adapters.log_files": ["FileAttemptLogs"],
        "adapters.memory": ["InMemoryIOManager"],
        "adapters.mongo_store": ["MongoIOManager"],
        "formats": ["StoredPicture", "register_serializer"],
        "frames": ["attempts_frame", "failures_frame", "results_frame", "runs_frame", "tasks_frame"],
        "ledger": ["RunLedger"],
        "ports": ["AttemptLogs", "IOManager"],
        "result_ids": ["attempt_and_chunk", "chunk_id", "value_id"],
        "store_urls": ["open_store", "register_store"],
        "stream": ["Stream"],
    },
)
