"""A schedule's fire becomes a run, once: its row and the run's are written in one transaction.

The row of a fire names the scheduler that sees to it. Only that one can start the run, and only while the row names no
run yet; whoever has lost the fire to another scheduler finds out in the transaction, which then leaves nothing.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import and_, bindparam, update

from dpnb.errors import FireTakenError
from dpnb.results.crash_points import reach
from dpnb.results.schedule_tables import FIRES

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

LAUNCHABLE = ("pending", "running")


@dataclass(frozen=True, slots=True, kw_only=True)
class FireClaim:
    """One fire in the hands of one scheduler: what it takes to start the fire's run."""

    schedule: str
    fire: str
    attempt: int
    owner: str

    def to_json(self) -> str:
        """Return it as JSON text."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote."""
        return cls(**json.loads(text))


def bind_run(connection: Connection, claim: FireClaim, run_id: str, now_us: int) -> None:
    """Record in the run's own transaction that it is the run of this fire. Raises `FireTakenError`."""
    key = {"of_schedule": claim.schedule, "of_fire": claim.fire, "of_attempt": claim.attempt, "of_owner": claim.owner}
    bound = connection.execute(_BINDING, {**key, "to_run": run_id, "now_us": now_us})
    if bound.rowcount != 1:
        raise FireTakenError(claim.schedule, claim.fire)
    reach("fire.bound")


def is_fire(schedule: Any, fire: Any, attempt: Any) -> ColumnElement[bool]:
    """Ask for one row."""
    return and_(FIRES.c.schedule == schedule, FIRES.c.fire == fire, FIRES.c.attempt == attempt)


_BINDING = (
    update(FIRES)
    .where(
        is_fire(bindparam("of_schedule"), bindparam("of_fire"), bindparam("of_attempt")),
        FIRES.c.owner == bindparam("of_owner"),
        FIRES.c.run_id == "",
        FIRES.c.state.in_(LAUNCHABLE),
    )
    .values(run_id=bindparam("to_run"), state="running", started_us=bindparam("now_us"))
)
