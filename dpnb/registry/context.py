"""What a task may ask about the attempt that it runs in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import logging

OWN_CONTEXT = "dpnb_context"
"""The parameter by which dpnb's own functions take the context; whoever reads of a task need not know of it."""


@runtime_checkable
class TaskContext(Protocol):
    """The attempt as its own task sees it; given to any parameter annotated ``TaskContext``.

    Examples
    --------
    >>> from dpnb import task, TaskContext
    >>> @task
    ... def crawl(context: TaskContext) -> int:
    ...     for page in range(10):
    ...         if context.cancelled:
    ...             break
    ...         context.progress((page + 1) / 10, note=f"page {page}")
    ...     return page
    """

    @property
    def run_id(self) -> str:
        """The run that this attempt belongs to."""
        ...

    @property
    def task_name(self) -> str:
        """The task that is running."""
        ...

    @property
    def attempt(self) -> int:
        """1 for the first try, 2 for the first retry, and so on."""
        ...

    @property
    def logger(self) -> logging.Logger:
        """A logger whose records end up in this attempt's log."""
        ...

    @property
    def cancelled(self) -> bool:
        """Whether the run was cancelled or the deadline has passed; the process is killed soon after."""
        ...

    def progress(self, fraction: float, note: str = "") -> None:
        """Report how much is done, as a fraction from 0 to 1, and in words what is being done."""
        ...
