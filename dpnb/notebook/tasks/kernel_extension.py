"""The IPython extension of kernels that execute a notebook as a task: it tells what a cell has raised, as facts.

What Jupyter's protocol brings of an error is text with colours, whatever frames there are in it.
"""

from __future__ import annotations

import linecache
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dpnb.notebook.displays import register
from dpnb.notebook.tasks.handover import Failure, Handover
from dpnb.orchestrator.worker.failure import describe_exception, type_names

if TYPE_CHECKING:
    from dpnb.orchestrator.executable import ExceptionFacts, FrameFacts


def load_ipython_extension(shell: Any) -> None:
    """Listen to the cells."""
    register(shell)  # dpnb was imported before there was a shell
    shell.events.register("post_run_cell", lambda result: _note(shell, result))


def _note(shell: Any, result: Any) -> None:
    error = result.error_in_exec or result.error_before_exec
    handover = Handover.of_this_kernel()
    if error is None or handover is None:
        return
    with suppress(Exception):  # the user's exception may do anything when it is looked at; its text is told anyway
        told = tuple(_placed(shell, one) for one in describe_exception(error))
        handover.note(Failure(told=told, types=type_names(error)))


def _placed(shell: Any, facts: ExceptionFacts) -> ExceptionFacts:
    return replace(facts, frames=tuple(_frame(shell, frame) for frame in facts.frames))


def _frame(shell: Any, frame: FrameFacts) -> FrameFacts:
    label = shell.compile.format_code_name(frame.file)
    if not label:
        return frame
    return replace(frame, place=label[1], source=linecache.getline(frame.file, frame.line or 0))
