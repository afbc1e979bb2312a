"""A function and its options become a `TaskMetadata`, without being registered anywhere."""

from __future__ import annotations

import inspect
import linecache
import sys
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Unpack

from dpnb.errors import TaskDefinitionError, closest
from dpnb.registry.callables import kind_of, layers, plain_function
from dpnb.registry.metadata import SourceLocation, TaskKind, TaskMetadata
from dpnb.registry.options import TaskOptions, check_options
from dpnb.registry.schema import TaskSchema, read_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import FunctionType


def describe_task(func: Callable[..., Any], **options: Unpack[TaskOptions]) -> TaskMetadata:
    """Read a function's definition as a task; `options` are those of `dpnb.task`.

    Raises
    ------
    TaskDefinitionError
        The function cannot be a task, or an option is wrong.

    Examples
    --------
    >>> def delays(flights: list[int]) -> float:
    ...     return sum(flights) / len(flights)
    >>> print(describe_task(delays, tags=["etl"]).schema)
    (flights: list[int]) → float
    """
    from dpnb.registry.fingerprint import code_digest, signature_digest
    from dpnb.registry.fingerprint.module_files import module_files

    module_files.look_around()
    function = plain_function(func)
    checked = check_options(function.__qualname__, dict(options))
    schema, kind = read_schema(function), kind_of(function)
    streams = checked.get("stream_output", False)
    _check_inputs(function, schema, checked.get("inputs", {}))
    _check_stream(function, kind, streams=streams)
    checked |= {
        "name": checked.get("name") or function.__name__,
        "inputs": MappingProxyType(dict(checked.get("inputs", {}))),
        "description": _description(function) if checked.get("description") is None else checked["description"],
    }
    return TaskMetadata(
        func=function,
        kind=kind,
        schema=schema,
        location=_locate(function),
        code_digest=code_digest(function),
        signature_digest=signature_digest(schema, kind, stream_output=streams),
        **checked,
    )


def _check_inputs(func: FunctionType, schema: TaskSchema, inputs: Mapping[str, str]) -> None:
    names = [parameter.name for parameter in schema.parameters]
    for parameter in inputs:
        if parameter not in names:
            near = closest(parameter, names)
            takes = f"it takes {', '.join(map(repr, names))}." if names else "it takes no parameters."
            raise TaskDefinitionError(
                func.__qualname__,
                f"inputs names the parameter {parameter!r}, which the function does not have.",
                hint=f"did you mean {' or '.join(map(repr, near))}?" if near else takes,
            )


def _check_stream(func: FunctionType, kind: TaskKind, *, streams: bool) -> None:
    if streams and not kind.is_generator:
        raise TaskDefinitionError(
            func.__qualname__,
            "stream_output=True needs a function that yields its chunks.",
            hint="yield the chunks one by one, or leave stream_output out to store one value.",
        )


def _description(func: FunctionType) -> str:
    """Return the first paragraph of the docstring on one line."""
    return " ".join((inspect.getdoc(func) or "").partition("\n\n")[0].split())


def _locate(func: FunctionType) -> SourceLocation:
    code = func.__code__
    for layer in layers(func):  # the innermost is what the user wrote
        code = getattr(layer, "__code__", code)
    shell = _shell(func.__module__, code.co_filename)
    return SourceLocation(
        module=func.__module__,
        qualname=func.__qualname__,
        file=code.co_filename,
        line=code.co_firstlineno,
        cell=_cell(shell),
        cell_id=_cell_id(shell),
    )


def _shell(module: str, file: str) -> Any:
    """Return what runs the notebook cell that the function comes from; None where it comes from elsewhere."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if module == "__main__" and ipython is not None else None
    return shell if shell is not None and _is_typed_in(file) else None


def _cell_id(shell: Any) -> str | None:
    """Return the id of the cell that is running, where the front end has told it."""
    kernel = getattr(shell, "kernel", None)
    parent = kernel.get_parent("shell") if kernel is not None else None
    cell_id = (parent or {}).get("metadata", {}).get("cellId")
    return cell_id if isinstance(cell_id, str) else None


def _cell(shell: Any) -> int | None:
    """Return the number of the notebook cell that is running."""
    if shell is None or shell.history_manager is None:
        return None
    # IPython counts up before a cell runs since 9.x and after it until then, but has always stored its source before.
    return len(shell.history_manager.input_hist_raw) - 1


def _is_typed_in(file: str) -> bool:
    """Tell code that was typed in from code read from a file (``%run``): linecache knows no time of change for it."""
    entry = linecache.cache.get(file, ())
    return len(entry) > 1 and entry[1] is None
