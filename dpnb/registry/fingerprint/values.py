"""Reads values as text by what they hold: the same in every process, and other text for another value.

Sets are read without their order; mappings with it, because a loop over one sees it; attributes of objects without
it. A list that stands in two places is told from two equal ones, because what is added to it shows in both. Functions,
classes and packages in a value become edges. What cannot be read is told as untracked, and counts by its type.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dpnb.registry.fingerprint.digests import text_digest
from dpnb.registry.fingerprint.owners import Owner
from dpnb.registry.fingerprint.units import Edge, Kind, Target, package_target

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dpnb.registry.fingerprint.owners import Ownership

PLAIN = frozenset((type(None), bool, int, float, complex, str, bytes))
CHANGING = frozenset((list, dict, set, bytearray))  # two names of one are not the same as two that are equal
_DEEPEST = 60
MOST_ITEMS = 500_000  # objects in one value that are read one by one
_SHORT = 200  # characters that stand for themselves


class ValueReader:
    """Reads the values of one unit; `edges` and `untracked` fill up meanwhile.

    Parameters
    ----------
    owners
        Tells whose code a class or a function is.
    max_bytes
        Arrays, frames and texts beyond it are untracked.
    """

    def __init__(self, owners: Ownership, max_bytes: int) -> None:
        self.owners = owners
        self.max_bytes = max_bytes
        self.edges: list[Edge] = []
        self.untracked: list[tuple[str, str]] = []
        self._numbers: dict[Any, int] = {}
        self._steps: list[str] = []
        self._known: dict[int, tuple[Any, str]] = {}  # the object itself too, so that its id stays its own
        self._changing = 0
        self._items = 0

    def read(self, value: Any, step: str = "") -> str:
        """Return the text of a value; `step` leads to it from the one that is being read."""
        if type(value) in PLAIN:
            return self._plain(value)
        known = self._known.get(id(value))
        if known is not None:
            return known[1]
        if len(self._steps) >= _DEEPEST or self._items >= MOST_ITEMS:
            return self.lost(value, "a value too large or too deep to be read", step)
        self._items += 1
        self._steps.append(step)
        self._known[id(value)] = value, f"again {len(self._steps)}"  # where it holds itself
        try:
            text = self._short(_read_other(self, value))
        finally:
            self._steps.pop()
        self._known[id(value)] = value, self._again(value, text)
        return text

    def _again(self, value: Any, text: str) -> str:
        """Return what stands for an object where it is met again."""
        if type(value) not in CHANGING:
            return text
        self._changing += 1
        return f"the same as number {self._changing}"

    def items(self, values: Iterable[Any]) -> str:
        """Read values one after another."""
        return " ".join([self.read(value, f"[{number}]") for number, value in enumerate(values)])

    def attributes(self, named: Iterable[tuple[str, Any]]) -> str:
        """Read values by their names, whose order does not count."""
        return " ".join([f"{name}={self.read(value, f'.{name}')}" for name, value in sorted(named, key=_first)])

    def refer(self, target: Target) -> str:
        """Return the text of something that becomes an edge."""
        number = self._numbers.setdefault(target.key, len(self._numbers))
        if number == len(self.edges):
            self.edges.append(Edge("".join(self._steps), target))
        return f"→{number}"

    def type_text(self, cls: type) -> str:
        """Return the text of a class: the user's own is an edge, an installed one its name and package."""
        owner = self.owners.of_module(cls.__module__)
        if owner is Owner.USER:
            return self.refer(Target(Kind.CLASS, cls, cls.__module__))
        if owner is Owner.INSTALLED:
            self.need_package(cls.__module__)
        return cls.__qualname__  # the standard library moves classes between modules

    def need_package(self, module: str) -> None:
        """Let the version of the package that a module belongs to count."""
        self.refer(package_target(module))

    def lost(self, value: Any, what: str = "", step: str = "") -> str:
        """Say that a value cannot be tracked, and return what stands for it: its type."""
        self.untracked.append(("".join([*self._steps, step]), what or described(value)))
        return f"untracked {self.type_text(type(value))}"

    def _plain(self, value: Any) -> str:
        if isinstance(value, str | bytes) and len(value) > self.max_bytes:
            return self.lost(value, f"{len(value):,} characters of {type(value).__name__}")
        return self._short(plain_text(value))

    @staticmethod
    def _short(text: str) -> str:
        return text if len(text) <= _SHORT else f"#{text_digest(text)}"


def plain_text(value: Any) -> str:
    """Write a value of one of the `PLAIN` types; floats exactly, with nan and -0.0."""
    return f"int {value:#x}" if type(value) is int else f"{type(value).__name__} {value!a}"


def described(value: Any) -> str:
    """Say what an object is: ``an open sqlite3.Connection``."""
    cls = type(value)
    name = cls.__qualname__ if cls.__module__ in ("builtins", "__main__") else f"{cls.__module__}.{cls.__qualname__}"
    name = name.removeprefix("_io.")
    if hasattr(cls, "close") and not hasattr(cls, "send"):  # a generator can be closed, but was never opened
        return f"an open {name}"
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def _read_other(reader: ValueReader, value: Any) -> str:
    from dpnb.registry.fingerprint.known_values import handler_of

    cls: Any = type(value)
    handler = handler_of(cls)
    try:
        return handler(reader, value)
    except RecursionError:
        return reader.lost(value, "a value too deep to be read")
    except Exception as error:  # noqa: BLE001 - the user's own methods may do anything
        return reader.lost(value, f"{described(value)} ({type(error).__name__} while it was read)")


def _first(pair: tuple[str, Any]) -> str:
    return str(pair[0])
