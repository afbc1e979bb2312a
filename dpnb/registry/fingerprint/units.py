"""What a fingerprint is made of: units, each with its own content, and edges to those that it uses.

::

    Target ── is looked up ──→ Unit ── edges ──→ Target …

A target says where to look; its unit is read once in a session. A unit's digest covers its own content only. What hangs
together, recursion included, is told by the edges when a fingerprint is put together.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from dpnb.registry.fingerprint.code_readers import Aspect

NO_MODULES = ("__main__", "", None)


class Kind(StrEnum):
    """What a target is; the value is what its part is called. It hashes as quickly as a text."""

    FUNCTION = "helper"
    METHOD = "method"
    CLASS = "class"
    VALUE = "constant"
    MODULE = "module"
    PACKAGE = "package"


class Target(NamedTuple):
    """Something that a unit uses: the object itself, and the name by which it was reached, where that matters."""

    kind: Kind
    subject: Any
    module: str | None = None
    name: str = ""

    @property
    def key(self) -> tuple[Kind, int, str]:
        """What makes two targets one."""
        return self.kind, id(self.subject), f"{self.module}:{self.name}" if self.kind is Kind.VALUE else ""


def package_target(module: str) -> Target:
    """Return the package that an installed module belongs to."""
    top = sys.intern(module.partition(".")[0])  # one string for each package, whose id is then its own
    return Target(Kind.PACKAGE, top, name=top)


class Edge(NamedTuple):
    """What a unit uses, and as what: a name that it reads, or a place in a value."""

    use: str
    target: Target


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Unit:
    """A function, a class, a constant, a module, a package: content of its own, and what it uses.

    `name` leaves out the module; it is empty for functions that only what uses them can name. `digest` and `text` are
    of its own content. `untracked` tells where in it (empty for all of it) something cannot be tracked, and what.
    `place` tells where it is defined, `names` what of which modules it is or has come through: (module, name), the
    empty name for all. `is_lost` tells that the file of its code no longer holds that code,
    `aspects` what it reads of functions that does not count otherwise.
    """

    kind: Kind
    module: str | None = None
    name: str = ""
    digest: str
    text: str
    edges: Sequence[Edge] = ()
    untracked: Sequence[tuple[str, str]] = ()
    place: str = ""
    names: Sequence[tuple[str, str]] = ()
    is_lost: bool = False
    aspects: AbstractSet[Aspect] = frozenset()

    def title(self, use: str) -> str:
        """Return what a part is called in a fingerprint; `use` names what has no name."""
        if self.kind is Kind.PACKAGE:
            return self.text
        if self.kind is Kind.MODULE:
            return f"module {self.name}"
        name = self.name or use
        if self.module in NO_MODULES:
            return f"{self.kind.value} `{name}`"
        kind = "function" if self.kind is Kind.FUNCTION else self.kind.value
        return f"module {self.module}: {kind} `{name}`"

    def short_title(self, use: str) -> str:
        """Return the name with its module, as it stands in the path to what is untracked."""
        name = self.name or use
        return name if self.module in NO_MODULES else f"{self.module}.{name}"
