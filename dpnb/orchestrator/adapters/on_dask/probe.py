"""Finds out whether a cluster shares the notebook's storage: by a value stored here and answers stored there."""

from __future__ import annotations

import pickle
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from dpnb.errors import DpnbError
from dpnb.orchestrator.adapters.on_dask.host import answer_probe
from dpnb.results import FilesystemIOManager

if TYPE_CHECKING:
    from dpnb.orchestrator.adapters.on_dask.orders import Names
    from dpnb.results import IOManager

_TASK = "dpnb’s probe"
_PATIENCE_S = 10.0


class StorageProbe:
    """A value in the notebook's store, which stays there as long as workers may come that are to be asked."""

    def __init__(self, store: IOManager, run_id: str) -> None:
        self._store = store
        self.names: Names = (run_id, _TASK, secrets.token_hex(8))
        if isinstance(store, FilesystemIOManager):
            store.vouch()
        store.write(run_id=run_id, task_name=_TASK, task_result_id=self.names[2], value=self.names[2])

    def is_shared_with(self, client: Any) -> bool:
        """Tell whether every worker that the cluster has now finds the value, and is heard of through the store."""
        packed = pickle.dumps(self._store, protocol=5)
        answers = {address: f"{self.names[2]}-{place}" for place, address in enumerate(client.nthreads())}
        found = [
            client.submit(
                answer_probe, packed, self.names, answer, workers=[address], pure=False, allow_other_workers=False
            )
            for address, answer in answers.items()
        ]
        try:
            seen = client.gather(found, errors="skip")
        finally:
            client.cancel(found)
        return len(seen) == len(found) and all(seen) and all(map(self._holds, answers.values()))

    def _holds(self, answer: str) -> bool:
        run_id, task, _ = self.names
        try:
            return bool(self._store.load(run_id=run_id, task_name=task, task_result_id=answer) == answer)
        except (DpnbError, OSError):
            return False
        finally:
            with suppress(OSError):
                self._store.remove(run_id=run_id, task_name=task, task_result_id=answer)

    def close(self) -> None:
        """Take the value away."""
        run_id, task, result_id = self.names
        with suppress(DpnbError, OSError):
            self._store.remove(run_id=run_id, task_name=task, task_result_id=result_id)
            if isinstance(self._store, FilesystemIOManager):
                self._store.remove_task(run_id=run_id, task_name=task)
