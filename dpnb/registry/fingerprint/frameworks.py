"""What frameworks have generated classes from: fields of dataclasses, of attrs and of pydantic, with their options."""

from __future__ import annotations

from dataclasses import Field
from typing import TYPE_CHECKING, Any

from dpnb.registry.type_names import without_addresses

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dpnb.registry.fingerprint.values import ValueReader

type Line = tuple[str, str]
"""What counts; what is shown of it."""

_FIELD_FACTS: Mapping[str, tuple[str, ...]] = {
    "__dataclass_fields__": ("default", "default_factory", "init", "repr", "hash", "compare", "kw_only", "metadata"),
    "__attrs_attrs__": (
        *("default", "validator", "converter", "init", "repr", "eq", "eq_key", "order", "order_key", "hash"),
        *("metadata", "kw_only", "on_setattr", "alias"),
    ),
    "__pydantic_fields__": (
        *("annotation", "default", "default_factory", "metadata", "alias", "validation_alias", "serialization_alias"),
        *("title", "description", "examples", "exclude", "exclude_if", "discriminator", "deprecated", "frozen"),
        *("json_schema_extra", "validate_default", "repr", "init", "init_var", "kw_only", "field_title_generator"),
    ),
    "__private_attributes__": ("default", "default_factory"),  # of pydantic
}
_OPTIONS = ("__dataclass_params__", "__attrs_props__")
_MARKS = ("__attrs_attrs__", "__pydantic_fields__", "__dataclass_params__", "__dataclass_fields__")
_PREFIXES = ("__pydantic_", "__attrs_", "__dataclass_")


def is_of_framework(name: str) -> bool:
    """Tell whether an attribute of a class is what a framework keeps there for itself."""
    return name.startswith(_PREFIXES) or name in _FIELD_FACTS


def has_generated(cls: type) -> bool:
    """Tell whether a framework has put methods of its own into a class."""
    return any(name in cls.__dict__ for name in _MARKS)


def generated_from(reader: ValueReader, cls: type) -> Iterator[Line]:
    """Read the fields of a class, and the options that the framework was given."""
    for attribute, facts in _FIELD_FACTS.items():
        for name, field in _fields(attribute, cls.__dict__.get(attribute)):
            held = [(f"{name}.{fact}", getattr(field, fact, None)) for fact in facts]
            shown = "" if isinstance(field, Field) else f"{name}: {without_addresses(repr(field))}"
            yield f"field {name} {reader.attributes(held)}", shown
    for name in _OPTIONS:
        if name in cls.__dict__:
            text = without_addresses(repr(cls.__dict__[name]))
            yield f"{name} {text}", text


def _fields(attribute: str, held: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(held, dict):
        is_dataclass = attribute == "__dataclass_fields__"
        yield from ((name, field) for name, field in held.items() if not is_dataclass or isinstance(field, Field))
    elif isinstance(held, tuple):
        yield from ((field.name, field) for field in held if hasattr(field, "name"))
