"""Uses: names that code reads from outside of itself, with the attributes that it takes of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

type Origin = Literal["global", "import", "closure", "mention", "aspect"]
"""Where a use begins: at a global, at an import in the function itself, at a variable of the function around it, or at
``@name`` in a text, as in `DataFrame.query`, which is a use if there is such a global. What is read of
functions that are not known, as their annotations, is named for itself: see `code_readers.Aspect`."""


_MENTIONS = re.compile(r"@([^\W\d]\w*)")


def mentions(text: str) -> list[str]:
    """Return the names that a text mentions as `DataFrame.query` and `DataFrame.eval` do: ``"delay > @LIMIT"``."""
    return _MENTIONS.findall(text) if "@" in text else []


class Use(NamedTuple):
    """A name, and the attributes taken from it; `level` counts the dots of a relative import.

    `binds_top` says that ``import a.b`` gives `a`, though `a.b` is imported.
    """

    origin: Origin
    name: str
    chain: tuple[str, ...] = ()
    level: int = 0
    binds_top: bool = False

    def attribute(self, name: str) -> Use:
        """Return the use of one attribute more; an item of a dict is ``['key']``."""
        return Use(self.origin, self.name, (*self.chain, name), self.level, self.binds_top)


class ImportedNames(dict[str, tuple[Use, ...]]):
    """What import statements have bound to the variables of a function: several things where they depend on something.

    Globals are kept apart from variables: their names begin with ``"global "``.
    """

    def __init__(self) -> None:
        super().__init__()
        self._read: set[str] = set()

    def bind(self, variable: str, uses: tuple[Use, ...]) -> None:
        """Note that a variable stands for what an import statement has found."""
        known = self.get(variable, ())
        self[variable] = (*known, *(use for use in uses if use not in known))

    def read(self, variable: str) -> tuple[Use, ...]:
        """Return what a variable may stand for; nothing if no import statement has bound it."""
        self._read.add(variable)
        return self.get(variable, ())

    def unread(self) -> Iterator[Use]:
        """Yield what was imported to no variable that is read: modules for their effects, attributes of a class."""
        for variable, uses in self.items():
            if variable not in self._read:
                yield from (use for use in uses if not use.chain or variable[:7] == "global ")
