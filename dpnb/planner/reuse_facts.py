"""What verdicts on a plan's tasks go by."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dpnb.planner.history import EarlierRuns
    from dpnb.planner.reuse import ReusePolicy
    from dpnb.planner.task_identity import TaskIdentity
    from dpnb.registry.fingerprint import Fingerprint


@dataclass(frozen=True, slots=True, kw_only=True)
class ReuseFacts:
    """What is to be reused, what tasks are now, and what is stored of them at the time `now_us`.

    `fingerprints` are what the identities were read from, by the ids of their sources.
    """

    policy: ReusePolicy
    identities: Mapping[str, TaskIdentity]
    earlier: EarlierRuns
    now_us: int
    fingerprints: Mapping[str, Fingerprint] = field(default_factory=dict)
