"""What dpnb needs from a store of results, stated as guarantees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from pathlib import Path

    from dpnb.results.disk_usage import RunFiles
    from dpnb.results.records import ResultRecord
    from dpnb.results.remote.paging import PagedValue


class IOManager(Protocol):
    """Saves and loads task results.

    Guarantees of every adapter, held by ``tests/contracts/test_io_manager.py``:

    - **Atomic**: a result is visible whole or not at all, to any process, whenever the writer dies.
    - **Last write wins**: saving again under the same three names replaces the value.
    - **Independent**: what `load` returns can be changed without touching the store.
    - **Any name**: run ids, task names and result ids are arbitrary Unicode text; different names never collide.
    - **Verified**: `load` raises `CorruptResultError` rather than unpickle bytes that differ from those saved.
    - **Portable**: an instance can be pickled into another process of the same machine and works there.
    """

    @property
    def location(self) -> str:
        """Where results lie, as text that holds no secret: a folder, or a URL."""
        ...

    def save(self, *, run_id: str, task_name: str, task_result_id: str, value: Any) -> Path | str:
        """Store `value` and return where it lies. Raises `UnstorableResultError`, `OSError`."""
        ...

    def write(
        self, *, run_id: str, task_name: str, task_result_id: str, value: Any, file_format: str = ""
    ) -> ResultRecord:
        """Store `value` like `save`, or in another format than a pickle, and return all that is known of it.

        Raises
        ------
        FormatError
            There is no such format for the value, or it would give back something else.
        """
        ...

    def link(self, result: ResultRecord, *, run_id: str) -> ResultRecord:
        """Make a stored result one of another run too, and return what is known of it there.

        It takes no space of its own where that can be had, and each of the two stays when the other is removed. Raises
        like `load` where the result is gone, is not what was saved, or may not be loaded.
        """
        ...

    def load(self, *, run_id: str, task_name: str, task_result_id: str, digest: str | None = None) -> Any:
        """Return the stored value, if it is the one of `digest` where that is known.

        Raises `ResultNotFoundError`, `CorruptResultError`, `UntrustedStoreError`.
        """
        ...

    def verify(
        self, *, run_id: str, task_name: str, task_result_id: str, digest: str | None = None, sealed: bool = False
    ) -> None:
        """Raise `CorruptResultError` unless the stored bytes are those that were saved, and those of `digest`.

        With `sealed` the store may take as proof what `load` takes, where that is cheaper. Raises like `load`.
        """
        ...

    def set_aside(self, *, run_id: str, task_name: str, task_result_id: str) -> str | None:
        """Move a damaged result to where no other method finds it; return its new name, None where there is none."""
        ...

    def remove(self, *, run_id: str, task_name: str, task_result_id: str) -> bool:
        """Delete one result; tell whether there was one."""
        ...

    def tidy(self, *, run_id: str | None = None, task_name: str | None = None) -> list[str]:
        """Remove what processes that died while they wrote left of a run, or of one task; return what it was.

        Without a run it is what is left of deletions.
        """
        ...

    def describe(self, *, run_id: str, task_name: str, task_result_id: str) -> ResultRecord:
        """Return what is known of a stored value without unpickling it. Raises like `load`."""
        ...

    def exists(self, *, run_id: str, task_name: str, task_result_id: str) -> bool:
        """Tell whether a complete result of these names is stored."""
        ...

    def list_results(self, *, run_id: str, task_name: str | None = None) -> list[str]:
        """Return result ids, sorted; those of every task where `task_name` is None."""
        ...

    def list_tasks(self, *, run_id: str) -> list[str]:
        """Return the names of the tasks that left a result in a run, sorted."""
        ...

    def list_runs(self) -> list[str]:
        """Return the ids of the runs that left a result, sorted."""
        ...

    def run_files(self, *, run_id: str) -> RunFiles:
        """Return what lies in a run, and how much room it takes."""
        ...

    def clear_run(self, *, run_id: str) -> int:
        """Delete a run's results and return how many they were; 0 for an unknown run."""
        ...


@runtime_checkable
class PagingStore(Protocol):
    """A store from which a large table can be looked through without loading it."""

    def load_paged(self, result: ResultRecord) -> PagedValue | None:
        """Return a stored table whose data come as they are touched; None where it has to be loaded.

        Raises like `load`.
        """
        ...


class AttemptLogs(Protocol):
    """Keeps what an attempt printed, readable while it runs."""

    def append(self, *, run_id: str, task_name: str, attempt: int, data: bytes) -> None:
        """Add raw output; past the size limit the middle is dropped and the gap is noted."""
        ...

    def read(self, *, run_id: str, task_name: str, attempt: int) -> str:
        """Return the log as text, invalid UTF-8 replaced; empty where nothing was printed."""
        ...

    def close(self, *, run_id: str, task_name: str, attempt: int) -> None:
        """Say that no more output of this attempt comes; safe to call for one that printed nothing."""
        ...
