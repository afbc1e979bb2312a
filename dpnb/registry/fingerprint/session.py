"""Puts fingerprints together; a session reads each thing that its functions share once.

::

    function ──→ unit ──edges──→ unit ──edges──→ …        breadth first, each unit once, in the order it is met
                                  │
    digest ←── (own digest, numbers of the units used) of each

So recursion is nothing special, chains may be as long as they like, and the same functions give the same text to
digest in every process. Names count where code uses them; where things are defined does not.
"""

from __future__ import annotations

from types import FunctionType
from typing import TYPE_CHECKING, Any

from dpnb.registry.fingerprint.classes import class_unit
from dpnb.registry.fingerprint.digests import text_digest
from dpnb.registry.fingerprint.functions import function_unit
from dpnb.registry.fingerprint.owners import Ownership, package_version
from dpnb.registry.fingerprint.record import Fingerprint, Part, Untracked
from dpnb.registry.fingerprint.units import Edge, Kind, Target, Unit
from dpnb.registry.fingerprint.value_texts import value_text
from dpnb.registry.fingerprint.values import ValueReader

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator

MAX_BYTES = 64 * 2**20
_LONGEST_TEXT = 20_000  # characters of a part's text


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
        self._owners = Ownership(project_roots)
        self._max_bytes = max_bytes
        self._units: dict[tuple[Kind, int, str], Unit] = {}
        self._alive: list[Any] = []  # so that ids stay their own

    def fingerprint(self, func: Callable[..., Any], *, version: str | None = None) -> Fingerprint:
        """Return the fingerprint of a function; `version` stands for what of it cannot be tracked."""
        walk = _Walk(self._unit, _root(func))
        parts = {title: walk.part(number) for number, title in enumerate(walk.titles())}
        return Fingerprint(
            digest=text_digest(walk.content() if version is None else f"{walk.content()}\nversion {version}"),
            parts=parts,
            untracked=tuple(walk.untracked()),
            version=version,
        )

    def _unit(self, target: Target) -> Unit:
        key = target.key
        unit = self._units.get(key)
        if unit is None:
            unit = self._units[key] = self._read(target)
            self._alive.append(target.subject)
        return unit

    def _read(self, target: Target) -> Unit:
        match target.kind:
            case Kind.FUNCTION | Kind.METHOD:
                return function_unit(target, self._owners, self._max_bytes)
            case Kind.CLASS:
                return class_unit(target, self._owners, self._max_bytes)
            case Kind.MODULE:
                return _module_unit(target)
            case Kind.PACKAGE:
                text = package_version(target.name)
                return Unit(kind=Kind.PACKAGE, name=target.name, digest=text_digest(text), text=f"package {text}")
            case Kind.VALUE:
                return self._value_unit(target)

    def _value_unit(self, target: Target) -> Unit:
        reader = ValueReader(self._owners, self._max_bytes)
        digest = text_digest(reader.read(target.subject))
        return Unit(
            kind=Kind.VALUE,
            module=target.module,
            name=target.name,
            digest=digest,
            text=value_text(target.subject),
            edges=reader.edges,
            untracked=reader.untracked,
        )


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


class _Walk:
    """All units that one function reaches, in the order they are met."""

    def __init__(self, unit_of: Callable[[Target], Unit], root: Target) -> None:
        first = unit_of(root)
        self.units = [first]
        self.uses = [root.name]  # by which each unit was met first
        self.users = [0]  # the unit that it was met from
        self.wires: list[str] = []
        numbers = {id(first): 0}
        for unit in self.units:  # grows meanwhile
            reached = []
            for use, target in unit.edges:
                met = unit_of(target)
                number = numbers.setdefault(id(met), len(self.units))
                if number == len(self.units):
                    self.units.append(met)
                    self.uses.append(use)
                    self.users.append(len(self.wires))
                reached.append(f"{use}={number}")
            self.wires.append(",".join(reached))

    def content(self) -> str:
        """Return the text that a fingerprint digests."""
        return "\n".join([f"{unit.digest}:{wires}" for unit, wires in zip(self.units, self.wires, strict=True)])

    def titles(self) -> Iterator[str]:
        """Return what the units are called, each by a name of its own."""
        seen: dict[str, int] = {}
        for unit, use in zip(self.units, self.uses, strict=True):
            title = unit.title(use)
            count = seen[title] = seen.get(title, 0) + 1
            yield title if count == 1 else f"{title} ({count})"

    def part(self, number: int) -> Part:
        """Return a unit as a part."""
        unit = self.units[number]
        return Part(digest=unit.digest, text=unit.text[:_LONGEST_TEXT], place=unit.place)

    def untracked(self) -> Iterator[Untracked]:
        """Return what cannot be tracked, with the way that leads to it."""
        for number, unit in enumerate(self.units):
            for where, what in unit.untracked:
                yield self._untracked(number, where, what)

    def _untracked(self, number: int, where: str, what: str) -> Untracked:
        unit = self.units[number]
        name = where
        if unit.kind in (Kind.VALUE, Kind.CLASS):
            name, number = f"{unit.name}{where}", self.users[number]
        way = [number]
        while way[-1]:
            way.append(self.users[way[-1]])
        shown = [f"`{self.units[step].short_title(self.uses[step])}`" for step in reversed(way)]
        return Untracked(path=f"`{name}` in {' → '.join(shown)}", what=what)


def _root(func: Callable[..., Any]) -> Target:
    if isinstance(func, FunctionType):
        return Target(Kind.FUNCTION, func, func.__module__, func.__name__)
    return Target(Kind.VALUE, func, "", getattr(func, "__name__", type(func).__name__))


def _module_unit(target: Target) -> Unit:
    """Read a module that is handed on as a whole: all that is defined in it."""
    module = target.subject
    edges = []
    for name, value in sorted(vars(module).items()):
        if name[:1] != "_" and getattr(value, "__module__", module.__name__) == module.__name__:
            kind = Kind.FUNCTION if isinstance(value, FunctionType) else Kind.CLASS if isinstance(value, type) else None
            target_of = Target(kind or Kind.VALUE, value, module.__name__, "" if kind else name)
            if type(value) is not type(module):
                edges.append(Edge(name, target_of))
    names = " ".join(edge.use for edge in edges)
    return Unit(
        kind=Kind.MODULE,
        module=module.__name__,
        name=module.__name__,
        digest=text_digest(names),
        text=names,
        edges=edges,
    )
