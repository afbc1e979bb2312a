"""An upstream result as its address: for a task that has another process load it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dpnb.orchestrator.executable import Delivery

if TYPE_CHECKING:
    from dpnb.orchestrator.executable import TaskInput
    from dpnb.results import IOManager


@dataclass(frozen=True, slots=True)
class StoredInput:
    """Where a result lies. It can be pickled into another process of this machine, and loads the result there."""

    store: IOManager
    given: TaskInput

    @property
    def task(self) -> str:
        """The task whose result it is."""
        return self.given.task_name

    def load(self) -> Any:
        """Return the result, or the `Stream` of its chunks; anew each time, so that it may be changed.

        Raises `ResultNotFoundError`, `CorruptResultError`, `UntrustedStoreError`.
        """
        from dpnb.orchestrator.worker.arguments import load_input

        return load_input(self.given._replace(delivery=Delivery.AS_IS), self.store)

    def __repr__(self) -> str:
        return f"<result of task {self.task!r} in run {self.given.run_id!r}, not loaded>"
