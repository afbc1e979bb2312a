"""``notebook_task``: a notebook as a task of a pipeline."""

from __future__ import annotations

import inspect
import keyword
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Unpack

from dpnb.errors import NotebookFormatError, TaskDefinitionError, closest
from dpnb.notebook.parameters import assigned_defaults, is_literal
from dpnb.notebook.tasks.named_inputs import named_inputs
from dpnb.notebook.tasks.source import NotebookSource
from dpnb.registry import SourceLocation, TaskContext, get_registry
from dpnb.registry.asked_form import BY_ADDRESS
from dpnb.registry.context import OWN_CONTEXT
from dpnb.registry.definition import describe_task
from dpnb.registry.metadata import TaskKind
from dpnb.registry.options import AttemptOptions, check_options, remember_function

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from os import PathLike

    from dpnb.registry import TaskMetadata, TaskRegistry
    from dpnb.registry.options import TaskReference

_NOT_FOR_NOTEBOOKS = {
    "inputs": 'a notebook reads what it is given by the tasks\' own names: dpnb.inputs["task"].',
    "stream_output": "a notebook gives one value; let it be a list.",
    "format": "a notebook stores what it gives by itself; let a task that takes it write the file.",
}


def notebook_task(
    path: str | PathLike[str],
    *,
    name: str | None = None,
    dependencies: TaskReference | Iterable[TaskReference] | None = None,
    parameters: Mapping[str, Any] | None = None,
    registry: TaskRegistry | None = None,
    **options: Unpack[AttemptOptions],
) -> Callable[..., Any]:
    """Register a notebook as a task, and return what stands for it in other tasks' ``dependencies=``.

    The notebook is executed in a kernel of its own, in its own folder. There, ``dpnb.inputs["task"]`` is the result of
    an upstream task, and ``dpnb.output(value)`` makes a value the task's result; without that, it is where the executed
    copy lies. `Run.notebook` finds the copy and its HTML, of a failed attempt as far as it came.

    Opened by a person, the same notebook works by itself: ``dpnb.inputs`` gives the newest results of the workspace.

    Parameters
    ----------
    path
        The notebook, from the working directory. It is read when a plan is made, not only now. What counts for reuse is
        the code of its cells and what they import of yours, not prose, comments or outputs; ``reads="report.ipynb"``
        makes these count as well.
    name
        The task's name; the file's without its ending by default.
    dependencies
        The tasks whose results it reads, by name or as functions. Where nothing is given, these are the names that its
        code asks ``dpnb.inputs`` for; ``[]`` says that there are none.
    parameters
        Values for its cell tagged ``parameters``, as papermill injects them. Run parameters of the same names take
        their places.
    registry
        Where to register; the default is ``get_registry()``.
    **options
        Those of `dpnb.task` but for ``inputs``, ``stream_output`` and ``format``.

    Raises
    ------
    TaskDefinitionError
        There is no such notebook, or an option is wrong.
    NotebookFormatError
        The file is no notebook, or not one of Python's.
    DuplicateTaskError
        The name is taken by a task from another module.

    Examples
    --------
    >>> from dpnb import notebook_task
    >>> report = notebook_task("report.ipynb", dependencies=["delays"], parameters={"top": 10})  # doctest: +SKIP
    """
    source = NotebookSource(_found(path))
    subject = source.path.name
    for option, hint in _NOT_FOR_NOTEBOOKS.items():
        if option in options:
            raise TaskDefinitionError(subject, f"a notebook's task has no option {option!r}.", hint=hint)
    code = [cell for cell in source.contents.notebook().cells if cell.cell_type == "code"]
    chosen = named_inputs(cell.source for cell in code) if dependencies is None else dependencies
    upstream = check_options(subject, {"dependencies": chosen})["dependencies"]
    given = _checked(subject, parameters or {}, upstream)
    defaults = {key: value for key, value in assigned_defaults(code).items() if key not in upstream}
    function = _function(source, _parameter_names(upstream, [*defaults, *given]), given, {**defaults, **given})
    module = str(sys._getframe(1).f_globals.get("__name__", "__main__"))  # noqa: SLF001 - where the notebook is named
    task = _described(function, source, {"name": name or source.path.stem, **options}, upstream, module)
    (get_registry() if registry is None else registry).register(task)
    remember_function(function, task.name)
    return function


