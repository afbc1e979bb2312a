"""Whether workers have imported what this process has of the modules that a run's tasks reach.

::

    run begins: a digest of what each task reaches in modules here ──────┐
                                                                         ├─ another ─▶ doubt, warning
    worker, before it first calls a function: of what that reaches there ┘

``config.SETTINGS["limit"] = 7`` in a cell changes what this process has, and with it the task's identity; workers
import the file, which says 1. What they give is right for the file, but has been asked for as that of the setting: it
must neither be taken for it later, nor go without a word.
"""

from __future__ import annotations

import warnings
from contextlib import suppress
from typing import TYPE_CHECKING

from dpnb.errors import ModuleStateWarning
from dpnb.planner.doubts import changed_here, is_doubted

if TYPE_CHECKING:
    from dpnb.planner.task_identity import TaskIdentity

type Differing = tuple[tuple[str, str], ...]


class ModuleStates:
    """Compares what workers tell with what this process has; nothing is asked where the run stays in it."""

    def __init__(self, run_id: str, *, is_inline: bool) -> None:
        self._run_id = run_id
        self._is_inline = is_inline
        self._names: dict[tuple[str, Differing], list[str]] = {}
        self._changed: dict[str, list[str]] = {}  # by task

    def expected(self, identity: TaskIdentity) -> str:
        """Return the digest of what a task reaches in modules; empty where there is nothing to look at."""
        return "" if identity.imported is None or self._is_inline else identity.imported.digest

    def identity(self, task: str, identity: TaskIdentity, differing: Differing | None) -> TaskIdentity:
        """Return what a task was, given what its worker has of the modules."""
        if differing is None or identity.imported is None or identity.code is None or is_doubted(identity):
            return identity
        key = identity.imported.digest, differing
        if key not in self._names:  # a worker tells the same again and again
            self._names[key] = identity.imported.differing(dict(differing))
        names = self._names[key]
        if not names:
            return identity
        self._changed[task] = names
        return changed_here(identity, names)

    def warn(self) -> None:
        """Say once for the whole run what was something else in workers, if anything was."""
        if self._changed:
            names = sorted({name for names in self._changed.values() for name in names})
            with suppress(Exception):  # where warnings are errors, the run has ended as it has, and the ledger tells
                warnings.warn(ModuleStateWarning(self._run_id, sorted(self._changed), names), stacklevel=2)
