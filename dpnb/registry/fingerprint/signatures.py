"""What a plan depends on of a task, as a digest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.registry.fingerprint.digests import digest
from dpnb.registry.type_names import type_text

if TYPE_CHECKING:
    from dpnb.registry.metadata import TaskKind
    from dpnb.registry.schema import TaskSchema


def signature_digest(schema: TaskSchema, kind: TaskKind, *, stream_output: bool) -> str:
    """Identify what a plan depends on: parameters, annotations, return, and how results come out."""
    parameters = [
        [p.name, type_text(p.annotation, qualified=True), p.required, p.positional_only] for p in schema.parameters
    ]
    return digest([parameters, type_text(schema.returns, qualified=True), kind.value, stream_output])
