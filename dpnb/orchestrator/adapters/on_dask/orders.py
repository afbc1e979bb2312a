"""What travels to a Dask worker."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from dpnb.orchestrator.parcels import Parcel
    from dpnb.orchestrator.transport import Packed
    from dpnb.results import IOManager

KEY_PREFIX = "dpnb:"
"""How the keys of attempts begin, so that they can be told from whatever else a cluster computes."""

BEGUN, LOG, SAID, OVER, UNBEGUN = "begun", "log", "said", "over", "unbegun"
"""The words of an attempt: it runs, it printed, it sent a record, it ended, it was stopped before it began."""

APART, HANDED_BACK = "apart", "handed back"
"""Why it is to begin elsewhere: its worker does not share the storage, or is busy for longer with what came before."""

type Names = tuple[str, str, str]
"""Run, task, result id."""


class Household(NamedTuple):
    """What the attempts of a run have in common. `store` is None where results are kept in Dask.

    `probe` names a value in the store that a worker must find there if it shares the storage.
    """

    token: str
    run_id: str
    topic: str
    store: IOManager | None
    probe: Names
    sys_path: tuple[str, ...]
    idle_s: float


class Order(NamedTuple):
    """One attempt. `given` names the results whose files come with it, by the order of the call's other arguments."""

    key: str
    household: Packed
    function: Packed
    parcel: Parcel
    timeout: float | None
    is_kept: bool
