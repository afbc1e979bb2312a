"""Which tasks give a task its inputs, read from the plan that is stored with a run."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import NamedTuple


class Wiring(NamedTuple):
    """What comes before a task, and what it is given: parameters with the tasks whose results they take."""

    upstream: tuple[str, ...]
    inputs: tuple[tuple[str, str], ...]
    is_stream: bool
    reads_streams: bool


def wiring_of(plan: str) -> dict[str, Wiring]:
    """Return how the tasks of a stored plan are wired; nothing where the text is not such a plan.

    Examples
    --------
    >>> wiring_of('{"tasks": [{"name": "a"}]}')
    {'a': Wiring(upstream=(), inputs=(), is_stream=False, reads_streams=False)}
    """
    with suppress(ValueError, KeyError, TypeError, AttributeError):
        tasks = json.loads(plan)["tasks"]
        streams = {task["name"] for task in tasks if task.get("stream_output")}
        return {task["name"]: _wiring(task, streams) for task in tasks}
    return {}


def _wiring(task: dict[str, object], streams: set[str]) -> Wiring:
    bindings: list[dict[str, str]] = task.get("bindings", [])  # type: ignore[assignment]
    inputs = tuple((one["parameter"], one["task"]) for one in bindings if "task" in one)
    return Wiring(
        upstream=tuple(task.get("upstream", ())),  # type: ignore[arg-type]
        inputs=inputs,
        is_stream=task["name"] in streams,
        reads_streams=any(upstream in streams for _, upstream in inputs),
    )
