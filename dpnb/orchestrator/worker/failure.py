"""Turns a raised exception into facts that survive any pickling: a user's exception class cannot break them.

Source lines are not read here: those of notebook cells are known to the kernel only, so that the orchestrator adds them
when it formats the facts (`dpnb.orchestrator.tracebacks`).
"""

from __future__ import annotations

import os
import sysconfig
from pathlib import Path
from traceback import FrameSummary, TracebackException

from dpnb.errors import NotebookExecutionError
from dpnb.orchestrator.executable import ExceptionFacts, FrameFacts

_LIBRARIES = (
    *{os.path.realpath(sysconfig.get_path(name)) + os.sep for name in ("stdlib", "platstdlib", "purelib", "platlib")},
    str(Path(__file__).resolve().parents[2]) + os.sep,
    "<frozen ",
)
_LONGEST_TEXT = 10_000  # characters of a message
_COMPILED = (".pyx", ".pxi", ".pxd")


def describe_exception(error: BaseException) -> tuple[ExceptionFacts, ...]:
    """Return the chain of exceptions that led to `error`, the first raised first, `error` last.

    What a notebook's cell has raised in its kernel is told in place of the error that stands for it here.
    """
    if isinstance(error, NotebookExecutionError) and error.told:
        return error.told
    told: TracebackException | None = TracebackException(type(error), error, error.__traceback__, lookup_lines=False)
    chain: list[ExceptionFacts] = []
    while told is not None:
        if told.__cause__ is not None:
            earlier, relation = told.__cause__, "cause"
        elif told.__context__ is not None and not told.__suppress_context__:
            earlier, relation = told.__context__, "context"
        else:
            earlier, relation = None, ""
        chain.append(_describe(told, relation))
        told = earlier
    return tuple(reversed(chain))


def type_names(error: BaseException) -> tuple[str, ...]:
    """Return the names of the exception's class and of all that it derives from, each with its module.

    Names, because the classes may be known to this process only.

    Examples
    --------
    >>> type_names(KeyError("x"))
    ('builtins.KeyError', 'builtins.LookupError', 'builtins.Exception', 'builtins.BaseException')
    """
    if isinstance(error, NotebookExecutionError) and error.told:
        return error.told_types
    return tuple(f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__[:-1])


def _describe(told: TracebackException, relation: str) -> ExceptionFacts:
    text = list(told.format_exception_only())
    for member in told.exceptions or ():
        text.extend(f"  | {line}\n" for part in member.format() for line in part.splitlines())
    return ExceptionFacts(
        type=_type_name(told),
        message=_cut(str(told)),
        text=tuple(map(_cut, text)),
        frames=tuple(_frame(summary) for summary in told.stack),
        relation=relation,
    )


def _cut(text: str) -> str:
    """Leave out the middle of what nobody reads to its end."""
    if len(text) <= _LONGEST_TEXT:
        return text
    half = _LONGEST_TEXT // 2
    return f"{text[:half]}… [{len(text) - 2 * half:,} characters left out] …{text[-half:]}"


def _type_name(told: TracebackException) -> str:
    named = getattr(told, "exc_type_str", None)  # Python 3.13 on; the class itself before
    return str(named).rpartition(".")[2] if named else told.exc_type.__name__


def _frame(summary: FrameSummary) -> FrameFacts:
    return FrameFacts(
        file=summary.filename,
        line=summary.lineno,
        name=summary.name,
        end_line=summary.end_lineno,
        column=summary.colno,
        end_column=summary.end_colno,
        is_users=not _is_library(summary.filename),
    )


def _is_library(file: str) -> bool:
    if file.endswith(_COMPILED):
        return not Path(file).exists()  # extension modules tell where they were built
    return file.startswith(_LIBRARIES) or os.path.realpath(file).startswith(_LIBRARIES)
