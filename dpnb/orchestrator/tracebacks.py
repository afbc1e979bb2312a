"""Writes the facts of an exception as a traceback, with source lines that only the kernel knows: those of its cells."""

from __future__ import annotations

import sys
from traceback import FrameSummary, StackSummary
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dpnb.orchestrator.executable import ExceptionFacts, FrameFacts

_RELATIONS = {
    "cause": "The above exception was the direct cause of the following exception:",
    "context": "During handling of the above exception, another exception occurred:",
}


def format_traceback(chain: Sequence[ExceptionFacts], *, users_only: bool = True) -> str:
    """Return the text of a chain of exceptions, with the user's frames only or with all of them."""
    parts: list[str] = []
    for error in chain:
        frames = [frame for frame in error.frames if frame.is_users or not users_only]
        if not frames and users_only and error is not chain[-1]:
            continue  # it came and went inside a library
        if error.relation and parts:
            parts.append(f"\n{_RELATIONS[error.relation]}\n\n")
        if frames:
            parts.append("Traceback (most recent call last):\n")
            parts.extend(_format_frames(frames))
        parts.extend(error.text)
    return "".join(parts).rstrip("\n")


def _format_frames(frames: Sequence[FrameFacts]) -> list[str]:
    text = StackSummary.from_list([_summary(frame) for frame in frames]).format()
    for file, place in {frame.file: frame.place for frame in frames}.items():
        label = place or cell_label(file)
        if label:
            text = [line.replace(f'File "{file}"', label) for line in text]
    return text


def _summary(frame: FrameFacts) -> FrameSummary:
    return FrameSummary(
        frame.file,
        frame.line,
        frame.name,
        line=frame.source or None,
        end_lineno=frame.end_line,
        colno=frame.column,
        end_colno=frame.end_column,
    )


def cell_label(file: str) -> str:
    """Return ``Cell In[4]`` for the file that IPython compiled a cell under; empty for any other file."""
    ipython: Any = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None:
        return ""
    label = getattr(shell.compile, "format_code_name", lambda _: None)(file)
    return " ".join(label) if label else ""
