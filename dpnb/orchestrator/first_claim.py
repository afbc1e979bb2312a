"""The fire of a schedule for which this process was started: the first run that it begins is that fire's."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from dpnb.results.fire_claims import FireClaim


class FirstClaim:
    """Keeps a claim until a run in its workspace takes it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: tuple[Path, FireClaim] | None = None

    def keep(self, home: Path, claim: FireClaim) -> None:
        """Keep a claim for the first run in the workspace of this folder."""
        with self._lock:
            self._kept = home, claim

    def take(self, home: Path) -> FireClaim | None:
        """Return the claim, once."""
        with self._lock:
            if self._kept is None or self._kept[0] != home:
                return None
            claim, self._kept = self._kept[1], None
            return claim


first_claim = FirstClaim()
