"""The definition of a task: frozen once it is registered."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dpnb.registry.concurrency_group import ConcurrencyGroup
    from dpnb.registry.schema import TaskSchema


class TaskKind(StrEnum):
    """How a task's function is called."""

    FUNCTION = "function"
    COROUTINE = "coroutine"
    GENERATOR = "generator"
    ASYNC_GENERATOR = "async generator"
    NOTEBOOK = "notebook"

    @property
    def is_async(self) -> bool:
        """Whether the function needs an event loop."""
        return self in (TaskKind.COROUTINE, TaskKind.ASYNC_GENERATOR)

    @property
    def is_generator(self) -> bool:
        """Whether the function yields."""
        return self in (TaskKind.GENERATOR, TaskKind.ASYNC_GENERATOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLocation:
    """Where a task was defined: a module and, in Jupyter, the cell's execution count.

    `cell_id` is the cell itself, however often it is run; None where the front end does not say which it is.
    """

    module: str
    qualname: str
    file: str
    line: int
    cell: int | None = None
    cell_id: str | None = None

    def __str__(self) -> str:
        if self.cell is not None:
            return f"cell [{self.cell}], line {self.line}"
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskMetadata:
    """The definition of a task.

    `dependencies` is ``None`` where the decorator was not given any: the parameters' names then decide.
    `retry_delay`, `timeout` and `expires_after` are seconds, `memory_limit` is bytes. `retry_on` holds the names of
    exceptions, those of classes with their modules; None is all of them. `code_digest` identifies the function's
    normalized code. `signature_digest` identifies what a plan depends on (parameters, annotations, return), the same in
    every process.
    """

    name: str
    func: Callable[..., Any]
    kind: TaskKind
    schema: TaskSchema
    location: SourceLocation
    code_digest: str
    signature_digest: str
    tags: tuple[str, ...] = ()  # sorted
    dependencies: tuple[str, ...] | None = None
    inputs: Mapping[str, str]  # parameter → task
    max_retries: int = 0
    retry_delay: float | Callable[[int], float] = 1.0
    retry_on: tuple[str, ...] | None = None
    fail_safe: bool = False
    timeout: float | None = None
    memory_limit: int | None = None
    cpus: float | None = None
    concurrency_group: tuple[ConcurrencyGroup, ...] = ()  # sorted by name
    stream_output: bool = False
    format: str = ""  # of what is stored; empty for a pickle
    version: str | None = None
    reads: tuple[str, ...] = ()  # patterns as they were given
    cache: Literal["auto", "never"] = "auto"
    expires_after: float | None = None
    description: str = ""

    @property
    def is_async(self) -> bool:
        """Whether the function needs an event loop."""
        return self.kind.is_async

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        from dpnb.registry.display import task_bundle

        return task_bundle(self)
