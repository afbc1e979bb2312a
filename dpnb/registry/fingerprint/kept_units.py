"""Units and whole fingerprints that sessions hand on to later ones.

A unit is handed on if it cannot change, or while its trail holds; a fingerprint, if all units that it is made of are
the very same. What no session has asked for lately is let go, with the functions that it holds.
"""

from __future__ import annotations

from functools import cache
from types import FunctionType
from typing import TYPE_CHECKING, NamedTuple

from dpnb.registry.fingerprint.functions import place_of
from dpnb.registry.fingerprint.own_code import code_facts
from dpnb.registry.fingerprint.reading import package_unit, read_unit
from dpnb.registry.fingerprint.trails import Trail, trail_of
from dpnb.registry.fingerprint.units import NO_MODULES, Kind
from dpnb.registry.fingerprint.values import PLAIN
from dpnb.registry.fingerprint.walk import Node

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dpnb.registry.fingerprint.owners import Ownership
    from dpnb.registry.fingerprint.record import Fingerprint
    from dpnb.registry.fingerprint.units import Target, Unit
    from dpnb.registry.fingerprint.walk import Walk

_SESSIONS = 16
_FUNCTIONS = (Kind.FUNCTION, Kind.METHOD)
_UNCHANGING = Trail((), ())


class Whole(NamedTuple):
    """A fingerprint, the units that it is made of, and which names of which modules these have come by."""

    fingerprint: Fingerprint
    units: tuple[tuple[tuple[Kind, int, str], Target, Unit], ...]  # with the targets' keys
    names: Mapping[str, set[str]]


class _Kept:
    """A node, what it holds by, when it was asked for, and the fingerprints that it is the root of, by version."""

    __slots__ = ("node", "session", "trail", "wholes")

    def __init__(self, node: Node, trail: Trail, session: int) -> None:
        self.node = node
        self.trail = trail
        self.session = session
        self.wholes: dict[str | None, Whole] = {}


class KeptUnits:
    """What sessions with the same ownership and bounds hand on. Safe for many threads."""

    def __init__(self, owners: Ownership, max_bytes: int) -> None:
        self._owners = owners
        self._max_bytes = max_bytes
        self._kept: dict[tuple[Kind, int, str], _Kept] = {}
        self._session = 0

    def begin(self) -> None:
        """Count a session; let go what the last ones have not asked for."""
        self._session += 1
        if self._session % _SESSIONS == 0:
            for key, kept in list(self._kept.items()):
                if kept.session < self._session - _SESSIONS:
                    self._kept.pop(key, None)

    def node(self, target: Target) -> Node:
        """Return the node of a target as it is now, its own for each session."""
        kept = self._kept.get(target.key)
        if kept is not None and kept.trail.holds() and _is_as_told(kept.node):
            kept.session = self._session
            return kept.node.again()
        trail = self._trail(target)
        node = Node(target, read_unit(target, self._owners, self._max_bytes))
        if trail is not None and trail.holds():
            self._kept[target.key] = _Kept(node.again(), trail, self._session)
        else:
            self._kept.pop(target.key, None)
        return node

    def whole(self, root: Node, version: str | None) -> Whole | None:
        """Return the fingerprint that was handed on with this root; its other units may have changed since."""
        kept = self._kept.get(root.target.key)
        return kept.wholes.get(version) if kept is not None and kept.node.unit is root.unit else None

    def keep(self, walk: Walk, version: str | None, fingerprint: Fingerprint) -> None:
        """Hand on a fingerprint if all that it is made of is handed on, and no file has been edited."""
        every = [self._kept.get(node.target.key) for node in walk.nodes]
        is_kept = all(kept is not None and kept.node.unit is n.unit for kept, n in zip(every, walk.nodes, strict=True))
        root = every[0]
        if root is not None and is_kept and not fingerprint.outdated:
            units = tuple((node.target.key, node.target, node.unit) for node in walk.nodes)
            root.wholes[version] = Whole(fingerprint, units, walk.names())

    def _trail(self, target: Target) -> Trail | None:
        """Return by what a target's unit holds; taken before it is read, and looked at again after that."""
        if target.kind is Kind.PACKAGE:
            return _UNCHANGING
        if target.kind is Kind.VALUE and type(target.subject) in PLAIN and target.module in NO_MODULES:
            return _UNCHANGING  # of those in modules, what their files say counts too
        if target.kind is not Kind.FUNCTION or type(target.subject) is not FunctionType:
            return None
        facts = code_facts(target.subject.__code__)
        if facts.is_lost or not self._owners.owns(target.subject):
            return None
        return trail_of(target.subject, facts.uses, self._owners)


def _is_as_told(node: Node) -> bool:
    """Tell whether a function's cell has still the number that its unit tells, and a package still that version."""
    if node.unit.kind is Kind.PACKAGE:
        return node.unit.digest == package_unit(node.target.name).digest
    return node.unit.kind not in _FUNCTIONS or place_of(node.target.subject) == node.unit.place


@cache
def kept_units(owners: Ownership, max_bytes: int) -> KeptUnits:
    """Return what this process keeps for sessions of this kind."""
    return KeptUnits(owners, max_bytes)
