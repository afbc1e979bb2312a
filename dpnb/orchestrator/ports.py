"""What the orchestrator needs from whatever executes attempts, stated as guarantees.

What every attempt leads to is a named tuple: it is made in a fraction of a frozen dataclass's time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from dpnb.orchestrator.context import ExecutionContext
    from dpnb.orchestrator.executable import ExecutableTask, TaskResult
    from dpnb.orchestrator.guarantees import Guarantees
    from dpnb.orchestrator.transport import Packed


class AttemptBegun(NamedTuple):
    """An attempt has left the executor's queue.

    One that is over soon after may not be reported begun; one that is cancelled without such a report never began.
    """

    task: str
    attempt: int


class AttemptOver(NamedTuple):
    """An attempt has ended. `error` is the exception itself where the executor shares the caller's process."""

    result: TaskResult
    error: BaseException | None = None


class AttemptSaid(NamedTuple):
    """A running attempt sent a record: a stored chunk, progress, a word on a stream that it reads."""

    task: str
    attempt: int
    content: object


class ExecutorLost(NamedTuple):
    """The executor is gone with all attempts that it had; none of them is reported over any more."""

    reason: str


type Report = Callable[[AttemptBegun | AttemptOver | AttemptSaid | ExecutorLost], None]


class ExecutorSession(Protocol):
    """One run's use of an executor.

    Guarantees of every adapter:

    - each started attempt is reported over exactly once, whatever became of its process, after all that it said, unless
      the executor itself is lost, which is reported once in their place;
    - what an attempt prints is in its log before it is reported over;
    - what an attempt comes to that was reported over before its end is stored under no name that counts.

    What else holds depends on what the executor can do, which it states itself (`dpnb.orchestrator.guarantees`): as a
    rule an attempt that runs past `timeout` seconds is reported as timed out and no longer runs, and after `close`
    nothing of the run is left running.
    """

    def start(self, task: ExecutableTask, function: Packed, *, timeout: float | None) -> None:
        """Begin an attempt, or queue it: at most the executor's capacity and lookahead are started at once."""
        ...

    def cancel(self, task_name: str, *, at_once: bool) -> None:
        """Stop the attempt of this task that runs, gently or at once; nothing happens where none does."""
        ...

    def recall(self, task_name: str) -> None:
        """Take the attempt of this task back, which is then over as cancelled; nothing happens once it has begun."""
        ...

    def tell(self, task_name: str, content: object) -> None:
        """Send something to the attempt of this task that runs; nothing happens where none does."""
        ...

    def close(self) -> None:
        """Give everything back."""
        ...


class Executor(Protocol):
    """Where attempts run: worker processes, the calling process, another engine."""

    @property
    def name(self) -> str:
        """What it is called where a run is shown."""
        ...

    @property
    def guarantees(self) -> Guarantees:
        """What it promises, once a run is open."""
        ...

    @property
    def capacity(self) -> int:
        """How many attempts run at once."""
        ...

    @property
    def lookahead(self) -> int:
        """How many more attempts it queues to its use while attempts are short."""
        ...

    @property
    def short_s(self) -> float:
        """Below how many seconds attempts are short: so long the way of an answer and of the next attempt takes."""
        ...

    @property
    def is_inline(self) -> bool:
        """Whether attempts run in the thread that starts the pipeline, which then waits for its end."""
        ...

    def open(self, context: ExecutionContext, report: Report) -> ExecutorSession:
        """Begin a run; `report` may be called from any thread and returns at once."""
        ...
