"""What a task takes and gives, read from its signature.

The signature is read when the task is registered. Its annotations are resolved later, when a plan is made, because a
string annotation may name a class that a later cell defines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskParameter:
    """One parameter that can be bound; ``*args`` and ``**kwargs`` never are and do not appear."""

    name: str
    annotation: Any  # as written: a type, a string, or inspect.Parameter.empty
    required: bool  # has no default
    positional_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSchema:
    """A task's parameters in the order of its signature, and its return annotation, both as written."""

    parameters: tuple[TaskParameter, ...]
    returns: Any  # as written; inspect.Signature.empty without one
