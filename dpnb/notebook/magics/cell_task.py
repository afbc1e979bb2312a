"""A ``%%task`` cell becomes a registered task, as if its function had been written with ``@task``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from dpnb.errors import TaskDefinitionError
from dpnb.notebook.magics.cell_function import Body, Head, check_annotation, declared_parameters, identifier
from dpnb.notebook.magics.task_line import TaskLine, read_task_line
from dpnb.registry import get_registry, task

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dpnb.registry import TaskMetadata


@dataclass(frozen=True, slots=True, kw_only=True)
class CellTask:
    """A cell that was read: its line, the definition that it stands for, and what its author may not have meant."""

    line: TaskLine
    head: Head
    source: str
    notes: tuple[str, ...] = ()

    @classmethod
    def read(cls, line: str, body: str) -> CellTask:
        """Read a cell's line, and its body as Python code.

        A dependency is a variable of its own name, where the body names it; one that it does not name only comes first.

        Raises
        ------
        TaskDefinitionError
            An option is wrong, or there is no body.
        SyntaxError
            The body is no Python.
        """
        told, code = read_task_line(line), Body.of(body)
        if code.is_empty:
            raise TaskDefinitionError(told.name, "the cell has no body.", hint="write below %%task what the task does.")
        names = code.names()
        named = _variables(told)
        declared = declared_parameters(told.name, told.params) if told.params else {}
        received = [name for name in named if name not in declared and (name in names or name in told.inputs)]
        if told.returns:
            check_annotation(told.name, told.returns)
        head = Head(name=identifier(told.name), parameters=(*received, *declared.values()), returns=told.returns)
        taken = {*received, *declared}
        inputs = {name: upstream for name, upstream in named.items() if name in taken and name != upstream}
        notes = [*_unnamed(named, taken), *_passed_over(told, names, taken), *code.notes()]
        options = {**told.options, **({"inputs": inputs} if inputs else {})}
        return cls(line=replace(told, options=options), head=head, source=code.function(head), notes=tuple(notes))


def _variables(told: TaskLine) -> dict[str, str]:
    """Return the tasks that the line names, by the variables that they would be."""
    renamed = set(told.inputs.values())
    variables = dict(told.inputs)
    for upstream in told.depends:
        name = identifier(upstream)
        if upstream in renamed:
            continue
        if name in variables:
            rule = f"{variables[name]!r} and {upstream!r} would both be the variable {name!r}."
            raise TaskDefinitionError(told.name, rule, hint=f"name one yourself: inputs=other:{upstream!r}.")
        variables[name] = upstream
    return variables


def _unnamed(named: dict[str, str], taken: set[str]) -> Iterator[str]:
    for name, upstream in named.items():
        if name not in taken:
            variable = "" if name == upstream else f" (as the variable `{name}`)"
            yield f"`{upstream}` only comes first: the cell does not name it{variable}."


def _passed_over(told: TaskLine, names: frozenset[str], taken: set[str]) -> Iterator[str]:
    known = get_registry().names()
    for name in sorted(names.intersection(known) - taken - {told.name}):
        yield (
            f"`{name}` is a task, but not among what this one depends on: the cell sees the notebook's own `{name}`. "
            f"For the task's result write depends={','.join([*told.depends, name])}."
        )


def define(shell: Any, line: str, cell: str) -> TaskMetadata:
    """Define the task of a cell that a shell is running, and return it; it is registered.

    A task whose name can be a variable is one afterwards, as a function that can be called.

    Raises
    ------
    TaskDefinitionError
        The cell cannot be a task; where its body is no Python, the error names the line.
    """
    raw, number = _running(shell, line, cell)
    above = "\n" * raw[: len(raw) - len(raw.lstrip())].count("\n")
    try:
        read = CellTask.read(line, _python(shell, cell))
        # From now on IPython knows the cell by the definition that it stands for: line for line the same.
        name = shell.compile.cache(above + read.source, number, raw_code=raw)
        code = shell.compile(above + read.source, name, "exec")
    except SyntaxError as error:
        raise _no_python(line, error, above.count("\n")) from error
    made: dict[str, Any] = {}
    try:
        exec(code, shell.user_ns, made)  # noqa: S102 - it is the user's cell
    except Exception as error:
        rule = f"what its params or returns name cannot be had: {type(error).__name__}: {error}."
        hint = "define or import it in a cell above; a def needs its types and defaults as well."
        raise TaskDefinitionError(read.line.name, rule, hint=hint) from error
    function = task(made[read.head.name], name=read.line.name, **read.line.options)
    if read.line.name == read.head.name:
        shell.user_ns[read.head.name] = function
    for note in read.notes:
        print(note)  # noqa: T201 - below the cell, as what a registry says
    return get_registry().get(read.line.name)


def _python(shell: Any, cell: str) -> str:
    """Return a body with what is IPython's own in it, as ``!ls``, turned into Python; its lines stay where they are."""
    lines: str = shell.transform_cell(f"pass\n{cell}")  # a first line, so that empty ones below it stay
    return lines.partition("\n")[2]


def _running(shell: Any, line: str, cell: str) -> tuple[str, int]:
    """Return the cell as it was typed, by which front ends know it, and its number."""
    history = getattr(shell.history_manager, "input_hist_raw", ())
    typed: str = history[-1] if history else ""
    if typed.lstrip().startswith("%%task") and typed.rstrip().endswith(cell.rstrip()):
        return typed, len(history) - 1  # the count itself goes up before a cell runs in some versions, in others after
    return f"%%task {line}\n{cell}", shell.execution_count


def _no_python(line: str, error: SyntaxError, above: int) -> TaskDefinitionError:
    where = f"line {error.lineno + above if error.lineno is not None else '?'}"
    shown = f" in {(error.text or '').strip()!r}" if error.text else ""
    rule = f"{where} of its cell is no Python: {error.msg}{shown}."
    return TaskDefinitionError(read_task_line(line).name, rule, hint="the lines below %%task are those of a function.")
