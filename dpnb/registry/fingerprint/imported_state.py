"""What a function reaches in modules, by names and digests: to tell whether another process has imported the same.

A process may have changed what it has imported: a setting, an entry of a dictionary, a method that it put into a class.
A worker imports the modules anew. Both look at the same function, each as the function would be called there, and take
down what does not travel with it::

    function ── by value ──→ helper ──→ config.SETTINGS ──→ …
                                  ╰──→ tools.clean ──→ …
    taken down:                       what is found here, and by which name it was come to

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
_EDGE = "\n"  # between what uses something, by which name, and what that is
_MODULE = f"{Kind.MODULE} "
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
        here, there = _without_further_modules(self.digests, other), _without_further_modules(other, self.digests)
        found = {subject_of(key) for key in here.keys() & there.keys() if here[key] != there[key]}
        if self.edited:
            return sorted(name for name in found if not {name, name.rpartition(".")[0]} & self.edited)
        only = here.keys() ^ there.keys()
        both = {"", *(here.keys() & there.keys())}
        found |= {subject_of(key) for key in only if _EDGE in key and key.partition(_EDGE)[0] in both}
        return sorted(found or {subject_of(key) for key in only})  # what lies behind those says nothing more


def imported_state(walk: Walk, outdated: Iterable[OutdatedModule] = ()) -> ImportedState | None:
    """Return what a walk has come to in modules; None if that is nothing."""
    if not any(node.names for node in walk.nodes):
        return None
    found: defaultdict[str, set[str]] = defaultdict(set)  # parts of one name, as lambdas, count together
    for node in walk.nodes:
        for key, content in _taken_down(node):
            found[key].add(content)
    digests = {key: text_digest("\n".join(sorted(found[key])))[:_LENGTH] for key in sorted(found)}
    everything = "\n".join(f"{key} {one}" for key, one in digests.items())
    edited = {name for one in outdated for name in ([f"{one.name}.{name}" for name in one.names] or [one.name])}
    return ImportedState(digests=digests, digest=text_digest(everything), edited=frozenset(edited))


def subject_of(key: str) -> str:
    """Return the name that a reader knows: of a module, and what stands at the top of it."""
    kind, _, reached = key.rpartition(_EDGE)[2].partition(" ")
    module, _, name = reached.partition(":")
    if kind == Kind.MODULE:
        return module
    return f"{module}.{_END_OF_NAME.split(name, maxsplit=1)[0]}"


def _without_further_modules(one: Mapping[str, str], other: Mapping[str, str]) -> Mapping[str, str]:
    """Leave out the modules of a package that only one of two processes has imported so far, for whatever reason.

    A package that is handed on as a whole holds them; whoever names something in them has imported them.
    """
    modules = [{key for key in state if key.startswith(_MODULE) and _EDGE not in key} for state in (one, other)]
    common = {subject_of(key) for key in modules[0] & modules[1]}
    further = {name for key in modules[0] ^ modules[1] if (name := subject_of(key)).rpartition(".")[0] in common}
    if not further:
        return one
    packages = {f"{_MODULE}{package}:{package}" for package in common}  # with the names of all that they hold
    return {key: digest for key, digest in one.items() if key not in packages and not _is_within(key, further)}


def _is_within(key: str, modules: AbstractSet[str]) -> bool:
    """Tell whether a key is of what lies in some modules, or of a use by or of that."""
    ends = key.partition(_EDGE)[0], key.rpartition(_EDGE)[2]
    places = [end.partition(" ")[2].partition(":")[0] for end in ends]
    return any(place == name or place.startswith(f"{name}.") for place in places for name in modules)


def _taken_down(node: Node) -> Iterator[tuple[str, str]]:
    key = _key(node)
    if key:
        yield key, _own(node)
    if key or node.unit.kind in _FUNCTIONS:
        for edge, used in zip(node.unit.edges, node.used or (), strict=True):
            if other := _key(used):
                yield _EDGE.join((key, edge.use, other)), ""


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
