"""How what a run says gets into the ledger: with the rows that it tells of, or after them, never before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.results.told import Told, batch_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dpnb.results.leases import Tenure
    from dpnb.results.rows import Change


class RunVoice:
    """Stands between a journal and the ledger, and makes one numbered batch of the events in each commit.

    What could not be committed has not been said: the journal offers it again, and it is given its number then.
    """

    def __init__(self, tenure: Tenure) -> None:
        self._tenure = tenure
        self._said = tenure.events_said()

    def record(self, changes: Iterable[Change | Told]) -> None:
        """Commit rows and events, all or none; without any it is a heartbeat."""
        rows: list[Change] = []
        events: list[Told] = []
        for change in changes:
            if type(change) is Told:
                events.append(change)
            else:
                rows.append(change)  # type: ignore[arg-type]  # the exact type is told from a row's in half the time
        if events:
            lease = self._tenure.lease
            rows.append(batch_of(lease.run_id, lease.token, events, before=self._said))
        self._tenure.record(rows)
        self._said += len(events)
