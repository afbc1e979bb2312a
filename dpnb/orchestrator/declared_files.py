"""Looks at the files that a task declares just before it runs, where nobody waits for the answer.

Tasks before it may have written them, so that they cannot be looked at sooner; and there may be many gigabytes of them,
so that the thread which starts tasks cannot wait.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from dpnb.errors import DpnbError
from dpnb.planner.task_identity import reads_of, reads_that_failed

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
        if self._is_inline:
            self._look(command, task)
        else:
            threading.Thread(target=self._look, args=(command, task), name="dpnb-reads", daemon=True).start()

    def _look(self, command: StartAttempt, task: TaskMetadata) -> None:
        try:
            reads = reads_of(task, self._stored.of(task.name) if self._stored is not None else ())
        except DpnbError:  # a ledger that cannot be read
            reads = reads_of(task)
        except Exception as error:  # noqa: BLE001 - told to nobody, it would leave the run waiting for ever
            reads = reads_that_failed(task, error)
        self._seen(command, reads)
