"""``@task``: the one line that makes a function part of a pipeline."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Unpack, cast, overload

from dpnb.registry.definition import describe_task
from dpnb.registry.options import TaskOptions, remember_function
from dpnb.registry.registry import TaskRegistry, get_registry

if TYPE_CHECKING:
    from collections.abc import Callable


@overload
def task[F: Callable[..., Any]](
    func: F, /, *, registry: TaskRegistry | None = None, **options: Unpack[TaskOptions]
) -> F: ...


@overload
def task[F: Callable[..., Any]](
    func: None = None, /, *, registry: TaskRegistry | None = None, **options: Unpack[TaskOptions]
) -> Callable[[F], F]: ...


def task(
    func: Callable[..., Any] | None = None,
    /,
    *,
    registry: TaskRegistry | None = None,
    **options: Unpack[TaskOptions],
) -> Callable[..., Any]:
    """Register a function as a task, and return the function unchanged.

    It takes sync and async functions, generators and async generators. A parameter named like another task receives
    that task's result; others come from the run's parameters, or keep their defaults.

    Parameters
    ----------
    registry
        Where to register; the default is ``get_registry()``.
    name
        The task's name; the function's own by default. Any text that is not empty.
    tags
        One word or several by which plans select tasks.
    dependencies
        Tasks that must come first, by name or as decorated functions, one or several. Those that no parameter takes
        only come first. Where nothing is given, the names of the parameters decide; ``[]`` says that there are none.
    inputs
        Which task fills which parameter, where their names differ: ``{"parameter": "task"}``.
    max_retries
        How many more attempts a failed task gets.
    retry_delay
        Seconds before the first retry, which later ones lengthen, or a function from the number of the failed attempt
        to seconds.
    retry_on
        The exceptions after which it is tried again, as classes or by name, one or several; what derives from them
        counts. Where nothing is given, any failure is. A deadline that has passed is a ``TimeoutError``, a worker that
        has died a ``WorkerDiedError``; they are named like any other.
    fail_safe
        Whether the run goes on when the task has failed for good.
    timeout
        Seconds that one attempt may take; None for no limit.
    memory_limit
        Bytes of memory that one attempt may use beyond its inputs, as a number or as ``"500MB"`` or ``"2GiB"``; child
        processes count, mapped files do not. One that wants more fails with a ``MemoryLimitError``.
    cpus
        How many processors it uses. It takes as many workers' places, rounded up, so that fewer tasks run beside it;
        one that wants more than there are runs alone.
    concurrency_group
        ``"db:2"``: of the tasks of the group ``db``, at most two run at once. Other tasks may state the same limit, or
        say ``"db"`` only. Several groups are a list.
    stream_output
        Whether each chunk that the function yields is stored by itself, as soon as it is yielded. Otherwise a
        generator's chunks become one list. A task that takes the chunks as an ``Iterator`` or ``AsyncIterator`` starts
        with the first of them, where there is a free worker; this one then gets at most 16 chunks ahead of it.
    format
        In which format what it returns is stored, each chunk by itself where it streams: ``"parquet"`` or ``"feather"``
        for frames of pandas, polars and Arrow, ``"npy"`` or ``"npz"`` for arrays, ``"json"``, ``"txt"``, ``"bytes"``,
        ``"png"`` or ``"svg"`` for figures, or one that `dpnb.results.register_serializer` was told of. What is stored
        is read again and compared; a value that the format would change fails the attempt. Without, it is a pickle,
        which holds anything. Another format than before makes the task run again.
    version
        Any text that stands for what cannot be tracked of the code: an open connection, a model behind a service. Its
        stored results count until the text changes.
    reads
        Files that the function reads by itself, as paths or globs, one or several: ``"data/**/*.csv"``. They are
        looked for from the working directory, ``~`` is the home directory, and a folder stands for all files in it.
        Stored results count until a file is added, removed, or holds something else.
    cache
        ``"never"`` runs the task each time, even where a rerun would find nothing changed.
    expires_after
        For how long a stored result counts, in seconds or as a ``timedelta``; None for ever. It is for what is
        fetched from outside.
    description
        What it does, in a sentence; by default the docstring's first paragraph.

    Raises
    ------
    TaskDefinitionError
        The function cannot be a task (a method, a lambda, a class), or an option is wrong.
    DuplicateTaskError
        The name is taken by a task from another module. In the same module the task is replaced.

    Examples
    --------
    >>> from dpnb import task
    >>> @task
    ... def flights(year: int = 2013) -> list[int]:
    ...     return [year, year + 1]
    >>> @task(tags=["etl"], max_retries=2, timeout=60)
    ... def delays(flights: list[int]) -> int:
    ...     return sum(flights)
    >>> delays([1, 2])
    3
    """
    chosen = get_registry() if registry is None else registry

    def register[F: Callable[..., Any]](function: F) -> F:
        metadata = chosen.register(describe_task(function, **options))
        remember_function(metadata.func, metadata.name)
        return function

    return register if func is None else register(func)


def _shown_signature() -> inspect.Signature:
    """Return the signature that Shift+Tab shows: every option by name, with its default."""
    defaults: dict[str, Any] = {
        "registry": None,
        "name": None,
        "tags": (),
        "dependencies": None,
        "inputs": {},
        "max_retries": 0,
        "retry_delay": 1.0,
        "retry_on": None,
        "fail_safe": False,
        "timeout": None,
        "memory_limit": None,
        "cpus": None,
        "concurrency_group": (),
        "stream_output": False,
        "format": None,
        "version": None,
        "reads": (),
        "cache": "auto",
        "expires_after": None,
        "description": None,
    }
    annotations: dict[str, Any] = {"registry": "TaskRegistry | None", **TaskOptions.__annotations__}
    first = inspect.Parameter("func", inspect.Parameter.POSITIONAL_ONLY, default=None)
    options = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=_written(annotations[name]))
        for name, default in defaults.items()
    ]
    return inspect.Signature([first, *options])


def _written(annotation: Any) -> Any:
    return getattr(annotation, "__forward_arg__", annotation)


cast("Any", task).__signature__ = _shown_signature()
