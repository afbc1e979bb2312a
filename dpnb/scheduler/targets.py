"""What a schedule starts: an event on a topic, a pipeline, a notebook. Plain facts, which JSON can carry."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicTarget:
    """The trigger's event is published on a topic."""

    kind: ClassVar[str] = "topic"
    topic: str

    def __str__(self) -> str:
        return f"topic {self.topic}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineTarget:
    """A plan's tasks run; the functions are kept beside, packed by value.

    `params` are told for people: what the tasks are given is packed with them.
    """

    kind: ClassVar[str] = "pipeline"
    plan: str  # as JSON
    params: Mapping[str, Any] = field(default_factory=dict)
    tasks: int = 0
    workers: int | None = None

    def __str__(self) -> str:
        return "pipeline of 1 task" if self.tasks == 1 else f"pipeline of {self.tasks} tasks"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotebookTarget:
    """A notebook is executed headless. `timeout` and `cell_timeout` are seconds."""

    kind: ClassVar[str] = "notebook"
    path: str
    params: Mapping[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    workers: int | None = None
    reuse: str | None = None
    timeout: float | None = None
    cell_timeout: float | None = None

    def __str__(self) -> str:
        return f"notebook {self.path}"


type Target = TopicTarget | PipelineTarget | NotebookTarget

_KINDS: dict[str, Callable[..., Target]] = {kind.kind: kind for kind in (TopicTarget, PipelineTarget, NotebookTarget)}


def target_to_json(target: Target) -> str:
    """Return a target as JSON text."""
    return json.dumps({"kind": target.kind, **asdict(target)}, ensure_ascii=False, default=repr)


def target_from_json(text: str) -> Target:
    """Read what `target_to_json` wrote."""
    facts = json.loads(text)
    kind = _KINDS[facts.pop("kind")]
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in facts.items()})
