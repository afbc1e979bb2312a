"""What a task takes and gives, read from its signature.

The signature is read when the task is registered. Its annotations are resolved later, when a plan is made, because a
string annotation may name a class that a later cell defines.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dpnb.registry.context import OWN_CONTEXT
from dpnb.registry.type_names import type_text

if TYPE_CHECKING:
    from collections.abc import Callable

_COLLECTING = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskParameter:
    """One parameter that can be bound; ``*args`` and ``**kwargs`` never are and do not appear."""

    name: str
    annotation: Any  # as written: a type, a string, or inspect.Parameter.empty
    required: bool  # has no default
    positional_only: bool = False

    def __str__(self) -> str:
        annotation = type_text(self.annotation)
        text = f"{self.name}: {annotation}" if annotation else self.name
        return text if self.required else f"{text} = …"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSchema:
    """A task's parameters in the order of its signature, and its return annotation, both as written."""

    parameters: tuple[TaskParameter, ...]
    returns: Any  # as written; inspect.Signature.empty without one

    def __str__(self) -> str:
        returns = type_text(self.returns)
        parameters = ", ".join(map(str, self.shown))
        return f"({parameters}) → {returns}" if returns else f"({parameters})"

    @property
    def shown(self) -> tuple[TaskParameter, ...]:
        """The parameters that concern whoever reads of the task."""
        return tuple(one for one in self.parameters if one.name != OWN_CONTEXT)


def read_schema(func: Callable[..., Any]) -> TaskSchema:
    """Read a function's signature, through ``functools.wraps``, without evaluating its string annotations."""
    signature = inspect.signature(func)
    return TaskSchema(
        parameters=tuple(
            TaskParameter(
                name=parameter.name,
                annotation=parameter.annotation,
                required=parameter.default is parameter.empty,
                positional_only=parameter.kind is parameter.POSITIONAL_ONLY,
            )
            for parameter in signature.parameters.values()
            if parameter.kind not in _COLLECTING
        ),
        returns=signature.return_annotation,
    )
