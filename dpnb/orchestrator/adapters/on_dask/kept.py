"""The results of a run that stay in Dask, because its workers do not share the notebook's storage."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from dpnb.errors import ResultNotFoundError
from dpnb.results import FilesystemIOManager
from dpnb.results.kept_elsewhere import keep_for

if TYPE_CHECKING:
    from dpnb.orchestrator.adapters.on_dask.orders import Names
    from dpnb.results import IOManager


class KeptResults:
    """What the attempts of one run have left in the cluster, as the files that it would be in the store.

    They stay as long as the cluster and the client that made them, and each comes to the store when it is first read.
    Should Dask lose one with its worker, it computes it again.
    """

    def __init__(self, client: Any, run_id: str, store: IOManager) -> None:
        self._client = client
        self._run_id = run_id
        self._store = store
        self._futures: dict[str, Any] = {}  # by task: {task: {result id: file}}
        self._scattered: dict[str, Any] = {}
        self._lock = threading.Lock()
        self._is_offered = False

    def add(self, task: str, future: Any) -> None:
        """Keep what an attempt has left."""
        with self._lock:
            self._futures[task] = future
            if not self._is_offered and isinstance(self._store, FilesystemIOManager):
                self._is_offered = True
                keep_for(str(self._store.base_path), self.bring)

    def giving(self, task: str, result_ids: tuple[str, ...]) -> Any:
        """Return what Dask takes as an argument for a task's results: what it has, or what the store has.

        Raises
        ------
        ResultNotFoundError
            Neither has it.
        """
        with self._lock:
            future = self._futures.get(task) or self._scattered.get(task)
        if future is not None and future.status not in ("cancelled", "lost"):
            return future
        if not isinstance(self._store, FilesystemIOManager):
            raise ResultNotFoundError(self._run_id, task, next(iter(result_ids), ""), known=[])
        files = {name: self._store.read_bytes(self._run_id, task, name) for name in result_ids}
        scattered = self._client.scatter(files, hash=False)
        with self._lock:
            self._scattered[task] = scattered
        return scattered

    def bring(self, names: Names) -> bool:
        """Store what an attempt has left; False where this is not of it, or is lost with the cluster."""
        run_id, task, result_id = names
        with self._lock:
            future = self._futures.get(task) if run_id == self._run_id else None
        if future is None or not isinstance(self._store, FilesystemIOManager):
            return False
        try:
            files = future.result()
        except Exception:  # noqa: BLE001 - of a cluster that has gone; then there is no such result any more
            return False
        if result_id not in files:
            return False
        self._store.write_bytes(run_id, task, result_id, files[result_id])
        return True
