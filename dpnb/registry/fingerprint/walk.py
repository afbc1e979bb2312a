"""Goes through all units that one function reaches, and tells what they are called from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.registry.fingerprint.record import Part, Untracked
from dpnb.registry.fingerprint.units import NO_MODULES, Kind
from dpnb.registry.fingerprint.values import CHANGING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dpnb.registry.fingerprint.units import Target, Unit

_LONGEST_TEXT = 20_000  # characters of a part's text


class Node:
    """A unit in a session, with the nodes that it uses as soon as a walk has come by."""

    __slots__ = ("head", "names", "part", "target", "unit", "used")

    def __init__(self, target: Target, unit: Unit) -> None:
        self.target = target  # whose subject is kept alive, so that its id stays its own
        self.unit = unit
        self.used: list[Node] | None = None
        self.head = f"{unit.digest}:{','.join([edge.use for edge in unit.edges])}"
        self.names = [pair for pair in unit.names if pair[0] not in NO_MODULES]
        self.part = Part(digest=unit.digest, text=unit.text[:_LONGEST_TEXT], place=unit.place)

    def again(self) -> Node:
        """Return the node for another session, in which what it uses may be something else."""
        node = object.__new__(Node)
        node.target, node.unit, node.used = self.target, self.unit, None
        node.head, node.names, node.part = self.head, self.names, self.part
        return node


def _may_change(node: Node) -> bool:
    """Tell whether it matters that two names stand for one object."""
    return node.unit.kind is Kind.VALUE and type(node.target.subject) in CHANGING


class Walk:
    """All units that one function reaches, in the order they are met; `content` is what a fingerprint digests.

    `aspects` are what they read of functions that does not count otherwise.
    """

    def __init__(self, root: Target, node_of: Callable[[Target], Node]) -> None:
        first = node_of(root)
        self._nodes = [first]
        self._uses = [root.name]  # by which each was met first
        self._users = [0]  # the number of the one that it was met from
        numbers = {first: 0}
        lines: list[str] = []
        twins: dict[int, int] = {}
        for node in self._nodes:  # grows meanwhile
            if node.used is None:
                node.used = [node_of(target) for _, target in node.unit.edges]
            reached = []
            for position, met in enumerate(node.used):
                number = numbers.setdefault(met, len(numbers))
                if number == len(self._nodes):
                    self._nodes.append(met)
                    self._uses.append(node.unit.edges[position].use)
                    self._users.append(len(lines))
                reached.append(number)
            line = f"{node.head}{reached}"
            twin = twins.setdefault(id(node.target.subject), len(lines)) if _may_change(node) else len(lines)
            lines.append(line if twin == len(lines) else f"{line} is {twin}")
        self.content = "\n".join(lines)
        self.aspects = frozenset(aspect for node in self._nodes for aspect in node.unit.aspects)

    @property
    def nodes(self) -> list[Node]:
        """The units, the function's own first."""
        return self._nodes

    def parts(self) -> dict[str, Part]:
        """Return the units as parts, each by a name of its own."""
        found: dict[str, Part] = {}
        for node, use in zip(self._nodes, self._uses, strict=True):
            title = unique = node.unit.title(use)
            count = 1
            while unique in found:
                count += 1
                unique = f"{title} ({count})"
            found[unique] = node.part
        return found

    def names(self) -> dict[str, set[str]]:
        """Return which names of which modules have been met."""
        found: dict[str, set[str]] = {}
        for node in self._nodes:
            for module, name in node.names:
                found.setdefault(module, set()).add(name)
        return found

    def lost(self) -> set[str]:
        """Return the modules whose files no longer hold the code that has been met."""
        return {node.names[0][0] for node in self._nodes if node.unit.is_lost and node.names}

    def untracked(self) -> Iterator[Untracked]:
        """Return what cannot be tracked, with the way that leads to it."""
        for number, node in enumerate(self._nodes):
            for where, what in node.unit.untracked:
                yield self._untracked(number, where, what)

    def _untracked(self, number: int, where: str, what: str) -> Untracked:
        unit = self._nodes[number].unit
        name = where
        if unit.kind in (Kind.VALUE, Kind.CLASS):
            name, number = f"{unit.name}{where}", self._users[number]
        way = [number]
        while way[-1]:
            way.append(self._users[way[-1]])
        shown = [f"`{self._nodes[step].unit.short_title(self._uses[step])}`" for step in reversed(way)]
        return Untracked(path=f"`{name}` in {' → '.join(shown)}", what=what)
