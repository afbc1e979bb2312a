"""Who wants the end of a run that another process drives says so in its lease, and the driver looks there.

::

    Run.cancel() ──ask──▶ lease: asked ──ask again──▶ lease: at once
                             ▲
                             └── standing ── the owner's process, about once a second, for all of its runs at once

A request belongs to one owner: it is set only while the run is held, and whoever takes the run next begins without it.
So a request that comes too late changes nothing, and one that is made while the owner sleeps is heard when it wakes.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, case, literal, select, update

from dpnb.results.tables import LEASES

if TYPE_CHECKING:
    from collections.abc import Collection

    from dpnb.results.ledger import RunLedger

_AT_ONCE = 500  # run ids in one question; databases limit how many values it may hold


class CancelRequest(IntEnum):
    """How far somebody wants a run to end; a later one is never weaker."""

    NONE = 0
    ASKED = 1
    AT_ONCE = 2


class CancelRequests:
    """The requests that stand in one ledger.

    Parameters
    ----------
    ledger
        Where the runs are recorded.

    Examples
    --------
    >>> from dpnb.results import RunLedger
    >>> CancelRequests(RunLedger("sqlite://")).ask("run_1")  # nobody drives it
    False
    """

    def __init__(self, ledger: RunLedger) -> None:
        self._database = ledger.database

    def ask(self, run_id: str, *, at_once: bool = False) -> bool:
        """Ask for a run's end; tell whether anybody holds the run. A second request asks for its end at once.

        Raises
        ------
        LedgerReadOnlyError, LedgerLockedError
            It cannot be written.
        """
        statement = _HARDER if at_once else _ONE_MORE
        with self._database.writing() as connection:
            return connection.execute(statement, {"of_run": run_id}).rowcount == 1

    def standing(self, run_ids: Collection[str]) -> dict[tuple[str, int], CancelRequest]:
        """Return the requests for these runs, by run and by the token of the lease that they are made to."""
        found: dict[tuple[str, int], CancelRequest] = {}
        asked = list(run_ids)
        for start in range(0, len(asked), _AT_ONCE):
            query = _STANDING.where(LEASES.c.run_id.in_(asked[start : start + _AT_ONCE]))
            for row in self._database.rows(query):
                found[row.run_id, row.token] = CancelRequest(min(row.cancel, CancelRequest.AT_ONCE))
        return found


_STANDING = select(LEASES.c.run_id, LEASES.c.token, LEASES.c.cancel).where(LEASES.c.cancel > 0)
_HELD = update(LEASES).where(LEASES.c.run_id == bindparam("of_run"), LEASES.c.expires_us > 0)
_HARDER = _HELD.values(cancel=literal(int(CancelRequest.AT_ONCE)))
_ONE_MORE = _HELD.values(
    cancel=case((LEASES.c.cancel == CancelRequest.NONE, int(CancelRequest.ASKED)), else_=int(CancelRequest.AT_ONCE))
)
