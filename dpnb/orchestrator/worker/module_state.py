"""What this process has of the modules that functions reach, as it was when the first of them came to it.

It is looked at before a function is called for the first time here. What the function fills then, a memo or a value
that is loaded when it is first needed, is no difference between this process and another, nor is it for other functions
that come to it by the same helper: each object and each helper stands for what it was when it was met first. A name
that a task binds anew is met anew by functions that name it themselves. Looking costs once for each function what its
fingerprint does, from then on a look-up.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from dpnb.registry.fingerprint.imported_state import imported_state
from dpnb.registry.fingerprint.owners import ownership
from dpnb.registry.fingerprint.reading import read_unit
from dpnb.registry.fingerprint.session import MAX_BYTES, root_of
from dpnb.registry.fingerprint.walk import Node, Walk

if TYPE_CHECKING:
    from collections.abc import Callable

    from dpnb.orchestrator.executable import ExecutableTask
    from dpnb.registry.fingerprint.code_readers import Aspect
    from dpnb.registry.fingerprint.imported_state import ImportedState
    from dpnb.registry.fingerprint.units import Target

type _Aspects = frozenset[Aspect]


class FirstSight:
    """Reads what functions reach; each thing once for as long as the process lives."""

    def __init__(self) -> None:
        self._owners = ownership()
        self._nodes: dict[tuple[Any, ...], Node] = {}

    def state_of(self, func: Callable[..., Any]) -> ImportedState | None:
        """Return what a function reaches in modules; None if nothing."""
        root = root_of(func)
        walk = Walk(root, partial(self._node, frozenset()))
        if walk.aspects:
            walk = Walk(root, partial(self._node, walk.aspects))
        return imported_state(walk)

    def _node(self, aspects: _Aspects, target: Target) -> Node:
        key = (*target.key, aspects)
        node = self._nodes.get(key)
        if node is None:
            node = self._nodes[key] = Node(target, read_unit(target, self._owners, MAX_BYTES, aspects))
        return node


def differing_state(task: ExecutableTask, func: Callable[..., Any]) -> tuple[tuple[str, str], ...] | None:
    """Return what a task's function reaches in modules here, by name; None where that is what its sender has."""
    digest, told = _state(_Sent(task.function, func))
    return None if digest == task.imported else told


class _Sent:
    """A function by the digest of what was sent."""

    __slots__ = ("digest", "func")

    def __init__(self, digest: bytes, func: Callable[..., Any]) -> None:
        self.digest = digest
        self.func = func

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Sent) and self.digest == other.digest


@cache
def _state(sent: _Sent) -> tuple[str, tuple[tuple[str, str], ...]]:
    with suppress(Exception):  # users' objects may raise whatever they like when they are looked at
        if (found := _first_sight().state_of(sent.func)) is not None:
            return found.digest, tuple(found.digests.items())
    return "", ()


@cache
def _first_sight() -> FirstSight:
    return FirstSight()
