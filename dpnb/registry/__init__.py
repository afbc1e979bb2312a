"""What can run: tasks, defined by decorating functions, kept by name."""

from __future__ import annotations

from dpnb.registry.concurrency_group import ConcurrencyGroup
from dpnb.registry.context import TaskContext
from dpnb.registry.decorator import task
from dpnb.registry.definition import describe_task
from dpnb.registry.hints import HintResolver, ResolvedHints, UnresolvedHint, resolve_hints
from dpnb.registry.metadata import SourceLocation, TaskKind, TaskMetadata
from dpnb.registry.options import TaskOptions
from dpnb.registry.registry import TaskRegistry, get_registry
from dpnb.registry.schema import TaskParameter, TaskSchema
from dpnb.registry.type_names import type_text

__all__ = [
    "ConcurrencyGroup",
    "HintResolver",
    "ResolvedHints",
    "SourceLocation",
    "TaskContext",
    "TaskKind",
    "TaskMetadata",
    "TaskOptions",
    "TaskParameter",
    "TaskRegistry",
    "TaskSchema",
    "UnresolvedHint",
    "describe_task",
    "get_registry",
    "resolve_hints",
    "task",
    "type_text",
]
