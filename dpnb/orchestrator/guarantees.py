"""What an executor promises of the attempts that it runs, stated by the executor itself.

Each promise is held by ``tests/contracts/test_executor_guarantees.py`` against every executor that makes it; where one
is not made, the same suite says what happens instead. What a run misses, of what its tasks ask for, is told where it is
shown.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from dpnb.orchestrator.ports import Executor
    from dpnb.planner import ExecutionPlan


class Timeouts(StrEnum):
    """What becomes of an attempt that runs past its task's `timeout`."""

    ENFORCED = "enforced"  # it is timed out, and runs no more
    NOTICED = "noticed"  # it is timed out and what it comes to does not count, but it may still run
    IGNORED = "ignored"  # it takes the time that it takes


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarantees:
    """What holds of every attempt. All that dpnb's own pool promises is the default.

    Parameters
    ----------
    timeouts
        What becomes of an attempt that runs past its deadline.
    kill
        A cancelled attempt runs no more, whether it listens or not.
    isolation
        A process that dies costs the attempt that ran in it, and nothing else.
    live_logs
        What an attempt prints can be read while it runs.
    all_output
        Its log has what child processes and compiled code print, too.
    live_progress
        What it says of its progress, and the chunks that it stores, are known while it runs.
    live_streams
        A task that reads a stream may run beside the one that makes it.
    memory_limits
        An attempt that takes more than its task's `memory_limit` fails with a `MemoryLimitError`.
    surroundings
        Tasks see the working folder and the environment of whoever starts the run.
    clean_slate
        What an attempt changes of its process is undone before the next one.

    Examples
    --------
    >>> Guarantees(kill=False, timeouts=Timeouts.NOTICED).missing(asked={"timeout"})
    ('it cannot kill: timeouts are noticed, not enforced',)
    """

    timeouts: Timeouts = Timeouts.ENFORCED
    kill: bool = True
    isolation: bool = True
    live_logs: bool = True
    all_output: bool = True
    live_progress: bool = True
    live_streams: bool = True
    memory_limits: bool = True
    surroundings: bool = True
    clean_slate: bool = True

    def missing(self, asked: Collection[str] = ()) -> tuple[str, ...]:
        """Say what is not promised, of what matters to every run and of what its tasks ask for.

        Parameters
        ----------
        asked
            Options that any task of the run sets: ``"timeout"``, ``"memory_limit"``, ``"stream_output"``.
        """
        told = [
            (not self.kill and not (self._is_lax and "timeout" in asked), "it cannot kill an attempt that runs"),
            ("timeout" in asked and self.timeouts is Timeouts.NOTICED, _NOTICED),
            ("timeout" in asked and self.timeouts is Timeouts.IGNORED, "timeouts are not looked after"),
            ("memory_limit" in asked and not self.memory_limits, "memory limits are not enforced"),
            ("stream_output" in asked and not self.live_streams, "a stream is read once it is complete"),
            (not self.isolation, "a process that dies takes other attempts with it"),
            (not self.live_logs, "logs are read once an attempt has ended"),
            (not self.live_progress, "progress is not heard of"),
        ]
        return tuple(text for is_so, text in told if is_so)

    @property
    def _is_lax(self) -> bool:
        return self.timeouts is Timeouts.NOTICED

    def names(self) -> tuple[str, ...]:
        """Return the names of the promises that are made."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        values["timeouts"] = self.timeouts is Timeouts.ENFORCED
        return tuple(name for name, is_made in values.items() if is_made)


_NOTICED = "it cannot kill: timeouts are noticed, not enforced"


def missing_of(executor: Executor, plan: ExecutionPlan) -> tuple[str, ...]:
    """Say what an executor does not promise of what a plan's tasks ask for."""
    if len(executor.guarantees.names()) == len(fields(Guarantees)):
        return ()
    tasks = [node.task for node in plan.dag.nodes.values()]
    options = {
        "timeout": any(task.timeout is not None for task in tasks),
        "memory_limit": any(task.memory_limit is not None for task in tasks),
        "stream_output": any(task.stream_output for task in tasks),
    }
    promises = executor.guarantees
    if executor.is_inline:  # who debugs knows that it is their own process
        promises = replace(promises, kill=True, isolation=True, live_streams=True)
    return promises.missing({name for name, is_set in options.items() if is_set})
