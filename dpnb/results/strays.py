"""Removes what earlier owners of a run have stored and no row names: it has been replaced, or never counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.results.result_ids import lease_of

if TYPE_CHECKING:
    from collections.abc import Container

    from dpnb.results.ports import IOManager


def remove_strays(store: IOManager, run_id: str, recorded: Container[tuple[str, str]], *, before: int) -> int:
    """Remove a run's results whose owner's lease came before the one given, and that are not recorded; count them.

    `recorded` are tasks with result ids. What users have stored under ids of their own is left alone.
    """
    count = 0
    for task in store.list_tasks(run_id=run_id):
        for result_id in store.list_results(run_id=run_id, task_name=task):
            lease = lease_of(result_id)
            if lease is not None and lease < before and (task, result_id) not in recorded:
                count += store.remove(run_id=run_id, task_name=task, task_result_id=result_id)
    return count
