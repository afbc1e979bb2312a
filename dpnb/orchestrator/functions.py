"""The functions of a run's tasks on their way to workers.

Those of tasks that are going to run are packed as the run starts. Where a stored result is going to take a task's
place, packing would be in vain, so that it waits until the task has to run after all: because that result is gone, or
something before it came out otherwise. What the task is, is then taken anew, for its helpers may have been edited since
the run started: what the ledger tells is what runs.

Nothing is packed for an executor that calls functions in this process: there an open connection is as good as a number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.orchestrator.transport import UNPACKED, pack_function, pack_functions
from dpnb.planner.doubts import run_in_process
from dpnb.planner.task_identity import UNKNOWN, TaskIdentifier, TaskIdentity

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from dpnb.orchestrator.transport import Packed
    from dpnb.planner import ExecutionPlan

_MOST_TRIES = 5


class Functions:
    """The packed functions of a run, by task.

    Parameters
    ----------
    plan
        What runs.
    later
        Tasks that are expected not to.
    is_inline
        Whether they run in this process, where they are called as they are, and one task may change what another reads.

    Raises
    ------
    TransportError
        Something that a function refers to cannot be packed.
    """

    def __init__(self, plan: ExecutionPlan, later: Collection[str] = (), *, is_inline: bool = False) -> None:
        self.is_inline = is_inline
        self._params = plan.params
        self._nodes = plan.dag.nodes
        now = [node.task for name, node in self._nodes.items() if name not in later]
        self._packed = {task.name: UNPACKED for task in now} if is_inline else pack_functions(now)

    def __contains__(self, task: str) -> bool:
        return task in self._packed

    def __getitem__(self, task: str) -> Packed:
        return self._packed[task]

    def pack(self, task: str) -> tuple[TaskIdentity, Mapping[str, str]]:
        """Pack the function of a task that was left for later; return what the task is, and the texts that this names.

        The identity is that of what was packed: it is taken before and after. If somebody edits without a pause, it
        stays unknown. Raises `TransportError`.
        """
        node = self._nodes[task]
        before, _ = self.look_at(task)
        for _ in range(_MOST_TRIES):
            self._packed[task] = UNPACKED if self.is_inline else pack_function(node.task)
            after, sources = self.look_at(task)
            if after == before:
                return after, sources
            before = after
        return UNKNOWN, {}

    def look_at(self, task: str) -> tuple[TaskIdentity, Mapping[str, str]]:
        """Return what a task is now, and the texts that this names."""
        identifier = TaskIdentifier(self._params)
        found = identifier.identify(self._nodes[task])
        if self.is_inline:
            found = run_in_process(found, identifier.fingerprints.get(found.source or ""))
        return found, identifier.sources
