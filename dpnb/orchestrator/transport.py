"""Packs a task's function and its run parameters for the way to a worker, by value, before anything starts.

Packing at the start of a run is what lets a cell be run again while the run goes on: the run keeps the code that it
started with. A value that cannot travel is refused here, with the path to it. What is not packed at once, since it is
not expected to run, is told by `dpnb.orchestrator.functions`.
"""

from __future__ import annotations

import inspect
import io
import warnings
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from types import FunctionType
from typing import TYPE_CHECKING, Any

from dpnb.errors import TransportError
from dpnb.orchestrator.pool.by_value import by_value_pickler
from dpnb.registry.fingerprint.names import uses_of
from dpnb.registry.fingerprint.uses import mentions
from dpnb.results.mapped_pickle.rebuilt import is_dispatcher

if TYPE_CHECKING:
    import pickle
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from dpnb.registry import TaskMetadata

_LARGE_BYTES = 10 * 2**20
_DEEPEST_SEARCH = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A pickle and its digest, under which workers keep it."""

    digest: bytes
    blob: bytes


UNPACKED = Packed(digest=b"", blob=b"")
"""Stands for a function that is called in this process, which needs no pickle of it."""


def pack(value: object) -> Packed:
    """Pickle by value what the other side cannot import. Raises whatever pickling raises."""
    file = io.BytesIO()
    _pickler_class()(file, protocol=5).dump(value)
    blob = file.getvalue()
    return Packed(digest=blake2b(blob, digest_size=16).digest(), blob=blob)


@cache
def _pickler_class() -> type[pickle.Pickler]:
    by_value: Any = by_value_pickler()  # to derive from; type checkers know no classes that functions return

    class TransportPickler(by_value):  # type: ignore[misc]
        def reducer_override(self, obj: Any) -> Any:
            reduced = super().reducer_override(obj)
            is_by_value = isinstance(reduced, tuple)  # else it is imported by its name
            if isinstance(obj, FunctionType) and is_by_value and not is_dispatcher(obj):
                add_mentioned(obj, reduced[2][1]["__globals__"])
            return reduced

    pickler: type[pickle.Pickler] = TransportPickler
    return pickler


def add_mentioned(func: FunctionType, held: dict[str, Any]) -> None:
    """Add the globals that a function names in texts only, as in ``frame.query("delay > @LIMIT")``."""
    texts = [value for value in held.values() if type(value) is str]
    named = [use.name for use in uses_of(func.__code__) if use.origin == "mention"]
    for name in (*named, *(name for text in texts for name in mentions(text))):
        if name in func.__globals__:
            held.setdefault(name, func.__globals__[name])


def pack_functions(tasks: Iterable[TaskMetadata]) -> dict[str, Packed]:
    """Pack the function of each task, one that several tasks share only once.

    Raises
    ------
    TransportError
        Something that a function refers to cannot be pickled; the message names the path to it.
    """
    by_function: dict[int, Packed] = {}
    packed: dict[str, Packed] = {}
    for task in tasks:
        key = id(task.func)
        if key not in by_function:
            by_function[key] = pack_function(task)
        packed[task.name] = by_function[key]
    return packed


def pack_params(params: Mapping[str, Any]) -> None:
    """Refuse run parameters that cannot travel. Raises `TransportError`."""
    for name, value in params.items():
        reason = _refusal(value)
        if reason is not None:
            raise TransportError(f"run parameter {name!r}", _path_to_culprit(value, f"params[{name!r}]"), reason)


def pack_function(task: TaskMetadata) -> Packed:
    """Pack the function of a task. Raises `TransportError`."""
    try:
        packed = pack(task.func)
    except Exception as error:
        for name, value in _references(task.func):
            if _refusal(value) is not None:
                path = _path_to_culprit(value, name)
                raise TransportError(f"task {task.name!r}", path, str(error)) from error
        raise TransportError(f"task {task.name!r}", task.func.__qualname__, str(error)) from error
    if len(packed.blob) > _LARGE_BYTES:
        _warn_of_size(task, len(packed.blob))
    return packed


def _warn_of_size(task: TaskMetadata, size_bytes: int) -> None:
    sizes = [(len(pack(value).blob), name) for name, value in _references(task.func)]
    largest = max(sizes, default=(0, ""))
    warnings.warn(
        f"Task {task.name!r} takes {size_bytes / 2**20:,.0f} MiB with it to every worker"
        + (f", {largest[0] / 2**20:,.0f} MiB of them in {largest[1]!r}" if largest[1] else "")
        + "; give large values to it as the result of another task.",
        stacklevel=5,
    )


def _references(func: Callable[..., Any]) -> Iterator[tuple[str, Any]]:
    """Yield the names and values that travel with a function: globals, closure, defaults."""
    plain = inspect.unwrap(func)
    closure = inspect.getclosurevars(plain)
    yield from closure.nonlocals.items()
    yield from closure.globals.items()
    for name, parameter in inspect.signature(plain).parameters.items():
        if parameter.default is not inspect.Parameter.empty:
            yield f"{name} (default)", parameter.default


def _refusal(value: Any) -> str | None:
    try:
        pack(value)
    except Exception as error:  # noqa: BLE001 - any class may raise anything while it is pickled
        return f"{type(error).__name__}: {error}"
    return None


def _path_to_culprit(value: Any, path: str, depth: int = 0) -> str:
    """Follow containers and attributes down to the first part that cannot be pickled."""
    if depth < _DEEPEST_SEARCH:
        for step, part in _parts(value):
            if _refusal(part) is not None:
                return _path_to_culprit(part, path + step, depth + 1)
    return f"{path} ({type(value).__name__})"


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from ((f"[{key!r}]", part) for key, part in value.items())
    elif isinstance(value, list | tuple):
        yield from ((f"[{index}]", part) for index, part in enumerate(value))
    elif inspect.isfunction(value):
        yield from ((f" → {name}", part) for name, part in _references(value))
    else:
        yield from ((f".{name}", part) for name, part in getattr(value, "__dict__", {}).items())
