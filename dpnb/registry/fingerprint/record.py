"""Fingerprints as records: what a function is, part by part, and what of it cannot be tracked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dpnb.registry.fingerprint.imported_state import ImportedState


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One thing that a function depends on.

    Its `digest` alone tells it from others. `text` is its source as it was written, or a value's ``repr``, bounded;
    `place` tells where it is defined (a cell of a notebook, a line of a file).
    """

    digest: str
    text: str = field(compare=False)
    place: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Untracked:
    """Something that a function depends on and whose changes cannot be seen."""

    path: str
    what: str

    def __str__(self) -> str:
        return f"{self.path}: {self.what}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutdatedModule:
    """A module whose file has been edited since this process imported it: workers import what the file says now."""

    name: str
    file: str
    names: tuple[str, ...] = field(default=(), compare=False)  # that it defines otherwise by now; none where not known

    def __str__(self) -> str:
        return (
            f"module `{self.name}` was edited on disk since it was imported; workers run the edited code: "
            f"reload it, or restart the kernel"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PartChange:
    """How one part differs between two fingerprints; it has no text where that cannot be shown."""

    path: str
    change: Literal["added", "removed", "changed"]
    before: str = ""
    after: str = ""
    place: str = ""

    @property
    def diff(self) -> str:
        """A unified diff, of code without comments, docstrings and formatting; made anew each time."""
        from dpnb.registry.fingerprint.differences import readable_diff

        return readable_diff(self.path, self.before, self.after)

    def __str__(self) -> str:
        where = f" in {self.place}" if self.place else ""
        return f"{self.path} {self.change}{where}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """What a function is, with all that it reaches: the same in every process, as long as it computes the same.

    `parts` maps readable paths (``"helper `clean`"``) to what stands there, the function itself first. Where modules
    are `outdated`, what their files say now is among them. `imported` is what of it lies in modules, as this process
    has them; it is not stored.

    Examples
    --------
    >>> from dpnb.registry.fingerprint import fingerprint
    >>> def area(side: float) -> float:
    ...     return side * side
    >>> list(fingerprint(area).parts)
    ['helper `area`']
    >>> Fingerprint.from_json(fingerprint(area).to_json()) == fingerprint(area)
    True
    """

    digest: str
    parts: Mapping[str, Part] = field(hash=False)
    untracked: tuple[Untracked, ...] = ()
    version: str | None = None
    outdated: tuple[OutdatedModule, ...] = ()
    imported: ImportedState | None = field(default=None, compare=False, repr=False)

    @property
    def is_trusted(self) -> bool:
        """Whether an equal digest means an equal function: all is tracked, or the user gave a version for the rest."""
        return not self.untracked or self.version is not None

    def diff(self, later: Fingerprint) -> tuple[PartChange, ...]:
        """Return what differs in `later`, in its order, then what it has no more; nothing where the digests agree."""
        from dpnb.registry.fingerprint.differences import changes_between

        return changes_between(self, later)

    def to_json(self) -> str:
        """Return the fingerprint as JSON text, equal texts written once."""
        from dpnb.registry.fingerprint.record_json import write_fingerprint

        return write_fingerprint(self)

    @classmethod
    def from_json(cls, text: str) -> Fingerprint:
        """Read what `to_json` wrote. Raises ``ValueError`` if it is something else."""
        from dpnb.registry.fingerprint.record_json import read_fingerprint

        return read_fingerprint(text)
