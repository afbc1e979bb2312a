"""What a function reaches in modules, by names and digests: to tell whether another process has imported the same.

A process may have changed what it has imported: a setting, an entry of a dictionary, a method that it put into a class.
A worker imports the modules anew. Both look at the same function, each as the function would be called there, and take
down what does not travel with it::

    function ── by value ──→ helper ──→ config.SETTINGS ──→ …
                                  ╰──→ tools.clean ──→ …
    taken down:                        from here on, each unit, and by which name it was come to

Numbers and texts count as they are: what a file says of them is no matter between processes.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dpnb.registry.fingerprint.digests import text_digest
from dpnb.registry.fingerprint.units import NO_MODULES, Kind
from dpnb.registry.fingerprint.values import PLAIN, plain_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from dpnb.registry.fingerprint.record import OutdatedModule
    from dpnb.registry.fingerprint.walk import Node, Walk

_LENGTH = 16  # hexadecimal digits that tell two states of one name apart
_BY_NAME = "name :"
_END_OF_NAME = re.compile(r"[.\[]")
_FUNCTIONS = (Kind.FUNCTION, Kind.METHOD)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedState:
    """The digests of what was reached in modules; `digest` is over all of them.

    `edited` are the names (``"tools.clean"``) that the modules' files define otherwise by now, as is known already, and
    the modules (``"tools"``) of which any name may be.
    """

    digests: Mapping[str, str]
    digest: str
    edited: AbstractSet[str] = frozenset()

    def differing(self, other: Mapping[str, str]) -> list[str]:
        """Return which names are something else in another process, whose digests these are, sorted.

        Where files have been edited since they were imported, what their code reaches by now is not looked at.

        Examples
        --------
        >>> here = ImportedState(digests={"constant config:LIMITS['a']": "1"}, digest="")
        >>> here.differing({"constant config:LIMITS['a']": "2"})
        ['config.LIMITS']
        """
        keys = self.digests.keys() | other.keys()
        if self.edited:
            keys = {key for key in self.digests.keys() & other.keys() if not key.startswith(_BY_NAME)}
        found = {subject_of(key): key for key in sorted(keys) if self.digests.get(key) != other.get(key)}
        sure = [name for name in found if name not in self.edited and name.rpartition(".")[0] not in self.edited]
        # What a cell calls a module says nothing more, where the module's own name for it is known.
        return sorted([name for name in sure if not found[name].startswith(_BY_NAME)] or sure)


def imported_state(walk: Walk, outdated: Iterable[OutdatedModule] = ()) -> ImportedState | None:
    """Return what a walk has come to in modules; None if that is nothing."""
    if not any(node.names for node in walk.nodes):
        return None
    found: defaultdict[str, list[str]] = defaultdict(list)
    for node in walk.nodes:
        for key, content in _taken_down(node):
            found[key].append(content)
    digests = {key: text_digest("\n".join(sorted(found[key])))[:_LENGTH] for key in sorted(found)}
    everything = "\n".join(f"{key} {one}" for key, one in digests.items())
    edited = {name for one in outdated for name in ([f"{one.name}.{name}" for name in one.names] or [one.name])}
    return ImportedState(digests=digests, digest=text_digest(everything), edited=frozenset(edited))


def subject_of(key: str) -> str:
    """Return the name that a reader knows: of a module, and what stands at the top of it."""
    module, _, name = key.partition(" ")[2].partition(":")
    return f"{module}.{_END_OF_NAME.split(name, maxsplit=1)[0]}" if module else name


def _taken_down(node: Node) -> Iterator[tuple[str, str]]:
    used = zip(node.unit.edges, node.used or (), strict=True)
    reached = [(edge.use, _key(other)) for edge, other in used]
    if node.unit.module not in NO_MODULES:
        yield _key(node), f"{_own(node)} {reached}"
    elif node.unit.kind in _FUNCTIONS:
        yield from ((f"{_BY_NAME}{use}", key) for use, key in reached if key)


def _key(node: Node) -> str:
    """Name a unit of a module, by its kind as well; empty for all others."""
    unit = node.unit
    if unit.module in NO_MODULES:
        return ""
    return f"{unit.kind} {unit.module}:{unit.name or getattr(node.target.subject, '__qualname__', '')}"


def _own(node: Node) -> str:
    subject = node.target.subject
    is_plain = node.unit.kind is Kind.VALUE and type(subject) in PLAIN
    return text_digest(plain_text(subject)) if is_plain else node.unit.digest
