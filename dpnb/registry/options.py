"""The options of ``@task``: what each may be, and how a wrong one is refused."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta  # noqa: TC003 - the options' types are resolved where tools ask for them
from os import PathLike  # noqa: TC003 - as above
from types import FunctionType
from typing import Any, Literal, TypedDict

from dpnb.errors import TaskDefinitionError, closest
from dpnb.registry.byte_sizes import parse_bytes
from dpnb.registry.concurrency_group import ConcurrencyGroup
from dpnb.registry.option_rules import is_finite, one_or_many, text, wrong
from dpnb.registry.output_format import check_format
from dpnb.registry.reuse_options import check_cache, check_expiry, check_reads, check_version

type TaskReference = str | Callable[..., Any]
"""A task by its name, or by its decorated function."""

type ExceptionReference = str | type[BaseException]
"""An exception by its class, or by its name."""

_names_of_functions: weakref.WeakKeyDictionary[Callable[..., Any], str] = weakref.WeakKeyDictionary()


class AttemptOptions(TypedDict, total=False):
    """What a task may say of how it is chosen, run and reused, whatever it is made of; all of it optional."""

    tags: str | Iterable[str]
    max_retries: int
    retry_delay: float | Callable[[int], float]
    retry_on: ExceptionReference | Iterable[ExceptionReference] | None
    fail_safe: bool
    timeout: float | None
    memory_limit: int | str | None
    cpus: float | None
    concurrency_group: str | Iterable[str]
    version: str | None
    reads: str | PathLike[str] | Iterable[str | PathLike[str]]
    cache: Literal["auto", "never"]
    expires_after: float | timedelta | None
    description: str | None


class TaskOptions(AttemptOptions, total=False):
    """What ``@task`` accepts, all of it optional; ``help(task)`` tells what each is for."""

    name: str | None
    dependencies: TaskReference | Iterable[TaskReference] | None
    inputs: Mapping[str, TaskReference]
    stream_output: bool
    format: str | None


def check_options(subject: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options in their stored form; those not given are absent.

    Raises
    ------
    TaskDefinitionError
        An option is unknown, or its value is of the wrong type or out of range.
    """
    for option in options:
        if option not in _CHECKS:
            near = closest(option, _CHECKS)
            hint = f"did you mean {' or '.join(near)}?" if near else f"the options are {', '.join(_CHECKS)}."
            raise TaskDefinitionError(subject, f"@task has no option {option!r}.", hint=hint)
    return {option: _CHECKS[option](subject, option, value) for option, value in options.items()}


def remember_function(func: Callable[..., Any], name: str) -> None:
    """Let ``dependencies=[func]`` mean the task `name`."""
    _names_of_functions[func] = name


_TEXT_RULES = {
    "tags": "words that are not empty",
    "dependencies": "names of tasks, or functions decorated with @task",
    "inputs": "parameters' names with names of tasks, or functions decorated with @task",
    "retry_on": "exceptions, or names of exceptions",
    "concurrency_group": 'names, or names with limits as in "db:2"',
}


def _text(subject: str, option: str, value: Any) -> str:
    return text(subject, option, value, rule=_TEXT_RULES.get(option, "text that is not empty"))


def _optional_text(subject: str, option: str, value: Any) -> str | None:
    return None if value is None else _text(subject, option, value)


