"""What of a run is to run again, as it is asked for from another process, a notebook, or a page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class RerunAsked:
    """What of a run is to run again; as `Run.rerun` takes it."""

    tasks: str | Sequence[str] = "stale"
    downstream: bool = True
    params: Mapping[str, Any] = field(default_factory=dict)
