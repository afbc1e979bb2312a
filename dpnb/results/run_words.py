"""Which runs have a word in the names of their tasks, or in what these have raised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from dpnb.results.run_search import runs_with
from dpnb.results.tables import ATTEMPTS, TASK_RUNS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from dpnb.results.ledger import RunLedger


def runs_saying(ledger: RunLedger, words: Collection[str], folded: Callable[[str], str]) -> dict[str, set[str]]:
    """Return by word the ids of the runs that have it in a task's name, or in an error's type or message.

    Parameters
    ----------
    words
        As `folded` makes texts that are compared: databases do not agree on cases beyond ASCII.
    """
    if not words:
        return {}
    database = ledger.database
    names = {row.task: folded(row.task) for row in database.rows(select(TASK_RUNS.c.task).distinct())}
    found: dict[str, set[str]] = {}
    for word in words:
        tasks = [name for name, told in names.items() if word in told]
        found[word] = {row.run_id for query in runs_with(tasks) for row in database.rows(query)}
    errors = select(ATTEMPTS.c.run_id, ATTEMPTS.c.error_type, ATTEMPTS.c.error_message)
    for row in database.rows(errors.where(ATTEMPTS.c.error_type != "")):
        told = folded(f"{row.error_type}: {row.error_message}")
        for word in words:
            if word in told:
                found[word].add(row.run_id)
    return found