def _description(subject: str, option: str, value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise wrong(subject, option, "text", value, "leave it out to use the function's docstring.")


def _tags(subject: str, option: str, value: Any) -> tuple[str, ...]:
    return tuple(sorted({_text(subject, option, tag) for tag in one_or_many(subject, option, value)}))


def _dependencies(subject: str, option: str, value: Any) -> tuple[str, ...] | None:
    if value is None:
        return None
    names = (_task_name(subject, option, reference) for reference in one_or_many(subject, option, value))
    return tuple(dict.fromkeys(names))


def _inputs(subject: str, option: str, value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise wrong(subject, option, "a mapping of parameters to tasks", value, 'write inputs={"parameter": "task"}.')
    return {_text(subject, option, name): _task_name(subject, option, task) for name, task in value.items()}


def _task_name(subject: str, option: str, reference: Any) -> str:
    if not isinstance(reference, FunctionType):
        return _text(subject, option, reference)
    name = _names_of_functions.get(reference)
    if name is None:
        rule = f"{option} names the function {reference.__qualname__!r}, which is not a task."
        raise TaskDefinitionError(subject, rule, hint="decorate that function with @task, or give a task's name.")
    return name


def _count(subject: str, option: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise wrong(subject, option, "a whole number of at least 0", value, f"{option}=0 means a single attempt.")
    return value


def _delay(subject: str, option: str, value: Any) -> float | Callable[[int], float]:
    if callable(value):
        delay: Callable[[int], float] = value
        return delay
    if is_finite(value) and value >= 0:
        return float(value)
    hint = "give seconds, or a function that takes the number of failed attempts and returns seconds."
    raise wrong(subject, option, "seconds of at least 0, or a function", value, hint)


def _timeout(subject: str, option: str, value: Any) -> float | None:
    if value is None:
        return None
    if is_finite(value) and value > 0:
        return float(value)
    raise wrong(subject, option, "seconds above 0", value, "leave it out, or give None, for no limit.")


def _exceptions(subject: str, option: str, value: Any) -> tuple[str, ...] | None:
    """Return names, which is all that is needed of classes that may live in a worker only."""
    if value is None:
        return None
    names = tuple(dict.fromkeys(_exception(subject, option, one) for one in one_or_many(subject, option, value)))
    if names:
        return names
    raise wrong(subject, option, "at least one exception", value, "leave it out, or give None, to retry on all.")


def _exception(subject: str, option: str, value: Any) -> str:
    if isinstance(value, str):
        return _text(subject, option, value)
    if isinstance(value, type) and issubclass(value, BaseException):
        return f"{value.__module__}.{value.__qualname__}"
    hint = f"write {option}=(ConnectionError, TimeoutError), or their names as text."
    raise wrong(subject, option, "exceptions", value, hint)


def _memory(subject: str, option: str, value: Any) -> int | None:
    if value is None:
        return None
    try:
        count = parse_bytes(value) if isinstance(value, str) else value
    except ValueError:
        count = None
    if isinstance(count, int) and not isinstance(count, bool) and count > 0:
        return count
    hint = f'write {option}="500MB", "2GiB" or a whole number of bytes.'
    raise wrong(subject, option, "bytes above 0", value, hint)


def _cpus(subject: str, option: str, value: Any) -> float | None:
    if value is None:
        return None
    if is_finite(value) and value > 0:
        return float(value)
    raise wrong(subject, option, "a number above 0", value, f"write {option}=2 where the task uses two processors.")


def _groups(subject: str, option: str, value: Any) -> tuple[ConcurrencyGroup, ...]:
    found: dict[str, ConcurrencyGroup] = {}
    for written in one_or_many(subject, option, value):
        try:
            group = ConcurrencyGroup.parse(_text(subject, option, written))
        except ValueError as error:
            if isinstance(error, TaskDefinitionError):
                raise
            hint = 'write "db:2", or "db" where another task states the limit.'
            raise wrong(subject, option, 'a name, or a name and a limit as in "db:2"', written, hint) from None
        if group.name in found:
            raise wrong(subject, option, "different groups", value, "name each group once.")
        found[group.name] = group
    return tuple(sorted(found.values(), key=lambda group: group.name))


def _flag(subject: str, option: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise wrong(subject, option, "True or False", value, f"write {option}=True to switch it on.")


_CHECKS: dict[str, Callable[[str, str, Any], Any]] = {
    "name": _optional_text,
    "tags": _tags,
    "dependencies": _dependencies,
    "inputs": _inputs,
    "max_retries": _count,
    "retry_delay": _delay,
    "retry_on": _exceptions,
    "fail_safe": _flag,
    "timeout": _timeout,
    "memory_limit": _memory,
    "cpus": _cpus,
    "concurrency_group": _groups,
    "stream_output": _flag,
    "format": check_format,
    "version": check_version,
    "reads": check_reads,
    "cache": check_cache,
    "expires_after": check_expiry,
    "description": _description,
}
