"""Why a task is fresh or stale, one cause at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dpnb.registry.fingerprint import PartChange


class CauseKind(StrEnum):
    """What a cause is about. `STANDS` and `KEPT` are causes of being fresh, all others of being stale."""

    STANDS = "stands"  # a stored result is equal in all that counts
    KEPT = "kept"  # a run's result is taken over as it is
    FORCED = "forced"  # the task was asked to run
    NEVER_RAN = "never_ran"  # nothing is stored of it
    NEVER_CACHED = "never_cached"
    CODE = "code"
    ARGUMENT = "argument"  # a run parameter
    READS = "reads"  # a file that it declares
    OUTDATED_MODULE = "outdated_module"  # its file was edited after it was imported
    UNTRACKED = "untracked"
    INPUT = "input"  # an upstream's result is another one
    UPSTREAM = "upstream"  # an upstream will run, so that its result may become another one
    ORDER = "order"  # an upstream that only comes before it runs, or has run, again
    EXPIRED = "expired"
    FAILED_BEFORE = "failed_before"  # its last attempt failed; told beside others


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One reason, in words: ``"helper `clean` changed in cell [4]"``.

    `subject` names what it is about: an upstream task, a parameter, a part of the code.
    """

    kind: CauseKind
    text: str
    subject: str = ""
    change: PartChange | None = field(default=None, repr=False)

    @property
    def diff(self) -> str:
        """What differs, before and after, as a unified diff; empty where nothing can be shown."""
        return self.change.diff if self.change is not None else ""

    def __str__(self) -> str:
        return self.text


def run_text(run_id: str) -> str:
    """Name a run in a sentence: most ids say themselves what they are."""
    return run_id if run_id.startswith("run") else f"run {run_id}"
