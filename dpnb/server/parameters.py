"""The run parameters of a plan as a pydantic model: what OpenAPI shows, and what a request is held against.

A value is taken as strictly as JSON allows: a number is no text and a text no number, while a date is a text of its
form and a tuple is a list. A parameter whose annotation pydantic does not know is taken as it comes; the plan then
checks it as it checks every parameter.
"""

from __future__ import annotations

import inspect
import json
import warnings
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, WrapValidator, create_model

from dpnb.planner import Source
from dpnb.registry.hints import HintResolver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from dpnb.planner import Node

_OPEN = (Source.PARAM, Source.DEFAULT)
_ABSENT = object()
VARIES = object()
"""Stands for a default that is there, but cannot be shown: each task has its own, or code makes it."""


class Parameters(BaseModel):
    """Run parameters; fields are named by number, for a parameter may be called anything."""

    model_config = ConfigDict(extra="forbid")

    def given(self) -> dict[str, Any]:
        """Return those that the request named, by their own names."""
        fields = type(self).model_fields
        named = {str(fields[name].alias): getattr(self, name) for name in fields if name in self.model_fields_set}
        return {**named, **(self.model_extra or {})}


def parameters_of(nodes: Iterable[Node], planned: Mapping[str, Any], *, title: str) -> type[Parameters]:
    """Return the model of what the tasks of a plan take, with the values that it was planned with as defaults."""
    resolver = HintResolver()
    hints: dict[str, Any] = {}
    defaults: dict[str, Any] = {}
    for node in nodes:
        resolved = resolver.resolve(node.task).parameters
        for binding in node.bindings:
            if binding.source in _OPEN:
                name = binding.parameter
                hints[name] = _both(hints.get(name, Any), resolved[name])
                default = planned.get(name, _default_of(node.task.func, name))
                defaults[name] = default if _same(defaults.get(name, default), default) else VARIES
    return model_of({name: (hint, defaults[name]) for name, hint in hints.items()}, title=title)


def model_of(
    parameters: Mapping[str, tuple[Any, Any]], *, title: str, base: type[Parameters] = Parameters
) -> type[Parameters]:
    """Return a model of parameters by name: the hint of each, and its default where it has one."""
    fields: dict[str, Any] = {
        f"p{number}": _field(name, hint, default) for number, (name, (hint, default)) in enumerate(parameters.items())
    }
    model: type[Parameters] = create_model(
        "Parameters", __base__=base, __doc__=f"Run parameters of {title!r}.", **fields
    )
    return model


def strictly(model: type[Parameters]) -> Any:
    """Return an annotation for what JSON gives of a model: as strict as JSON, not as Python."""

    def read(data: Any, handler: Callable[[Any], Any]) -> Any:
        # Python's own values would have to be dates and tuples already; JSON cannot hold any.
        return model.model_validate_json(json.dumps(data), strict=True) if isinstance(data, dict) else handler(data)

    return Annotated[model, WrapValidator(read)]


def _field(name: str, hint: Any, default: Any) -> tuple[Any, Any]:
    admitted = _admitted(hint)
    if default is _ABSENT:
        return admitted, Field(alias=name, title=name)
    shown = {} if default is VARIES else _as_json(admitted, default)
    # A default of pydantic's own would be told as null where JSON cannot hold it.
    return admitted, Field(default_factory=lambda: default, alias=name, title=name, json_schema_extra=shown)


def _admitted(hint: Any) -> Any:
    """Return the hint where pydantic can both read it from JSON and describe it; else anything goes."""
    try:
        with warnings.catch_warnings(action="ignore"):
            TypeAdapter(hint).json_schema()
    except Exception:  # noqa: BLE001 - hints are the user's, and pydantic's errors about them are many
        return Any
    return hint


def _as_json(hint: Any, default: Any) -> dict[str, Any]:
    try:
        with warnings.catch_warnings(action="error"):
            shown = TypeAdapter(hint).dump_python(default, mode="json")
        json.dumps(shown, allow_nan=False)
    except Exception:  # noqa: BLE001 - as above
        return {}
    return {"default": shown}


def _default_of(func: Callable[..., Any], parameter: str) -> Any:
    default = inspect.signature(func).parameters[parameter].default
    return _ABSENT if default is inspect.Parameter.empty else default


def _both(one: Any, other: Any) -> Any:
    """Return the hint of a parameter that several tasks take; where they differ, the plan alone checks it."""
    if one is Any or one == other:
        return other
    return one if other is Any else Any


def _same(one: Any, other: Any) -> bool:
    if one is other:
        return True
    try:
        return bool(one == other)
    except Exception:  # noqa: BLE001 - defaults are the user's, and compare as they like
        return False
