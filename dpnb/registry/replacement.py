"""What differs between a task and the one that takes its place, in words."""

from __future__ import annotations

from types import FunctionType
from typing import TYPE_CHECKING, Any

from dpnb.registry.fingerprint import code_digest

if TYPE_CHECKING:
    from dpnb.registry.metadata import TaskMetadata

_OPTIONS = (
    "tags",
    "dependencies",
    "inputs",
    "max_retries",
    "retry_delay",
    "retry_on",
    "fail_safe",
    "timeout",
    "memory_limit",
    "cpus",
    "concurrency_group",
    "stream_output",
    "format",
    "version",
    "reads",
    "cache",
    "expires_after",
)


def what_changed(earlier: TaskMetadata, later: TaskMetadata) -> list[str]:
    """Name what differs: code, signature, options; nothing for other comments, docstrings or formatting."""
    changed = ["code"] if earlier.code_digest != later.code_digest else []
    if earlier.signature_digest != later.signature_digest and earlier.stream_output == later.stream_output:
        changed.append("signature")
    return changed + [option for option in _OPTIONS if _value(earlier, option) != _value(later, option)]


def _value(task: TaskMetadata, option: str) -> Any:
    """Return the option's value; a function by its code, because each run of a cell makes another object."""
    value = getattr(task, option)
    return code_digest(value) if isinstance(value, FunctionType) else value
