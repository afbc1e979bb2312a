"""Puts fingerprints together; a session reads each thing that its functions share once.

::

    function ──→ unit ──edges──→ unit ──edges──→ …        breadth first, each unit once, in the order it is met
                                  │
    digest ←── (own digest, numbers of the units used) of each

So recursion is nothing special, chains may be as long as they like, and the same functions give the same text to
digest in every process. Names count where code uses them; where things are defined does not.
"""

from __future__ import annotations

from functools import partial
from types import FunctionType
from typing import TYPE_CHECKING, Any

from dpnb.registry.fingerprint.digests import text_digest
from dpnb.registry.fingerprint.imported_state import imported_state
from dpnb.registry.fingerprint.kept_units import kept_units
from dpnb.registry.fingerprint.module_edits import ModuleEdits
from dpnb.registry.fingerprint.owners import ownership
from dpnb.registry.fingerprint.reading import read_unit
from dpnb.registry.fingerprint.record import Fingerprint
from dpnb.registry.fingerprint.units import Kind, Target
from dpnb.registry.fingerprint.walk import Node, Walk

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable

    from dpnb.registry.fingerprint.code_readers import Aspect
    from dpnb.registry.fingerprint.kept_units import Whole

MAX_BYTES = 64 * 2**20


class FingerprintSession:
    """Fingerprints functions that share helpers, reading each helper once.

    Values may change between sessions, not within one: make a new session for each plan. What code objects say is kept
    for the whole process.

    Parameters
    ----------
    project_roots
        Folders whose code is the user's own wherever they lie; outside of them, everything is that lies neither in
        ``site-packages`` nor in the standard library.
    max_bytes
        Arrays, frames and texts beyond it are untracked.

    Examples
    --------
    >>> session = FingerprintSession()
    >>> def area(side: float) -> float:
    ...     return side * side
    >>> session.fingerprint(area).digest == fingerprint(area).digest
    True
    """

    def __init__(self, project_roots: Iterable[str | os.PathLike[str]] = (), *, max_bytes: int = MAX_BYTES) -> None:
        self._owners = ownership(tuple(map(str, project_roots)))
        self._kept = kept_units(self._owners, max_bytes)
        self._kept.begin()
        self._nodes: dict[tuple[Kind, int, str], Node] = {}
        self._done: dict[tuple[int, str | None], tuple[Any, Fingerprint]] = {}
        self._with_aspects: dict[tuple[Kind, int, str, frozenset[Aspect]], Node] = {}
        self._max_bytes = max_bytes
        self._edits = ModuleEdits(self._owners)

    def fingerprint(self, func: Callable[..., Any], *, version: str | None = None) -> Fingerprint:
        """Return the fingerprint of a function; `version` stands for what of it cannot be tracked."""
        key = id(func), version
        if key not in self._done:  # the function is kept too, so that its id stays its own
            self._done[key] = func, self._fingerprint(func, version)
        return self._done[key][1]

    def _fingerprint(self, func: Callable[..., Any], version: str | None) -> Fingerprint:
        root = root_of(func)
        return self._unchanged(root, version) or self._made(root, version)

    def _unchanged(self, root: Target, version: str | None) -> Fingerprint | None:
        """Return the fingerprint that an earlier session has made, if all that it is made of is the same."""
        known = self._kept.whole(self._node(root), version)
        if known is None or not self._holds(known):
            return None
        if known.names and any(self._edits.reached(known.names, ())):
            return None
        return known.fingerprint

    def _holds(self, known: Whole) -> bool:
        nodes = self._nodes
        for key, target, unit in known.units:
            node = nodes.get(key) or self._node(target)
            if node.unit is not unit:
                return False
        return True

    def _made(self, root: Target, version: str | None) -> Fingerprint:
        walk = Walk(root, self._node)
        if aspects := walk.aspects:
            walk = Walk(root, partial(self._node_with, aspects))
        content = walk.content if version is None else f"{walk.content}\nversion {version}"
        outdated, on_disk = self._edits.reached(walk.names(), walk.lost())
        made = Fingerprint(
            digest=text_digest("\n".join([content, *(f"{path} {part.digest}" for path, part in on_disk.items())])),
            parts={**walk.parts(), **on_disk},
            untracked=tuple(walk.untracked()),
            version=version,
            outdated=outdated,
            imported=imported_state(walk, outdated),
        )
        if not aspects:  # annotations may change, unlike all that units are handed on by
            self._kept.keep(walk, version, made)
        return made

    def _node(self, target: Target) -> Node:
        key = target.key
        node = self._nodes.get(key)
        if node is None:
            node = self._nodes[key] = self._kept.node(target)
        return node

    def _node_with(self, aspects: frozenset[Aspect], target: Target) -> Node:
        key = (*target.key, aspects)
        if key not in self._with_aspects:
            unit = read_unit(target, self._owners, self._max_bytes, aspects)
            self._with_aspects[key] = Node(target, unit)
        return self._with_aspects[key]


def fingerprint(
    func: Callable[..., Any],
    *,
    project_roots: Iterable[str | os.PathLike[str]] = (),
    version: str | None = None,
    session: FingerprintSession | None = None,
) -> Fingerprint:
    """Return what a function is, with all that it reaches in the user's own code.

    Parameters
    ----------
    func
        A function, or another callable.
    project_roots
        As for `FingerprintSession`; not used where a `session` is given.
    version
        Stands for what cannot be tracked, as the user sees fit.
    session
        Shares what it has read between functions.

    Examples
    --------
    >>> LIMIT = 10
    >>> def small(rows: list[int]) -> list[int]:
    ...     return [row for row in rows if row < LIMIT]
    >>> before = fingerprint(small)
    >>> LIMIT = 20
    >>> [change.path.partition("constant ")[2] for change in before.diff(fingerprint(small))]
    ['`LIMIT`']
    """
    return (session or FingerprintSession(project_roots)).fingerprint(func, version=version)


def root_of(func: Callable[..., Any]) -> Target:
    """Return where the walk through all that a function reaches begins."""
    if isinstance(func, FunctionType):
        return Target(Kind.FUNCTION, func, func.__module__, func.__name__)
    return Target(Kind.VALUE, func, "", getattr(func, "__name__", type(func).__name__))
