"""Looks at the files that a task declares just before it runs and just after, where nobody waits for the answer.

Tasks before it may have written them, so that they cannot be looked at sooner; and there may be many gigabytes of them,
so that the thread which starts tasks cannot wait. What is written to while it runs, it may have read before or after.
"""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

from dpnb.errors import DpnbError
from dpnb.planner.task_identity import reads_of, reads_that_failed
from dpnb.registry.declared_reads import reads_meanwhile

if TYPE_CHECKING:
    from collections.abc import Callable

    from dpnb.orchestrator.commands import StartAttempt
    from dpnb.registry import TaskMetadata
    from dpnb.results.precedents import Precedents


class DeclaredFiles:
    """The looks at files that a run takes.

    Parameters
    ----------
    seen
        Called with each command and what its task's files hold.
    stored
        What was stored of the tasks tells of files that nothing has written to since: those are not read again.
    is_inline
        Whether nothing goes on beside it: then who asks looks himself.
    """

    def __init__(
        self, seen: Callable[[StartAttempt, str], object], stored: Precedents | None, *, is_inline: bool
    ) -> None:
        self._seen = seen
        self._stored = stored
        self._is_inline = is_inline

    def ask(self, command: StartAttempt, task: TaskMetadata) -> None:
        """Look at a task's files."""
        self._do(partial(self._look, command, task))

    def ask_again(self, task: TaskMetadata, before: str, then: Callable[[str], object]) -> None:
        """Look once more at a task's files, which held `before`; `then` is called with what it has read."""
        self._do(partial(self._look_again, task, before, then))

    def _do(self, look: Callable[[], object]) -> None:
        if self._is_inline:
            look()
        else:
            threading.Thread(target=look, name="dpnb-reads", daemon=True).start()

    def _look_again(self, task: TaskMetadata, before: str, then: Callable[[str], object]) -> None:
        try:
            reads = reads_meanwhile(task.reads, before)
        except Exception as error:  # noqa: BLE001 - as below
            reads = reads_that_failed(task, error)
        then(reads)

    def _look(self, command: StartAttempt, task: TaskMetadata) -> None:
        try:
            reads = reads_of(task, self._stored.of(task.name) if self._stored is not None else ())
        except DpnbError:  # a ledger that cannot be read
            reads = reads_of(task)
        except Exception as error:  # noqa: BLE001 - told to nobody, it would leave the run waiting for ever
            reads = reads_that_failed(task, error)
        self._seen(command, reads)
