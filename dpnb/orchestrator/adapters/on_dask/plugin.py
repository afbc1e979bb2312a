"""Has Dask's scheduler run no attempt a second time when it loses the worker that had it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from distributed import SchedulerPlugin

from dpnb.orchestrator.adapters.on_dask.orders import KEY_PREFIX

if TYPE_CHECKING:
    from distributed import Scheduler


class CountedOnce(SchedulerPlugin):
    """Marks dpnb's attempts as having used up what ``distributed.scheduler.allowed-failures`` grants.

    All else that the cluster computes is left as it is.
    """

    name = "dpnb-attempts-are-counted-once"
    idempotent = True

    def update_graph(self, scheduler: Scheduler, *, keys: set[Any], **_: Any) -> None:
        """Mark what has just come."""
        for key in keys:
            if isinstance(key, str) and key.startswith(KEY_PREFIX):
                task = scheduler.tasks.get(key)
                if task is not None:
                    task.suspicious = max(task.suspicious, scheduler.allowed_failures)