def _found(path: str | PathLike[str]) -> Path:
    """Return a notebook's whole path. Raises `TaskDefinitionError` where there is none."""
    file = Path(path).expanduser().absolute()
    if file.is_file():
        if file.suffix != ".ipynb":
            raise NotebookFormatError(file.name, "its name does not end with .ipynb")
        return file
    there = [one.name for one in file.parent.glob("*.ipynb")]
    near = closest(file.name, there) or closest(f"{file.name}.ipynb", there)
    hint = f"did you mean {' or '.join(map(repr, near))}?" if near else f"looked for from {str(Path.cwd())!r}."
    raise TaskDefinitionError(str(path), "there is no such notebook.", hint=hint)


def _checked(subject: str, parameters: Mapping[str, Any], upstream: Iterable[str]) -> dict[str, Any]:
    for name, value in parameters.items():
        if not str(name).isidentifier() or keyword.iskeyword(name):
            raise TaskDefinitionError(subject, f"{name!r} can be no parameter.", hint="name a variable of its cells.")
        if name in upstream:
            hint = f"leave it out; the notebook reads dpnb.inputs[{name!r}]."
            raise TaskDefinitionError(subject, f"{name!r} is a parameter and a dependency.", hint=hint)
        require_literal(subject, name, value)
    return dict(sorted(parameters.items()))


def require_literal(subject: str, name: str, value: Any) -> None:
    """Raise `TaskDefinitionError` unless a value can be written into a notebook as code."""
    if not is_literal(value):
        raise TaskDefinitionError(
            subject,
            f"its parameter {name!r} cannot be written into a notebook: {type(value).__name__}.",
            hint="give numbers, texts, True, False, None, lists and dicts of these; anything else as a task's result.",
        )


def _parameter_names(upstream: Iterable[str], taken: Iterable[str]) -> dict[str, str]:
    """Return the tasks by the names of the parameters that stand for them: their own, where these are names."""
    reserved = {OWN_CONTEXT, *taken}
    names: dict[str, str] = {}
    for number, task in enumerate(upstream, 1):
        is_name = task.isidentifier() and not keyword.iskeyword(task) and task not in reserved
        names[task if is_name else f"input_{number}"] = task
    return names


def _function(
    source: NotebookSource, inputs: Mapping[str, str], parameters: Mapping[str, Any], defaults: Mapping[str, Any]
) -> Callable[..., Any]:
    """Return the task's function. What it holds is what a fingerprint reads: the notebook, and its parameters."""
    tasks, values = dict(inputs), dict(parameters)

    def execute_notebook(**given: Any) -> Any:
        from dpnb.notebook.tasks.calling import call_notebook

        return call_notebook(source, tasks, values, given)

    execute_notebook.__dict__["__signature__"] = _signature(tasks, defaults)
    name = execute_notebook.__name__ = execute_notebook.__qualname__ = re.sub(r"\W", "_", source.path.stem)
    execute_notebook.__code__ = execute_notebook.__code__.replace(co_name=name, co_qualname=name)
    return execute_notebook


def _signature(tasks: Iterable[str], defaults: Mapping[str, Any]) -> inspect.Signature:
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Signature(
        [
            *(inspect.Parameter(name, kind, annotation=Annotated[Any, BY_ADDRESS]) for name in tasks),
            *(inspect.Parameter(name, kind, default=value) for name, value in defaults.items()),
            inspect.Parameter(OWN_CONTEXT, kind, annotation=TaskContext),
        ]
    )


def _described(
    function: Callable[..., Any],
    source: NotebookSource,
    options: Mapping[str, Any],
    upstream: tuple[str, ...],
    module: str,
) -> TaskMetadata:
    from dpnb.registry.fingerprint import code_digest
    from dpnb.registry.fingerprint.digests import digest

    function.__module__ = module
    names = [name for name, one in inspect.signature(function).parameters.items() if one.annotation is not TaskContext]
    inputs = dict(zip(names, upstream, strict=False))
    given = {"description": source.contents.title, **options, "dependencies": upstream, "inputs": inputs}
    task = describe_task(function, **given)
    values = inspect.getclosurevars(function).nonlocals["values"]
    return replace(
        task,
        kind=TaskKind.NOTEBOOK,
        location=SourceLocation(module=module, qualname=task.location.qualname, file=str(source.path), line=1),
        code_digest=digest([code_digest(source.__wrapped__), repr(values)]),
    )
